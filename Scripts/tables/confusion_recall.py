#!/usr/bin/env python3
"""Prints how much of SIGHAN's confusions the noises of shape and sound can make: confusion_recall.py FOLDER

FOLDER holds the research data confusion_SimilarShape.txt.gz, confusion_SimilarPronunciation.txt.gz and
simplified/*.tsv.gz. They are a yardstick here and no source of the tables.
"""

import collections
import gzip
import os
import re
import sys

TABLES = os.path.join(os.path.dirname(__file__), "../../Sources/Text/Noise/Tables")
INITIALS = [("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"), ("f", "h"), ("r", "l")]


def table(name):
    text = open(os.path.join(TABLES, f"{name}.swift")).read()
    return re.search(r'StaticString = #"""\n(.*?)\n    """#', text, re.S)[1]


shapes = {group[0]: set(group[1:]) for group in table("LookAlikeTable").split()}
members, first = {}, {}
for line in table("ReadingTable").split("\n"):
    syllable, common, known, rare, _ = line.split()
    members[syllable] = set(common) | set(known)
    for c in common + known + rare:
        first[c] = syllable


def near(syllable):
    starts = [syllable]
    for long, short in INITIALS:
        if syllable.startswith(long):
            starts.append(short + syllable[len(long) :])
        elif syllable.startswith(short):
            starts.append(long + syllable[len(short) :])
    found = set(starts)
    for start in starts:
        if start.endswith(("ang", "eng", "ing")):
            found.add(start[:-1])
        elif start.endswith(("an", "en", "in")):
            found.add(start + "g")
    return (found - {syllable}) & members.keys()


def kinds(right, wrong):
    """The noises that can put `wrong` in place of `right`."""
    syllable = first.get(right)
    found = {"shape"} if wrong in shapes.get(right, ()) else set()
    if syllable:
        if wrong in members[syllable]:
            found.add("same sound")
        if any(wrong in members[other] for other in near(syllable)):
            found.add("near sound")
    return found


def report(name, pairs):
    counts = collections.Counter()
    for right, wrong in pairs:
        found = kinds(right, wrong)
        counts.update(found)
        counts["any"] += bool(found)
    shares = "  ".join(f"{kind} {100 * counts[kind] / len(pairs):.1f} %" for kind in ("shape", "same sound", "near sound", "any"))
    print(f"{name}: {len(pairs)} pairs  {shares}")


folder = sys.argv[1]
pairs = []
for line in gzip.open(os.path.join(folder, "confusion_SimilarShape.txt.gz"), "rt"):
    if "," in line:
        right, others = line.strip("\ufeff\r\n").split(",", 1)
        pairs += [(right, c) for c in others]
report("similar shape", pairs)
for name, columns in (("same sound", (1, 2)), ("near sound", (3, 4))):
    pairs = []
    for line in gzip.open(os.path.join(folder, "confusion_SimilarPronunciation.txt.gz"), "rt"):
        fields = line.rstrip("\r\n").split("\t")
        if len(fields) > 4 and len(fields[0]) == 1:
            pairs += [(fields[0], c) for column in columns for c in fields[column]]
    report(name, pairs)
pairs = []
for name in sorted(os.listdir(os.path.join(folder, "simplified"))):
    for line in gzip.open(os.path.join(folder, "simplified", name), "rt"):
        wrong, right = line.rstrip("\n").split("\t")[:2]
        if len(wrong) == len(right):
            pairs += [(r, w) for w, r in zip(wrong, right) if w != r]
report("mistakes in sentences", pairs)
