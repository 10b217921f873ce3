"""How a small character Transformer for text repair should copy: the variants, measured.

    python Scripts/experiments/copying.py --data FOLDER --variant edits [--steps 900] ...

Every variant sees the same examples in the same order. FOLDER holds common-voice-sentences,
lctt-zh-sentences and tatoeba-en-zh; lines whose CRC-32 is 0 modulo 100 are held out.

rewrite   the target is the clean text (decoded free, and preferring the source's tokens)
pointer   the same with a copy distribution over the source mixed in (See et al. 2017)
edits     the target has the source's length: <keep>, <delete> or a replacement per position
both      edits whose decoder input is the sum of the source's character and the last label
aligned   edits whose decoder input is the last label plus the encoder's state of that character
          (hard monotonic attention, Aharoni & Goldberg 2017)
"""

import argparse
import gzip
import json
import math
import random
import time
import zlib
from collections import Counter

import torch
import torch.nn.functional as F
from torch import nn

BOS, PAD, EOS, UNK, MASK, KEEP, DELETE = range(7)
SPECIALS = ["<s>", "<pad>", "</s>", "<unk>", "<mask>", "<keep>", "<delete>"]
MARKS = list(".,;:!?-_~*'\"/\\|+=#@%&^()[]<>" + "，。、；：！？…—·～＊“”《》【】（）")
EMOJI = list("😀😁😂🤣😊😍😘😜🤔😎😭😡👍👎🙏💪🔥✨🎉❤⭐🌹🌞🍎🐶🚀✅❌💯👀")
RARE_EMOJI = [chr(code) for code in range(0x1F32D, 0x1F37F)]
ZERO_WIDTH = ["\u200b", "\u200c", "\u200d", "\ufeff", "\u2060"]
LONGEST_CLEAN, POSITIONS = 60, 192


# Data


def read_data(folder):
    def lines(path):
        with gzip.open(f"{folder}/{path}", "rt", encoding="utf-8") as file:
            return [line.rstrip("\n") for line in file]

    pairs = [line.split("\t") for line in lines("tatoeba-en-zh/tatoeba.tsv.gz")]
    sets = {
        "zh": [
            (0.45, lines("common-voice-sentences/zh-CN.txt.gz")),
            (0.40, lines("lctt-zh-sentences/sentences.txt.gz")),
            (0.15, list(dict.fromkeys(pair[1] for pair in pairs))),
        ],
        "en": [
            (0.70, lines("common-voice-sentences/en.txt.gz")),
            (0.30, list(dict.fromkeys(pair[0] for pair in pairs))),
        ],
    }
    train, held = {}, {}
    for language, parts in sets.items():
        train[language], held[language] = [], []
        for weight, part in parts:
            part = [line.strip() for line in part if 2 <= len(line.strip()) <= LONGEST_CLEAN]
            out = [zlib.crc32(line.encode()) % 100 == 0 for line in part]
            train[language].append((weight, [a for a, b in zip(part, out) if not b]))
            held[language].append((weight, [a for a, b in zip(part, out) if b]))
    return train, held


def draw(parts, rng):
    point = rng.random()
    for weight, part in parts:
        point -= weight
        if point < 0:
            break
    return rng.choice(part)


def make_vocabulary(train, size=6000):
    counts = Counter()
    for parts in train.values():
        for weight, part in parts:
            sample = part[:50000]
            for line in sample:
                counts.update(line)
    for mark in MARKS + EMOJI + ZERO_WIDTH + [" "]:
        counts[mark] += 10**6
    frequent = [token for token, count in counts.most_common(size - len(SPECIALS)) if count > 1]
    return {token: index for index, token in enumerate(SPECIALS + frequent)}


def inserted(previous, rng):
    point = rng.random()
    if point < 0.35:
        return [rng.choice(MARKS)]
    if point < 0.55:
        length = rng.randint(2, 5)
        if rng.random() < 0.6:
            return [rng.choice(MARKS)] * length
        return [rng.choice(MARKS) for _ in range(length)]
    if point < 0.75:
        return [" "] * rng.choice([1, 1, 1, 2, 3])
    if point < 0.83:
        return [rng.choice(EMOJI if rng.random() < 0.8 else RARE_EMOJI)]
    if point < 0.88:
        return [rng.choice(ZERO_WIDTH)]
    return [previous]


