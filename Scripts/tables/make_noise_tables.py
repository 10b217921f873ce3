#!/usr/bin/env python3
"""Makes Sources/Text/Noise/Tables out of Debian's unicode-data and ICU: make_noise_tables.py

Run once by hand where a table changes, with the packages unicode-data 15.0.0 and libicu72; the tables are
committed. All that is in them follows from the Unicode Character Database, Unihan and ICU's confusables,
under the Unicode licence, except the lists WRONG and OWN below, which were written for this project.
"""

import bz2
import collections
import ctypes
import os
import re
import unicodedata

UNICODE = "/usr/share/unicode/"
OUTPUT = os.path.join(os.path.dirname(__file__), "../../Sources/Text/Noise/Tables")
LINE = 250  # characters of a table's line


def unihan(name):
    fields = collections.defaultdict(dict)
    for line in bz2.open(f"{UNICODE}Unihan_{name}.txt.bz2", "rt"):
        if line.startswith("U+"):
            code, field, value = line.rstrip("\n").split("\t", 2)
            fields[field][chr(int(code[2:], 16))] = value
    return fields


readings, variants = unihan("Readings"), unihan("Variants")
dictionary, sources, mappings = unihan("DictionaryLikeData"), unihan("IRGSources"), unihan("OtherMappings")


def variants_of(character, *fields):
    """The characters that Unihan lists for one, in its order."""
    found = []
    for field in fields:
        for word in variants[field].get(character, "").split():
            other = chr(int(word.split("<")[0][2:], 16))
            if other not in found:
                found.append(other)
    return found


# Which characters are known, and how common they are.

known = set()
for field in (mappings["kTGH"], sources["kIICore"], dictionary["kFrequency"], mappings["kGB0"], mappings["kBigFive"]):
    known |= {c for c in field if 0x3400 <= ord(c) < 0xA000}

spoken = {  # occurrences in a modern Chinese corpus, all readings together
    c: sum(int(n) for n in re.findall(r"\((\d+)\)", value)) for c, value in readings["kHanyuPinlu"].items()
}


def own_class(c):
    """1: among the most common; 2: common; 3: rarer."""
    rank = int(mappings["kTGH"].get(c, "2013:9999").split(":")[1])
    frequency, count = int(dictionary["kFrequency"].get(c, 9)), spoken.get(c, 0)
    if count >= 100 or frequency <= 2:
        return 1
    if count >= 5 or rank <= 3500 or frequency <= 4 or c in dictionary["kGradeLevel"]:
        return 2
    return 3


relatives = {c: variants_of(c, "kSimplifiedVariant", "kTraditionalVariant") for c in known}
commonness = {c: min([own_class(c)] + [own_class(v) for v in relatives[c] if v in known]) for c in known}


def order(c):
    count = max([spoken.get(c, 0)] + [spoken.get(v, 0) for v in relatives[c]])
    return (commonness[c], -count, ord(c))


# Readings: a syllable, its characters by class, and those that have it as a second reading.


def toneless(reading):
    text = unicodedata.normalize("NFD", reading.lower())
    text = text.replace("u\u0308", "v").replace("e\u0302", "e")
    return "".join(letter for letter in text if "a" <= letter <= "z")


def syllables(c):
    counts = collections.Counter()
    for reading, count in re.findall(r"(\S+?)\((\d+)\)", readings["kHanyuPinlu"].get(c, "")):
        counts[toneless(reading)] += int(count)
    listed = [toneless(r) for r in readings["kMandarin"].get(c, "").split()]
    for entry in readings["kTGHZ2013"].get(c, "").split():
        listed += [toneless(r) for r in entry.split(":")[1].split(",")]
    found = [syllable for syllable, _ in counts.most_common()]
    for syllable in listed:
        if syllable and syllable not in found:
            found.append(syllable)
    return found


