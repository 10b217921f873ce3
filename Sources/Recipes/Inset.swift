import SeqaeRandom
import SeqaeText

/// What must stay as it is and what sentences of a corpus hardly have: addresses, code, numbers, dates, names
/// with a middle dot, abbreviated lists, titles, dashes.
///
/// A denoiser that never saw them clean takes their marks for noise. They are made up here, put into training
/// lines, and get no noise: nobody could say what a spoilt address was.
package enum Inset {
  /// Returns an inset for a line of a language.
  package static func draw(for language: Language, using random: Random) -> String {
    let common: [(Random) -> String] = [
      address, mail, path, code, version, date, time, amount, call, formula,
    ]
    switch language {
    case .english: return random.element(of: common + [englishDash, initialism])(random)
    case .chinese:
      let own: [(Random) -> String] = [
        foreignName, abbreviations, title, chineseDate, chineseDash, numbered,
      ]
      // The middle dot and the listing comma are what readers miss most.
      return random.chance(0.6)
        ? random.element(of: own)(random) : random.element(of: common)(random)
    }
  }

  // MARK: - Addresses and code

  private static let words = [
    "alpha", "api", "app", "archive", "blog", "book", "build", "cache", "cat", "config", "core",
    "data", "demo", "docs", "edit", "example", "file", "forum", "group", "home", "image", "index",
    "info", "item", "key", "lab", "list", "login", "mail", "main", "map", "media", "my", "name",
    "net", "news", "open", "page", "photo", "play", "post", "query", "read", "result", "run",
    "search", "server", "shop", "site", "size", "source", "start", "store", "sum", "table", "tags",
    "test", "text", "time", "tool", "tree", "update", "user", "value", "video", "view", "web",
    "wiki", "world", "year", "zh", "en", "cn", "py", "x", "y", "i", "n",
  ]

  private static let domains = [
    "com", "org", "net", "cn", "com.cn", "io", "edu", "gov.cn", "co.uk", "de", "jp", "tw", "hk",
    "dev",
  ]

  private static func word(_ random: Random) -> String { random.element(of: words) }

  private static func number(_ random: Random, _ digits: ClosedRange<Int>) -> String {
    let count = random.integer(in: digits)
    let first = String(random.integer(in: 1...9))
    return first + (1..<max(1, count)).map { _ in String(random.integer(below: 10)) }.joined()
  }

  private static func joined(
    _ random: Random, _ range: ClosedRange<Int>, by separators: [String],
    _ part: (Random) -> String = word
  ) -> String {
    var text = part(random)
    for _ in 1..<max(1, random.integer(in: range)) {
      text += random.element(of: separators) + part(random)
    }
    return text
  }

  private static func host(_ random: Random) -> String {
    let prefix = random.element(of: ["", "", "www.", "m.", word(random) + "."])
    return prefix + joined(random, 1...2, by: ["-", ""]) + "." + random.element(of: domains)
  }

  private static func address(_ random: Random) -> String {
    guard random.chance(0.85) else { return host(random) }
    var text = random.element(of: ["https://", "https://", "http://", "ftp://"]) + host(random)
    if random.chance(0.15) { text += ":" + number(random, 2...4) }
    if random.chance(0.75) { text += "/" + joined(random, 1...4, by: ["/", "/", "-", "_", "."]) }
    if random.chance(0.35) { text += random.element(of: [".html", ".php", "/", ".jpg", ".pdf"]) }
    if random.chance(0.35) {
      text +=
        "?"
        + joined(random, 1...3, by: ["&"]) {
          word($0) + "=" + ($0.chance(0.5) ? word($0) : number($0, 1...6))
        }
    }
    if random.chance(0.1) { text += "#" + word(random) }
    return text
  }

  private static func mail(_ random: Random) -> String {
    joined(random, 1...2, by: [".", "_", "-"]) + (random.chance(0.3) ? number(random, 1...4) : "")
      + "@" + host(random)
  }

  private static func path(_ random: Random) -> String {
    let parts = joined(random, 2...5, by: ["/"])
    let end = random.element(of: [".txt", ".py", ".tar.gz", ".conf", "/", ".c", ""])
    switch random.integer(below: 3) {
    case 0: return "/" + parts + end
    case 1: return random.element(of: ["~/", "./", "../"]) + parts + end
    default: return "C:\\" + joined(random, 2...4, by: ["\\"]) + end
    }
  }

  private static func code(_ random: Random) -> String {
    let (a, b, c) = (word(random), word(random), word(random))
    let n = number(random, 1...3)
    return random.element(of: [
      "\(a) = \(b) + \(n);", "if (\(a) == \(n)) { return \(b); }", "\(a)[\(n)] += \(b);",
      "for (int i = 0; i < \(n); i++)", "#include <\(a).h>", "int main(void)",
      "\(a).\(b)(\(c), \(n))",
      "print(\"\(a) %d\\n\", \(b))", "$ \(a) --\(b)=\(n) -\(c.prefix(1)) \(a).txt",
      "<\(a) \(b)=\"\(c)\">",
      "{\"\(a)\": \(n), \"\(b)\": \"\(c)\"}", "\(a)_\(b)_\(n)", "def \(a)(\(b), \(c)=None):",
      "sudo apt-get install \(a)-\(b)", "git commit -m \"\(a) \(b)\"",
      "SELECT * FROM \(a) WHERE \(b) = '\(c)';",
      "\(a) | grep -v \(b) > \(c).log", "!\(a) && (\(b) || \(c))", "\(a)->\(b)", "\(a)::\(b)",
      "@\(a)_\(n)",
      "#\(a)", "`\(a)`", "/* \(a) \(b) */", "// \(a)", "\(a)++", "--\(a)", "**\(a)**",
      "[\(a)](\(b).html)",
    ])
  }

  private static func version(_ random: Random) -> String {
    let number = joined(random, 2...4, by: ["."]) { String($0.integer(below: 30)) }
    return random.element(of: ["v", "", "", "version "]) + number
      + random.element(of: ["", "", "", "-beta", "-rc1", "+", "_64"])
  }

  // MARK: - Numbers

  private static func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }

  private static func date(_ random: Random) -> String {
    let (year, month, day) = (
      random.integer(in: 1900...2030), random.integer(in: 1...12), random.integer(in: 1...28)
    )
    return random.element(of: [
      "\(year)-\(two(month))-\(two(day))", "\(year)/\(month)/\(day)", "\(day).\(month).\(year)",
      "\(two(month))/\(two(day))/\(year)", "\(year).\(month)", "\(month)/\(day)",
      "\(year)–\(year + day)",
      "\(year)-\(year + day)", "\(year)\(two(month))\(two(day))",
    ])
  }

  private static func time(_ random: Random) -> String {
    let (hour, minute) = (random.integer(below: 24), two(random.integer(below: 60)))
    return random.element(of: [
      "\(hour):\(minute)", "\(two(hour)):\(minute):\(minute)",
      "\(hour):\(minute)-\(hour + 1):\(minute)",
      "\(hour % 12):\(minute) p.m.", "\(hour)：\(minute)",
    ])
  }

  private static func amount(_ random: Random) -> String {
    var whole = number(random, 1...3)
    for _ in 0..<random.integer(below: 3) {
      whole += "," + (0..<3).map { _ in String(random.integer(below: 10)) }.joined()
    }
    let decimals = random.chance(0.5) ? "." + number(random, 1...3) : ""
    let sign = random.element(of: ["", "", "", "-", "+", "±", "$", "¥", "€", "~", "<", ">", "≈"])
    let unit = random.element(of: [
      "", "", "%", "°C", " km", "kg", " MB", "‰", "px", " m/s", "×", "/100", "万", "元",
    ])
    return sign + whole + decimals + unit
  }

  private static func call(_ random: Random) -> String {
    random.element(of: [
      "+86 1" + number(random, 10...10),
      "(0" + number(random, 2...2) + ") " + number(random, 8...8),
      "400-" + number(random, 3...3) + "-" + number(random, 4...4),
      "+1-" + number(random, 3...3) + "-"
        + number(random, 4...4), "1" + number(random, 10...10),
    ])
  }

  private static func formula(_ random: Random) -> String {
    let (a, b) = (number(random, 1...3), number(random, 1...2))
    return random.element(of: [
      "\(a)+\(b)=\(a)\(b)", "x^2 + y^2 = \(a)", "\(a)×\(b)", "\(a)/\(b)", "f(x) = \(a)x - \(b)",
      "\(a):\(b)", "(\(a), \(b))", "[\(a), \(b)]", "a_\(b)", "\(a)*\(b)", "\(b)!", "10^\(b)",
      "A ∪ B",
      "\(a) ≤ x < \(b)", "√\(a)", "1/\(b)",
    ])
  }

  // MARK: - Words

  private static func englishDash(_ random: Random) -> String {
    random.element(of: [
      "— and so on —", "(see below)", "...", "…", "well-known", "e.g.,", "i.e.,",
      "state-of-the-art",
      "\"\(word(random))\"", "'\(word(random))'", "etc.", "vs.", "--", "bookkeeper", "and/or",
      "A & B",
      "Mr. X.", "No. \(number(random, 1...2))", "Q&A", "[1]", "*",
    ])
  }

  private static func initialism(_ random: Random) -> String {
    let letters = "ABCDEFGHIJKLMNOPRSTUVW".map { String($0) }
    let dotted = (0..<random.integer(in: 2...3)).map { _ in random.element(of: letters) + "." }
    return random.chance(0.5)
      ? dotted.joined()
      : random.element(of: letters) + "-" + number(random, 1...2)
  }

  private static let soundSyllables = Array(
    "阿艾安奥巴贝比伯博布查达戴德迪多恩尔法菲费弗福盖戈格古哈海赫胡霍基吉加杰金卡凯科克肯库拉莱兰劳勒雷丽利林卢鲁路伦罗洛马玛迈曼梅米莫姆娜纳内尼诺帕佩皮普奇乔切萨塞森沙史斯索塔泰坦特蒂汀图托瓦威维沃乌西希夏谢辛休雅亚伊因约泽詹朱兹"
  ).map { String($0) }

  private static func foreignName(_ random: Random) -> String {
    joined(random, 2...3, by: ["·"]) { random in
      (0..<random.integer(in: 2...4)).map { _ in random.element(of: soundSyllables) }.joined()
    }
  }

  private static let shortNames = Array(
    "中美日英法德俄韩印加澳意京津沪渝粤浙苏皖鲁豫冀晋陕甘川黔滇桂琼闽赣湘鄂东西南北春夏秋冬一二三四五六七八九十甲乙丙丁天地人文理工农医吃穿住行老少男女红黄蓝绿"
  ).map {
    String($0)
  }

  private static func abbreviations(_ random: Random) -> String {
    joined(random, 2...5, by: ["、"]) { $0.element(of: shortNames) }
      + random.element(of: ["", "等", "等国", "三地", "两省", "各一"])
  }

  private static func title(_ random: Random) -> String {
    let names = ["红楼梦", "论语", "人民日报", "三体", "围城", "活着", "史记", "诗经", "西游记", "新华字典", "资治通鉴"]
    return random.element(of: [
      "《\(random.element(of: names))》",
      "《\(random.element(of: names))》、《\(random.element(of: names))》",
      "“\(random.element(of: names))”",
      "《\(random.element(of: names))·\(random.element(of: shortNames))》",
      "（见《\(random.element(of: names))》）", "〈\(random.element(of: names))〉",
      "「\(random.element(of: names))」",
    ])
  }

  private static func chineseDate(_ random: Random) -> String {
    let (year, month, day) = (
      random.integer(in: 1900...2030), random.integer(in: 1...12), random.integer(in: 1...28)
    )
    return random.element(of: [
      "\(year)年\(month)月\(day)日", "\(month)月\(day)日", "\(year)—\(year + day)年",
      "\(day)～\(day + 3)日",
      "（\(year)－\(year + day)）", "上午\(day % 12)点", "第\(day)届", "\(month)/\(day)",
      "\(year)年～\(year + 1)年",
    ])
  }

  private static func chineseDash(_ random: Random) -> String {
    random.element(of: [
      "……", "——", "——我是说——", "……！", "？！", "！！", "“……”", "（笑）", "……吧", "——", "～", "哈哈哈哈", "天天",
      "谢谢谢谢",
      "慢慢地", "一个一个", "等等，等等", "好好好", "嗯嗯", "呵呵呵", "是是是", "对对对", "高高兴兴",
    ])
  }

  private static func numbered(_ random: Random) -> String {
    let n = random.integer(in: 1...12)
    return random.element(of: [
      "（\(n)）", "\(n)、", "\(n). ", "①", "一、", "（二）", "[\(n)]", "\(n)）", "第\(n)章：", "A、B、C",
      "表\(n)-\(n + 1)",
    ])
  }
}