def corrupt(clean, rate, rng):
    """The noisy characters and for each whether it was inserted."""
    noisy, extra = [], []
    for index, character in enumerate(clean):
        noisy.append(character)
        extra.append(False)
        if index + 1 == len(clean):
            continue
        after = clean[index + 1]
        if character.isalpha() and after.isalpha() and rng.random() < rate:
            run = inserted(character, rng)
            noisy += run
            extra += [True] * len(run)
        elif character == " " and rng.random() < rate / 4:
            noisy.append(" ")
            extra.append(True)
    return noisy, extra


def training_example(train, rng):
    clean = draw(train[rng.choice(["zh", "en"])], rng)
    rate = 0.0 if rng.random() < 0.25 else rng.uniform(0.05, 0.45)
    noisy, extra = corrupt(clean, rate, rng)
    masked = [False] * len(noisy)
    if rng.random() < 0.1:
        masked = [rng.random() < 0.15 and not out for out in extra]
    return noisy, extra, masked


def batches(train, tokens, seed):
    rng = random.Random(seed)
    while True:
        pool = sorted(
            (training_example(train, rng) for _ in range(1500)),
            key=lambda example: len(example[0]),
        )
        groups, group = [], []
        for example in pool:
            if len(example[0]) > POSITIONS - 3:
                continue
            if (len(group) + 1) * len(example[0]) > tokens:
                groups.append(group)
                group = []
            group.append(example)
        groups.append(group)
        rng.shuffle(groups)
        yield from groups


def pad(rows, value=PAD):
    width = max(len(row) for row in rows)
    if isinstance(rows[0][0], tuple):
        value = (value, value)
    return torch.tensor([row + [value] * (width - len(row)) for row in rows])


def encode_sources(rows, vocabulary):
    """Ids of sources, and ids that tell characters out of the vocabulary apart.

    Sources have no <s>, so that the decoder's position t is the source's position t.
    """
    ids, raw = [], []
    for row in rows:
        ids.append([vocabulary.get(token, UNK) for token in row] + [EOS])
        raw.append([vocabulary.get(token, 10**6 + ord(token[0])) for token in row] + [EOS])
    return pad(ids), pad(raw)


def tensors_of(group, variant, vocabulary):
    sources, inputs, labels = [], [], []
    for noisy, extra, masked in group:
        source = ["<mask>" if m else c for c, m in zip(noisy, masked)]
        sources.append(source)
        if variant in ("rewrite", "pointer"):
            clean = [c for c, out in zip(noisy, extra) if not out]
            target = [vocabulary.get(c, UNK) for c in clean]
            inputs.append([EOS] + target)
            raw = [vocabulary.get(c, 10**6 + ord(c)) for c in clean]
            labels.append((raw if variant == "pointer" else target) + [EOS])
            continue
        ids = [vocabulary.get(c, UNK) for c in noisy]
        target = [
            DELETE if out else (token if m else KEEP)
            for token, out, m in zip(ids, extra, masked)
        ]
        labels.append(target)
        if variant in ("edits", "aligned"):
            inputs.append([EOS] + target[:-1])
        else:
            row = [vocabulary.get(c, UNK) for c in source]
            inputs.append(list(zip(row, [EOS] + target)))
    source_ids, raw = encode_sources(sources, vocabulary)
    return source_ids, raw, pad(inputs), pad(labels, -100)


# Model: mBART's layout (scaled tied embeddings, norm after them, pre-norm layers, final norms)


def sinusoid(rows, width, rates="geometric"):
    position = torch.arange(rows)[:, None]
    if rates == "geometric":  # Vaswani et al. 2017
        rate = torch.exp(torch.arange(0, width, 2) * (-math.log(10000.0) / width))
    else:  # evenly spread over (0, π): rows less than `width` apart are orthogonal
        rate = (torch.arange(0, width, 2) + 1) * (math.pi / width)
    return torch.cat([torch.sin(position * rate), torch.cos(position * rate)], 1)


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.q, self.k, self.v, self.o = (nn.Linear(width, width) for _ in range(4))
        self.heads = heads
        for linear in (self.q, self.k, self.v, self.o):
            nn.init.xavier_uniform_(linear.weight)
            nn.init.zeros_(linear.bias)

    def split(self, x):
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def keys(self, x):
        return self.split(self.k(x)), self.split(self.v(x))

    def forward(self, x, keys, mask=None, causal=False):
        y = F.scaled_dot_product_attention(
            self.split(self.q(x)), *keys, attn_mask=mask, is_causal=causal
        )
        return self.o(y.transpose(1, 2).flatten(2))