def reading_lines():
    table = collections.defaultdict(lambda: [[], [], [], []])
    for c in sorted(known, key=order):
        for index, syllable in enumerate(syllables(c)):
            table[syllable][commonness[c] - 1 if index == 0 else 3].append(c)
    return [" ".join([s] + ["".join(group) or "-" for group in table[s]]) for s in sorted(table)]


# Simplified and traditional: a character and its counterparts, itself among them where it is both.


def script_lines(field):
    groups = []
    for c in sorted(known):
        others = [v for v in variants_of(c, field) if 0x3400 <= ord(v) < 0xA000]
        if others and others != [c]:
            groups.append(c + "".join(others))
    return groups


# Shapes.


def cangjie(c):
    """The code without the X that tells twins apart."""
    code = dictionary["kCangjie"].get(c, "").split(" ")[0]
    return code[1:] if len(code) > 1 and code.startswith("X") else code


corners = {c: [code[:4] for code in value.split()] for c, value in dictionary["kFourCornerCode"].items()}
strokes = {c: [int(n) for n in value.split()] for c, value in sources["kTotalStrokes"].items()}
phonetics = {c: {word.rstrip("*xABC") for word in v.split()} for c, v in dictionary["kPhonetic"].items()}
radicals = {c: re.match(r"(\d+)'*\.(-?\d+)", value).groups() for c, value in sources["kRSUnicode"].items()}


def common_length(a, b):
    """The length of the longest common subsequence."""
    row = [0] * (len(b) + 1)
    for x in a:
        previous = 0
        for j, y in enumerate(b):
            row[j + 1], previous = (previous + 1 if x == y else max(row[j], row[j + 1])), row[j + 1]
    return row[-1]


def common_suffix(a, b):
    count = 0
    while count < min(len(a), len(b)) and a[-1 - count] == b[-1 - count]:
        count += 1
    return count


def likeness(a, b):
    """How alike two characters look, by our own weights: Cangjie code, four corners, phonetic part,
    radical, strokes."""
    x, y = cangjie(a), cangjie(b)
    total = 0.0
    if x and y:
        total += 2 * common_length(x, y) / (len(x) + len(y)) + 0.1 * max(0, common_suffix(x, y) - 1)
    pairs = [(p, q) for p in corners.get(a, []) for q in corners.get(b, [])]
    total += max([0.15 * sum(s == t for s, t in zip(p, q)) for p, q in pairs] + [0])
    if phonetics.get(a, set()) & phonetics.get(b, set()):
        total += 0.35
    if radicals[a][0] == radicals[b][0]:
        total += 0.2
    return total - 0.12 * min(abs(m - n) for m in strokes[a] for n in strokes[b])


IS_ALIKE = 1.05  # chosen by reading lists of pairs
MOST = 8  # look-alikes of each script


def keys(c):
    """What a character shares with at least one of each of its look-alikes."""
    code = cangjie(c)
    found = {("radical", radicals[c][0])} | {("phonetic", word) for word in phonetics.get(c, ())}
    for corner in corners.get(c, []):
        found |= {("corners", i, corner[:i] + corner[i + 1 :]) for i in range(4)}
    return found | {("code", code)} | {("code", code[:i] + code[i + 1 :]) for i in range(len(code))}


def look_alikes(c, targets):
    related = set(relatives[c])
    given = [v for v in variants_of(c, "kZVariant", "kSpoofingVariant") if v in known and v not in related]
    given += [
        v for v in variants_of(c, "kSemanticVariant", "kSpecializedSemanticVariant")
        if v in known and v not in related and v not in given and likeness(c, v) >= 0.6
    ]
    ranked = []
    for t in set().union(*(targets[key] for key in keys(c))):
        if t == c or t in related or t in given:
            continue
        if abs(strokes[c][0] - strokes[t][0]) > 4:
            continue
        score = likeness(c, t)
        if score >= IS_ALIKE:
            ranked.append((-score, order(t), t))
    ranked.sort()
    chosen, simplified, traditional = given[:4], 0, 0
    for _, _, t in ranked:
        is_simplified = t in only_simplified
        is_traditional = t in only_traditional
        if not is_traditional and simplified < MOST or not is_simplified and traditional < MOST:
            chosen.append(t)
        simplified += not is_traditional
        traditional += not is_simplified
    return chosen


