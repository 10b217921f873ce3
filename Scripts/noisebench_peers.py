#!/usr/bin/env python3
"""Repairs the sets of `seqae evaluate noisebench --export` by systems from PyPI: noisebench_peers.py SETS OUTPUT --system NAME

For each SETS/NAME.tsv, lines of a noisy and a clean text, the repairs of the noisy column go to OUTPUT/NAME.txt, a line for
each. `--list` prints the systems that are installed here, their versions, and the languages that they are for; sets of other languages
come back as they are. Documentation/NoiseBench.md says why each is set up as it is.

    pip install ftfy clean-text symspellpy jionlp pycorrector torch
"""

import argparse
import collections
import functools
import glob
import importlib.metadata
import logging
import os
import re
import sys


def ftfy(standard=True):
    import ftfy

    if standard:
        return ftfy.fix_text
    # Its standard makes ASCII of curly quotes and of the commas and stops of Chinese, which are no mistakes.
    config = ftfy.TextFixerConfig(uncurl_quotes=False, fix_character_width=False)
    return lambda text: ftfy.fix_text(text, config)


def clean_text():
    logging.disable(logging.WARNING)  # it misses unidecode, which only to_ascii uses
    from cleantext import clean

    # Nothing that changes what was written: case, scripts, numbers and addresses stay.
    return lambda text: clean(text, to_ascii=False, lower=False, no_line_breaks=True, no_emoji=True)


def jionlp():
    import jionlp

    # Not what takes away parentheses and addresses with all that they hold.
    keep = dict.fromkeys(["html_tag", "parentheses", "url", "email", "phone_number"], False)
    keep = {f"remove_{name}": value for name, value in keep.items()}
    return lambda text: jionlp.clean_text(text, **keep)


def symspellpy():
    import symspellpy

    speller = symspellpy.SymSpell(max_dictionary_edit_distance=2)
    folder = os.path.dirname(symspellpy.__file__)
    speller.load_dictionary(os.path.join(folder, "frequency_dictionary_en_82_765.txt"), 0, 1)

    @functools.lru_cache(None)
    def corrected(word):
        top = symspellpy.Verbosity.TOP
        found = speller.lookup(word.replace("’", "'"), top, max_edit_distance=2, transfer_casing=True)
        return found[0].term if found and found[0].distance > 0 else word  # what is known or unknowable stays as written

    # Word by word: lookup_compound, which mends spaces too, drops all punctuation.
    words = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
    return lambda text: words.sub(lambda word: corrected(word[0]), text)


def pycorrector_english():
    import pycorrector

    def shortened(word):
        return {word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}

    class Corrector(pycorrector.EnSpellCorrector):
        """Finds the words at two edits by an index, the same as by its way of writing out all strings there."""

        def __init__(self):
            super().__init__()
            self.words = collections.defaultdict(list)
            for word in self.word_freq_dict:
                for part in shortened(word):
                    self.words[part].append(word)
            self.candidates = functools.lru_cache(None)(self.candidates)

        def edits2(self, word):
            for first in self.edits1(word):
                near = {other for part in shortened(first) for other in self.words.get(part, ())}
                if near:
                    yield from near & self.edits1(first)

    corrector = Corrector()
    return lambda text: corrector.correct(text)["target"]


def pycorrector_chinese(model):
    import pycorrector
    import pypinyin

    # Corrector asks for the pinyin of thousands of candidates a word, mostly the same ones, and spends most of its time so.
    pypinyin.lazy_pinyin = functools.lru_cache(None)(pypinyin.lazy_pinyin)
    corrector = pycorrector.Corrector(language_model_path=model) if model else pycorrector.ProperCorrector()
    return lambda text: corrector.correct(text)["target"]


def pycorrector(language, model=None):
    os.environ.setdefault("LOGURU_LEVEL", "WARNING")
    return pycorrector_chinese(model) if language == "zh" else pycorrector_english()


SYSTEMS = {  # the package, the languages, and what makes the repairer of a language
    "identity": (None, ["zh", "en"], lambda language: lambda text: text),
    "ftfy": ("ftfy", ["zh", "en"], lambda language: ftfy()),
    "ftfy-careful": ("ftfy", ["zh", "en"], lambda language: ftfy(standard=False)),
    "clean-text": ("clean-text", ["zh", "en"], lambda language: clean_text()),
    "jionlp": ("jionlp", ["zh"], lambda language: jionlp()),
    "symspellpy": ("symspellpy", ["en"], lambda language: symspellpy()),
    "pycorrector": ("pycorrector", ["zh", "en"], pycorrector),
}


def installed():
    """Yields each system whose package is here, with its version and languages."""
    for name, (package, languages, _) in SYSTEMS.items():
        try:
            version = importlib.metadata.version(package) if package else "-"
        except importlib.metadata.PackageNotFoundError:
            continue
        yield name, version, ",".join(languages)


def one_line(text):
    """A repair takes one line of the file, whatever the system makes of the text."""
    return re.sub(r"[\r\n]+", " ", text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("sets", nargs="?", help="the folder that --export wrote")
    parser.add_argument("output", nargs="?", help="where the repairs go, made if missing")
    parser.add_argument("--system", choices=SYSTEMS)
    parser.add_argument("--kenlm", metavar="MODEL", help="a KenLM model of Chinese characters, for pycorrector's Corrector")
    parser.add_argument("--list", action="store_true", help="print the systems that are installed, and stop")
    arguments = parser.parse_args()
    if arguments.list:
        for row in installed():
            print("\t".join(row))
        return
    if not (arguments.sets and arguments.output and arguments.system):
        parser.error("SETS, OUTPUT and --system are needed")
    paths = sorted(glob.glob(os.path.join(glob.escape(arguments.sets), "*.tsv")))
    if not paths:
        sys.exit(f"noisebench_peers.py: {arguments.sets}: no sets: seqae evaluate noisebench --export {arguments.sets}")
    _, languages, make = SYSTEMS[arguments.system]
    if arguments.system == "pycorrector":
        make = functools.partial(pycorrector, model=arguments.kenlm)
    repairers = {}
    os.makedirs(arguments.output, exist_ok=True)
    for path in paths:
        name = os.path.basename(path)[: -len(".tsv")]
        language = name.split("-")[0]
        if language in languages and language not in repairers:
            repairers[language] = make(language)
        repair = repairers.get(language, str)
        # Lines end in \n only: U+0085 and the like are text here.
        with open(path, encoding="utf-8", newline="\n") as sets:
            repairs = [one_line(repair(line.split("\t")[0])) for line in sets]
        with open(os.path.join(arguments.output, name + ".txt"), "w", encoding="utf-8", newline="\n") as output:
            output.writelines(repair + "\n" for repair in repairs)


if __name__ == "__main__":
    main()