class Layer(nn.Module):
    def __init__(self, width, heads, inner, cross):
        super().__init__()
        self.norm1, self.attend = nn.LayerNorm(width), Attention(width, heads)
        if cross:
            self.norm2, self.cross = nn.LayerNorm(width), Attention(width, heads)
        self.norm3 = nn.LayerNorm(width)
        self.fc1, self.fc2 = nn.Linear(width, inner), nn.Linear(inner, width)
        for linear in (self.fc1, self.fc2):
            nn.init.xavier_uniform_(linear.weight)
            nn.init.zeros_(linear.bias)

    def forward(self, x, mask=None, memory=None, memory_mask=None, cache=None):
        h = self.norm1(x)
        keys = self.attend.keys(h)
        if cache is None:
            h = self.attend(h, keys, mask, causal=memory is not None)
        else:
            if cache:
                keys = [torch.cat([old, new], 2) for old, new in zip(cache[0], keys)]
            cache[:] = [keys]
            h = self.attend(h, keys)
        x = x + h
        if memory is not None:
            x = x + self.cross(self.norm2(x), memory, memory_mask)
        return x + self.fc2(F.gelu(self.fc1(self.norm3(x))))


class Model(nn.Module):
    def __init__(self, vocabulary, options):
        super().__init__()
        width, heads, inner = options.width, options.heads, options.width * 4
        self.options, self.width = options, width
        self.embed = nn.Embedding(vocabulary, width)
        nn.init.normal_(self.embed.weight, std=width**-0.5)
        self.positions = nn.ModuleList(nn.Embedding(POSITIONS, width) for _ in range(2))
        for table in self.positions:
            table.weight.data.copy_(sinusoid(POSITIONS, width, options.positions))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(4))
        self.encoder = nn.ModuleList(
            Layer(width, heads, inner, False) for _ in range(options.encoder)
        )
        self.decoder = nn.ModuleList(
            Layer(width, heads, inner, True) for _ in range(options.decoder)
        )
        if options.match:  # cross attention begins by comparing like with like
            for layer in self.decoder:
                layer.cross.q.weight.data *= options.match
                layer.cross.k.weight.data.copy_(layer.cross.q.weight)
        self.bias = nn.Parameter(torch.zeros(vocabulary))
        if options.variant == "pointer":
            self.copy_q, self.copy_k = nn.Linear(width, width), nn.Linear(width, width)
            self.gate = nn.Linear(width, 1)

    def embedded(self, ids, side, offset=0):
        x = self.embed(ids) * self.width**0.5
        if ids.dim() == 3:
            x = x.sum(2)
        x = x + self.positions[side].weight[offset : offset + ids.shape[1]]
        return F.dropout(self.norms[side](x), self.options.dropout, self.training)

    def encode(self, source):
        seen = (source != PAD)[:, None, None, :]
        x = self.embedded(source, 0)
        for layer in self.encoder:
            x = layer(x, seen)
        x = self.norms[2](x)
        self.encoded = x
        return x, [layer.cross.keys(x) for layer in self.decoder], seen

    def decode(self, inputs, memory, seen, offset=0, caches=None):
        x = self.embedded(inputs, 1, offset)
        if self.options.variant == "aligned":
            x = x + self.encoded[:, offset : offset + inputs.shape[1]]
        for index, layer in enumerate(self.decoder):
            x = layer(x, None, memory[index], seen, caches and caches[index])
        return self.norms[3](x)

    def logits(self, x):
        return F.linear(x, self.embed.weight, self.bias)

    def copying(self, x, encoded, seen):
        scores = self.copy_q(x) @ self.copy_k(encoded).transpose(1, 2) / self.width**0.5
        scores = scores.masked_fill(~seen[:, 0], -math.inf)
        return scores.softmax(-1), torch.sigmoid(self.gate(x))

    def loss(self, source, raw, inputs, labels):
        encoded, memory, seen = self.encode(source)
        x = self.decode(inputs, memory, seen)
        if self.options.variant != "pointer":
            logits = self.logits(x[labels != -100])
            return F.cross_entropy(logits, labels[labels != -100]), logits
        copies, gate = self.copying(x, encoded, seen)
        copied = (copies * (raw[:, None, :] == labels[:, :, None])).sum(-1)
        known = torch.where(labels >= 10**6, UNK, labels).clamp(min=0)
        chosen = self.logits(x).log_softmax(-1).gather(-1, known[..., None])[..., 0].exp()
        chosen = chosen * (labels < 10**6)
        total = gate[..., 0] * chosen + (1 - gate[..., 0]) * copied
        # A masked character out of the vocabulary can be neither chosen nor copied.
        return -(total + 1e-9).log()[(labels != -100) & (total > 0)].mean(), None