def only_in(field):
    return {c for c in known if variants_of(c, field) and c not in variants_of(c, field)}


only_simplified, only_traditional = only_in("kTraditionalVariant"), only_in("kSimplifiedVariant")


def look_alike_groups():
    targets = collections.defaultdict(set)
    for c in known:
        if commonness[c] <= 2:
            for key in keys(c):
                targets[key].add(c)
    groups = []
    for c in sorted(c for c in known if commonness[c] <= 2 or c in mappings["kTGH"] or c in dictionary["kFrequency"]):
        found = look_alikes(c, targets)
        if found:
            groups.append(c + "".join(found))
    return groups


# Characters that come apart into two side by side: one is the radical, the codes and the strokes add up, and the
# corners say that they stand side by side.

PARTS = "亻氵扌忄讠饣钅纟犭礻衤阝刂攵"
NO_PARTS = "辶廴疒广厂尸户戶气宀皿凤碲罩薹昙玛砸嘻栾戗耷茛菹彻彳"  # around others, or taken for others
# Found wrong by reading the list.
WRONG = (
    "三些儒懦懞勋勤勁勃劇剝剛卸委塵守些奔太敝敬敲收旗族晶智朗橱權愁應挚品彥彦游獸雜頸蝕辦腐射灌罐"
    "堡旦潛昇穌"
)
# Written for this project: what the codes do not show, one above the other among it.
OWN = """
乱舌乚 敌舌攵 辞舌辛 刮舌刂 甜舌甘 射身寸 朗良月 剛岡刂 投扌殳 没氵殳 设讠殳 役彳殳 得彳旦寸 旗方其 的白勺 让讠上
很彳艮 往彳主 待彳寺 彼彳皮 徐彳余 律彳聿 徒彳走 街彳圭亍 行彳亍 化亻匕 他亻也 北丬匕 比匕匕 从人人 外夕卜
处夂卜 明日月 好女子 她女也 和禾口 如女口 张弓长 強弓厶虫 功工力 动云力 期其月 胡古月 服月殳 朋月月 肚月土 肝月干
肺月市 胆月旦 胜月生 胖月半 脸月佥 脑月㐫 腿月退 腰月要 膀月旁 肥月巴 肯止月 背北月 骂口口马 哭口口犬 品口口口
器口口犬口口 晶日日日 森木木木 众人人人 磊石石石 鑫金金金 淼水水水 焱火火火 炎火火 昌日日 多夕夕 圭土土 吕口口
哥可可 林木木 双又又 羽习习 李木子 杏木口 呆口木 困囗木 国囗玉 因囗大 回囗口 团囗才 园囗元 围囗韦 图囗冬 圆囗员
固囗古 四囗儿 吉士口 吴口天 古十口 右ナ口 台厶口 合人一口 含今口 君尹口 告牛口 否不口 吞天口 杏木口 舌千口 言亠二口
音立日 意立日心 章立早 童立里 竟立日儿 亲立木 早日十 旦日一 旱日干 星日生 是日疋 显日业 最日取 晃日光 昆日比 易日勿
景日京 暑日者 香禾日 春三人日 晋亚日 智知日 男田力 思田心 累田糸 畏田一 界田介 苗艹田 花艹化 草艹早 苦艹古
芳艹方 英艹央 茶艹人木 荷艹何 莫艹日大 菜艹采 葬艹死廾 字宀子 安宀女 宝宀玉 家宀豕 官宀㠯 定宀疋 室宀至 宿宀佰
富宀一口田 寒宀塞 穷穴力 空穴工 究穴九 突穴犬 窗穴囱 奇大可 套大長 奋大田 尖小大 尘小土 劣少力 省少目 雀少隹 歪不正
甭不用 孬不好 全人王 会人云 企人止 余人禾 念今心 忘亡心 志士心 忍刃心 怒奴心 恐巩心 恶亚心 想相心 愁秋心 感咸心
忠中心 怎乍心 态太心 您你心 恋亦心 息自心 患串心 悲非心 惹若心 慧彗心 驾加马 贺加贝 架加木 染氿木 桌占日木 梁氵刃木
盲亡目 看手目 盾厂十目 盆分皿 盐土卜皿 盟明皿 盛成皿 岩山石 岁山夕 岛鸟山 岔分山 岗山冈 崔山隹 崇山宗 炭山灰 灰ナ火
灭一火 灾宀火 烫汤火 热执灬 照昭灬 黑里灬 然肰灬 烈列灬 熊能灬 焦隹灬 煮者灬 忐上心 忑下心 卡上下 尿尸水 屎尸米 屁尸比
屋尸至 居尸古 层尸云 展尸衣 雪雨彐 雷雨田 霜雨相 零雨令 雾雨务 需雨而 震雨辰 霸雨革月 笔竹毛 笑竹夭 笨竹本 答竹合 等竹寺
算竹目廾 篮竹监 闪门人 问门口 间门日 闷门心 闻门耳 闯门马 闭门才 闲门木 间门日 闹门市 阅门兑 爸父巴 爹父多 爷父卩
赢亡口月贝凡 囧囗八口 嬲男女男 嫐女男女 槑呆呆 靠告非 辈非车 毁臼工殳 疯疒风 病疒丙 疼疒冬 瘦疒叟 过辶寸 这辶文 还辶不
进辶井 远辶元 近辶斤 道辶首 选辶先 送辶关 逼辶畐 达辶大 边辶力 迪辶由 逃辶兆 逛辶狂 遇辶禺 连辶车 造辶告 速辶束
"""