extension Inset {
  /// A line with something put into it, in three parts: only the outer two get noise.
  package struct Line {
    package let before: [UInt8]
    package let inset: [UInt8]
    package let after: [UInt8]
  }

  /// Returns a line of UTF-8 with an inset between two of its words or at its ends.
  package static func put(into line: [UInt8], using random: Random) -> Line {
    let language = Language(of: line)
    var bounds = Boundaries.offsets(of: .word, in: line)
    // At the ends as often as anywhere inside.
    if random.chance(0.5) { bounds = [0, line.count] }
    let place = bounds.isEmpty ? 0 : random.element(of: bounds)
    var (before, after) = (Array(line[..<place]), Array(line[place...]))
    while before.last == 0x20 { before.removeLast() }
    while after.first == 0x20 { after.removeFirst() }
    var inset = Array(draw(for: language, using: random).utf8)
    if after.isEmpty, inset.last == 0x20 { inset.removeLast() }
    let isSpaced = language == .english || (isASCII(inset) && random.chance(0.6))
    if isSpaced, endsInWord(before) { inset.insert(0x20, at: 0) }
    if isSpaced, inset.last != 0x20, beginsWithWord(after) { inset.append(0x20) }
    return Line(before: before, inset: inset, after: after)
  }

  private static func endsInWord(_ text: [UInt8]) -> Bool {
    let start = text.lastIndex { $0.beginsCodePoint } ?? 0
    return beginsWithWord(Array(text[start...]))
  }

  private static func beginsWithWord(_ text: [UInt8]) -> Bool {
    guard let first = String(decoding: text.prefix(4), as: UTF8.self).unicodeScalars.first else {
      return false
    }
    return first.properties.isAlphabetic || ("0"..."9").contains(first)
  }

  private static func isASCII(_ bytes: [UInt8]) -> Bool { bytes.allSatisfy { $0 < 0x80 } }
}