# Decoding


def resolve(tokens, names):
    return "".join(names[token] for token in tokens)


@torch.no_grad()
def repair_rewriting(model, rows, vocabulary, names, prefer=None, window=0):
    """Greedy; `prefer` is added to the source's tokens, or to the next `window` of them."""
    source, raw = encode_sources(rows, vocabulary)
    encoded, memory, seen = model.encode(source)
    caches = [[] for _ in model.decoder]
    token = torch.full((len(rows), 1), EOS)
    outputs, place = [[] for _ in rows], [0] * len(rows)
    done = [False] * len(rows)
    unknown = [sorted(set(r[r >= 10**6].tolist())) for r in raw]
    extra = max(len(u) for u in unknown)
    size = len(vocabulary)
    extended = raw.clone()
    for row, u in enumerate(unknown):
        for index, value in enumerate(u):
            extended[row][raw[row] == value] = size + index
    if prefer is not None and not window:
        bias = torch.zeros(len(rows), size).scatter_(1, source, prefer)
    for step in range(min(source.shape[1] + 2, POSITIONS)):
        x = model.decode(token, memory, seen, step, caches)
        if model.options.variant == "pointer":
            copies, gate = model.copying(x, encoded, seen)
            scores = (gate * model.logits(x).softmax(-1))[:, 0]
            scores = F.pad(scores, (0, extra))
            scores.scatter_add_(1, extended, ((1 - gate) * copies)[:, 0])
            scores[:, UNK] = 0
        else:
            scores = model.logits(x)[:, 0]
            if prefer is not None and window:
                bias = torch.zeros_like(scores)
                for row in range(len(rows)):
                    bias[row, source[row, place[row] : place[row] + window]] = prefer
            if prefer is not None:
                scores = scores + bias
        best = scores.argmax(-1)
        for row, value in enumerate(best.tolist()):
            if done[row]:
                continue
            if value == EOS:
                done[row] = True
                continue
            ahead = source[row, place[row] :].tolist()
            if value >= size:
                outputs[row].append(chr(unknown[row][value - size] - 10**6))
                continue
            if value in ahead[: max(window, 12)]:
                place[row] += ahead.index(value) + 1
                if value == UNK:
                    outputs[row].append(rows[row][place[row] - 1])
                    continue
            outputs[row].append(names[value] if value != UNK else "\ufffd")
        token = best.clamp(max=size - 1)
        token = torch.where(best >= size, UNK, token)[:, None]
        if all(done):
            break
    return ["".join(output) for output in outputs]


@torch.no_grad()
def repair_edits(model, rows, vocabulary, names, keep=0.0):
    source, _ = encode_sources(rows, vocabulary)
    _, memory, seen = model.encode(source)
    caches = [[] for _ in model.decoder]
    variant, token = model.options.variant, torch.full((len(rows), 1), EOS)
    labels = []
    for step in range(source.shape[1] - 1):
        if variant == "both":
            token = torch.stack([source[:, step : step + 1], token], 2)
        scores = model.logits(model.decode(token, memory, seen, step, caches))[:, 0]
        scores[:, KEEP] += keep
        label = scores.argmax(-1)
        labels.append(label)
        token = label[:, None]
    labels = torch.stack(labels, 1).tolist()
    result = []
    for row, edits in zip(rows, labels):
        text = ""
        for character, label in zip(row, edits):
            if label == KEEP or label in (UNK, EOS, PAD, BOS, MASK):
                text += character
            elif label != DELETE:
                text += names[label]
        result.append(text)
    return result


# Measuring


def distance(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        last, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (x != y))
    return row[-1]


def evaluation_sets(held, count):
    sets = {}
    for language in ("zh", "en"):
        rng = random.Random(f"evaluate {language}")
        rows = []
        while len(rows) < count:
            clean = draw(held[language], rng)
            noisy, extra = corrupt(clean, rng.uniform(0.1, 0.4), rng)
            if any(extra) and len(noisy) < POSITIONS - 3:
                rows.append((clean, noisy))
        sets[language] = rows
    return sets