def first_part(code):
    return code if len(code) <= 2 else code[0] + code[-1]


def second_parts(code):
    return {code} if len(code) <= 3 else {code[0] + code[1] + code[-1], code[0] + code[-2] + code[-1]}


def beside(whole, left, right):
    """Whether the corners of `whole` are those of `left` and `right` side by side; 0 is a corner that the
    one before it has taken."""
    for w in corners.get(whole, []):
        for a in corners.get(left, []):
            for b in corners.get(right, []):
                top = w[1] == b[1] or b[1] == "0" and w[1] == b[0]
                bottom = w[2] == a[2] or a[2] == "0" and w[2] in (a[0], "0")
                if w[0] == a[0] and top and bottom:
                    return True
    return False


def split_groups():
    firsts, seconds = collections.defaultdict(list), collections.defaultdict(list)
    for c in sorted(c for c in known if commonness[c] <= 2 or c in mappings["kGB0"]) + list(PARTS):
        code = cangjie(c)
        if code:
            firsts[first_part(code)].append(c)
            for part in second_parts(code):
                seconds[part].append(c)
    groups = {}
    for c in sorted(c for c in known if commonness[c] <= 2 and c not in WRONG):
        code, best = cangjie(c), []
        for length in (1, 2):
            for left in firsts[code[:length]]:
                for right in seconds[code[length:]] if len(code) - length in (1, 2, 3) else []:
                    parts = [radicals[left], radicals[right]]
                    if c in (left, right) or left in NO_PARTS or right in NO_PARTS or (radicals[c][0], "0") not in parts:
                        continue
                    if not any(s == m + n for s in strokes[c] for m in strokes[left] for n in strokes[right]):
                        continue
                    if not beside(c, left, right):
                        continue
                    shared = len(phonetics.get(c, set()) & phonetics.get(right, set())) > 0
                    common = commonness.get(left, 1) + commonness.get(right, 1)
                    best.append((0.4 * shared - 0.2 * common, left + right))
        if best:
            groups[c] = max(best)[1]
    for group in OWN.split():
        groups[group[0]] = group[1:]
    return [c + groups[c] for c in sorted(groups)]


