#!/usr/bin/env python3
"""Writes a language model of Chinese characters for KenLM: character_trigrams.py OUTPUT.arpa SETS CORPUS[:COLUMN]...

pycorrector's Corrector weighs its candidates with such a model and brings none: its own lie on servers beside PyPI.
Trigrams with interpolated Kneser-Ney smoothing (Chen & Goodman 1999, section 3) and one discount per order, by the estimate
n1 / (n1 + 2 n2); trigrams that occur once are left to the bigrams. Lines without a Chinese character are passed over, and
so are those that stand in SETS, the folder of `seqae evaluate noisebench --export`. Corpora are gzip files of lines, or of
columns with tabs between. 25 million characters take a minute and 2 GB.
"""

import glob
import gzip
import os
import re
import sys

import numpy as np

START, END, UNKNOWN = range(3)
FLOOR = 1e-30  # under the logarithm


def texts(corpora, without):
    for corpus in corpora:
        path, _, column = corpus.partition(":")
        with gzip.open(path, "rt", encoding="utf-8", newline="\n") as lines:
            for line in lines:
                fields = line.rstrip("\r\n").split("\t") if column else [line.rstrip("\r\n")]
                place = int(column) - 1 if column else 0
                if place < len(fields) and fields[place] not in without and re.search("[\u4e00-\u9fff]", fields[place]):
                    yield fields[place]


def numbered(lines):
    """The characters of all lines as numbers, and the characters by number."""
    numbers = {"<s>": START, "</s>": END, "<unk>": UNKNOWN}
    stream = []
    for line in lines:
        stream.append(START)
        stream += [numbers.setdefault(character, len(numbers)) for character in line if not character.isspace()]
        stream.append(END)
    return np.array(stream, dtype=np.int64), list(numbers)


def discount(counts):
    once, twice = (counts == 1).sum(), (counts == 2).sum()
    return once / (once + 2 * twice)


def ratio(a, b):
    """a / b, and 1 where b is 0: a context that never occurs leaves everything to the shorter one."""
    return np.divide(a, b, out=np.ones(len(b)), where=b > 0)


def write(path, stream, names):
    size = len(names)
    inside = stream[:-1] != END  # n-grams do not reach over the end of a line
    pairs, pair_counts = np.unique((stream[:-1] * size + stream[1:])[inside], return_counts=True)
    inside = inside[:-1] & inside[1:]
    triples, triple_counts = np.unique(
        (stream[:-2] * size + stream[1:-1])[inside] * size + stream[2:][inside], return_counts=True
    )

    # Lower orders count in how many contexts a thing occurs; what begins a line has one and keeps its count.
    tails, contexts = np.unique(triples % (size * size), return_counts=True)
    continued = np.ones(len(pairs), dtype=np.int64)
    continued[np.searchsorted(pairs, tails)] = contexts
    first, second = pairs // size, pairs % size
    continued = np.where(first == START, pair_counts, continued)
    single = np.bincount(second, minlength=size)

    cut = discount(single[single > 0])
    one = np.maximum(single - cut, 0) / single.sum() + cut * (single > 0).sum() / single.sum() / size

    cut = discount(continued[first != START])
    total = np.bincount(first, continued, size)
    back_one = ratio(cut * np.bincount(first, minlength=size), total)
    two = (continued - cut) / total[first] + back_one[first] * one[second]

    cut = discount(triple_counts)
    kept = triple_counts > 1
    context = np.searchsorted(pairs, triples // size)
    total = np.bincount(context, triple_counts, len(pairs))
    back_two = ratio(total - np.bincount(context, np.where(kept, triple_counts - cut, 0), len(pairs)), total)
    shorter = two[np.searchsorted(pairs, triples % (size * size))]
    three = ((triple_counts - cut) / total[context] + back_two[context] * shorter)[kept]
    triples = triples[kept]

    one, two, three, back_one, back_two = (np.log10(np.maximum(p, FLOOR)) for p in (one, two, three, back_one, back_two))
    one[START] = -99
    with open(path, "w", encoding="utf-8", newline="\n") as output:
        output.write(f"\\data\\\nngram 1={size}\nngram 2={len(pairs)}\nngram 3={len(triples)}\n")
        output.write("\n\\1-grams:\n")
        output.writelines(f"{p:.5f}\t{name}\t{b:.5f}\n" for p, name, b in zip(one, names, back_one))
        output.write("\n\\2-grams:\n")
        output.writelines(
            f"{p:.5f}\t{names[a]} {names[c]}\t{b:.5f}\n" for p, a, c, b in zip(two, first, second, back_two)
        )
        output.write("\n\\3-grams:\n")
        output.writelines(
            f"{p:.5f}\t{names[n // size // size]} {names[n // size % size]} {names[n % size]}\n"
            for p, n in zip(three, triples.tolist())
        )
        output.write("\n\\end\\\n")


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__.split("\n")[0])
    path, sets, *corpora = sys.argv[1:]
    without = set()
    for name in glob.glob(os.path.join(glob.escape(sets), "zh-*.tsv")):
        with open(name, encoding="utf-8", newline="\n") as lines:
            without.update(line.rstrip("\n").split("\t")[1] for line in lines)
    if not without:
        sys.exit(f"character_trigrams.py: {sets}: no sets: seqae evaluate noisebench --export {sets}")
    write(path, *numbered(texts(corpora, without)))


if __name__ == "__main__":
    main()