def measure(repair, sets):
    figures = {}
    for language, rows in sets.items():
        before = after = exact = unchanged = 0
        order = sorted(range(len(rows)), key=lambda index: len(rows[index][1]))
        for start in range(0, len(order), 50):
            part = [rows[index] for index in order[start : start + 50]]
            fixed = repair([noisy for _, noisy in part])
            kept = repair([list(clean) for clean, _ in part])
            for (clean, noisy), one, two in zip(part, fixed, kept):
                before += distance("".join(noisy), clean)
                after += distance(one, clean)
                exact += one == clean
                unchanged += two == clean
        total = len(rows)
        figures[language] = (
            f"{language} cut {100 * (1 - after / before):.1f} exact {100 * exact / total:.1f}"
            f" clean {100 * unchanged / total:.1f}"
        )
    return "; ".join(figures.values())


def train(model, data, vocabulary, options, report):
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=options.rate, betas=(0.9, 0.98), weight_decay=0.01
    )
    stream, started = batches(data, options.batch, 7), time.time()
    sources = targets = 0
    curve = Counter()
    for step in range(1, options.steps + 1):
        scale = min(step / options.warmup, 1.0)
        if step > options.steps * 0.7:  # linear decay at the end
            scale *= (options.steps - step + 1) / (options.steps * 0.3)
        for group in optimizer.param_groups:
            group["lr"] = options.rate * scale
        batch = tensors_of(next(stream), options.variant, vocabulary)
        loss, logits = model.loss(*batch)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        labels = batch[3][batch[3] != -100]
        sources += (batch[0] != PAD).sum().item()
        targets += labels.numel()
        curve["loss"] += loss.item()
        curve["steps"] += 1
        if logits is not None and options.variant not in ("rewrite", "pointer"):
            guess = logits.argmax(-1)
            curve["deleted"] += (labels == DELETE).sum().item()
            curve["said"] += (guess == DELETE).sum().item()
            curve["both"] += ((labels == DELETE) & (guess == DELETE)).sum().item()
        if step % options.log == 0:
            line = f"step {step} loss {curve['loss'] / curve['steps']:.4f}"
            if curve["deleted"]:
                line += f" delete recall {curve['both'] / curve['deleted']:.3f}"
                line += f" precision {curve['both'] / max(curve['said'], 1):.3f}"
            print(line, f"{targets} targets {time.time() - started:.0f} s", flush=True)
            curve.clear()
    report(
        f"trained {options.steps} steps, {sources} source and {targets} target tokens, "
        f"{time.time() - started:.0f} s"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    variants = ["rewrite", "pointer", "edits", "both", "aligned"]
    parser.add_argument("--variant", choices=variants, default="edits")
    parser.add_argument("--name")
    parser.add_argument("--report", help="file to append the results to")
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--batch", type=int, default=2000)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--warmup", type=int, default=200)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--heads", type=int, default=4)
    parser.add_argument("--encoder", type=int, default=3)
    parser.add_argument("--decoder", type=int, default=2)
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--positions", choices=["geometric", "even"], default="geometric")
    parser.add_argument(
        "--match", type=float, default=0.0, help="start cross attention with W_q = W_k, scaled"
    )
    parser.add_argument("--lines", type=int, default=300)
    parser.add_argument("--log", type=int, default=50)
    parser.add_argument("--save")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(1)

    def report(line):
        line = f"[{options.name or options.variant}] {line}"
        print(line, flush=True)
        if options.report:
            with open(options.report, "a") as file:
                file.write(line + "\n")

    train_lines, held = read_data(options.data)
    vocabulary = make_vocabulary(train_lines)
    names = list(vocabulary)
    model = Model(len(vocabulary), options)
    size = sum(parameter.numel() for parameter in model.parameters())
    print(json.dumps(vars(options)), f"{size} parameters, {len(vocabulary)} tokens", flush=True)
    train(model, train_lines, vocabulary, options, report)
    model.eval()
    if options.save:
        torch.save(model.state_dict(), options.save)
    if not options.lines:
        return
    sets = evaluation_sets(held, options.lines)

    def score(label, repair, **settings):
        began = time.time()
        figures = measure(lambda rows: repair(model, rows, vocabulary, names, **settings), sets)
        report(f"{label}: {figures} ({time.time() - began:.0f} s)")

    if options.variant == "rewrite":
        score("free", repair_rewriting)
        score("source tokens +3", repair_rewriting, prefer=3.0)
        score("source tokens +6", repair_rewriting, prefer=6.0)
        score("window of 8 +4", repair_rewriting, prefer=4.0, window=8)
        score("window of 8 only", repair_rewriting, prefer=1e4, window=8)
    elif options.variant == "pointer":
        score("pointer", repair_rewriting)
    else:
        for keep in (0.0, 1.0, 2.0, 3.0):
            score(f"keep +{keep:.0f}", repair_edits, keep=keep)


main()