# ICU's confusables: characters with one skeleton (Unicode Technical Standard 39, section 4).

SCRIPTS = [
    (0x21, 0x7F), (0xA1, 0x250), (0x370, 0x530), (0x1E00, 0x2000), (0x2010, 0x2028), (0x2030, 0x205F),
    (0x20A0, 0x20D0), (0x2100, 0x2190), (0x2200, 0x2300), (0x25A0, 0x2600), (0x2E80, 0x2FE0), (0x3001, 0x3030),
    (0x3031, 0x303F), (0x3041, 0x3100), (0x3105, 0x3130), (0x3400, 0x4DC0), (0x4E00, 0xA000), (0xFF01, 0xFFEF),
    (0x1D400, 0x1D6A4),
]


def confusable_groups():
    icu = ctypes.CDLL("libicui18n.so.72")
    status = ctypes.c_int(0)
    icu.uspoof_open_72.restype = ctypes.c_void_p
    checker = ctypes.c_void_p(icu.uspoof_open_72(ctypes.byref(status)))
    buffer = ctypes.create_string_buffer(4096)
    classes = collections.defaultdict(list)
    for first, end in SCRIPTS:
        for c in map(chr, range(first, end)):
            if unicodedata.category(c)[0] not in "LNPS" or unicodedata.normalize("NFC", c) != c:
                continue
            if 0x3400 <= ord(c) < 0xA000 and c not in known:
                continue
            status = ctypes.c_int(0)
            text = c.encode()
            count = icu.uspoof_getSkeletonUTF8_72(checker, 0, text, len(text), buffer, 4096, ctypes.byref(status))
            assert status.value <= 0
            classes[buffer.raw[:count]].append(c)
    return ["".join(group) for group in classes.values() if len(group) > 1]


def write(name, comment, *tables):
    path = os.path.join(OUTPUT, f"{name}.swift")
    with open(path, "w") as file:
        file.write(f"// Made by Scripts/tables/make_noise_tables.py from Unicode 15.0 data: see NOTICE for its licence.\n\n")
        file.write("".join(f"/// {line}\n" for line in comment.strip().split("\n")))
        file.write(f"enum {name} {{\n")
        for index, (label, text, lines) in enumerate(tables):
            if index:
                file.write("\n")
            file.write(f"  /// {text}\n  static let {label}: StaticString = #\"\"\"\n")
            file.write("".join(f"    {line}\n" for line in lines))
            file.write('    """#\n')
        file.write("}\n")
    print(f"{name}: {os.path.getsize(path)} bytes")


def packed(groups):
    lines, line = [], ""
    for group in groups:
        if line and len(line) + 1 + len(group) > LINE:
            lines.append(line)
            line = ""
        line += (" " if line else "") + group
    return lines + [line]


if __name__ == "__main__":
    os.makedirs(OUTPUT, exist_ok=True)
    write("ReadingTable", "Mandarin syllables without tones and the characters read so.",
          ("text", "A line for each: the syllable (`v` for ü), the most common characters, common ones, rarer ones, and those that have another reading first; `-` for none.", reading_lines()))
    write("ScriptTable", "Simplified characters and their traditional ones.",
          ("traditional", "A simplified character and its traditional ones, itself among them where it is one.", packed(script_lines("kTraditionalVariant"))),
          ("simplified", "A traditional character and its simplified ones, itself among them where it is one.", packed(script_lines("kSimplifiedVariant"))))
    write("LookAlikeTable", "Chinese characters and those that look like them.",
          ("text", "A character and its look-alikes, the nearest first.", packed(look_alike_groups())))
    write("SplitTable", "Chinese characters that come apart into others.",
          ("text", "A character and its parts.", packed(split_groups())))
    write("ConfusableTable", "Characters that can hardly be told apart.",
          ("text", "Classes of characters.", packed(confusable_groups())))
