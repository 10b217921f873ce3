#!/bin/bash
# Prints the tables of noisebench as Markdown, a model beside other systems: noisebench.sh MODEL [LINES]
# The others are the rule-based cleaner of Tests/TestSupport and, if SEQAE_PEERS names a Python that has
# them, the systems of noisebench_peers.py; SEQAE_KENLM names a language model for pycorrector. LINES
# (default 200) of each language are taken out of the test parts of the corpora in SEQAE_DATA. The sets and
# all repairs stay in the folder SEQAE_BENCH, if that is set.
set -euo pipefail

model=${1:?name the folder of a model, or a shipped model}
if [ -d "$model" ]; then model=$(realpath "$model"); fi
lines=${2:-200}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bench=$(realpath -m "${SEQAE_BENCH:-$work/bench}")
peers=${SEQAE_PEERS:-}
if [ -n "${SEQAE_DATA:-}" ]; then
  SEQAE_DATA=$(realpath "$SEQAE_DATA")
  export SEQAE_DATA
fi
kenlm=()
if [ -n "${SEQAE_KENLM:-}" ]; then kenlm=(--kenlm "$(realpath "$SEQAE_KENLM")"); fi
cd "$(dirname "$0")/.."
# As in the Makefile.
SEQAE_FOUND=$(ls /usr/include/zlib.h 2>/dev/null || true)
export SEQAE_FOUND
swift build -c release --product seqae >&2
swift build -c release --product rule-cleaner >&2
program=.build/release/seqae
options=(--limit "$lines" --quiet)

# score SYSTEM LANGUAGES OPTION…: rows of both tables, each after its place in the table and among the systems.
systems=0
score() {
  local name=$1 languages=$2
  shift 2
  systems=$((systems + 1))
  "$program" evaluate noisebench "${options[@]}" "$@" >"$work/score"
  awk -F '  +' -v OFS=' | ' -v name="$name" -v languages="$languages" -v order="$systems" '
    NR > 1 && NF == 9 && index(languages, $1) {
      print NR "\t" order "\t| " $1, $2, name, $3, $4, $5, $6, $7, $8, $9 " |"
    }' "$work/score" >>"$work/noisy"
  sed -n 's/^without noise: //p' "$work/score" | tr ';' '\n' |
    awk -v OFS=' | ' -v name="$name" -v languages="$languages" -v order="$systems" '
      index(languages, $1) { print NR "\t" order "\t| " $1, name, $2 " %", $5 " |" }' >>"$work/clean"
}

# table ROWS: the rows of all systems, in the order of the table and then that of the systems.
table() {
  sort -n -k 1,1 -k 2,2 "$1" | cut -f 3-
}

echo "noisebench.sh: the model on $lines lines of each language" >&2
score seqae zh,en --model "$model"
"$program" evaluate noisebench "${options[@]}" --export "$bench/sets"
mkdir -p "$bench/rules"
for pairs in "$bench"/sets/*.tsv; do
  cut -f 1 "$pairs" | .build/release/rule-cleaner >"$bench/rules/$(basename "$pairs" .tsv).txt"
done
score rules zh,en --predictions "$bench/rules"
versions="rules"
if [ -n "$peers" ]; then
  while IFS=$'\t' read -r name version languages; do
    if [ "$name" = identity ]; then continue; fi
    echo "noisebench.sh: $name $version" >&2
    "$peers" Scripts/noisebench_peers.py "$bench/sets" "$bench/$name" --system "$name" "${kenlm[@]}" \
      </dev/null >&2
    score "$name" "$languages" --predictions "$bench/$name"
    versions+=", $name $version"
  done < <("$peers" Scripts/noisebench_peers.py --list)
  if [ -n "${SEQAE_KENLM:-}" ]; then versions+=" with the language model $(basename "$SEQAE_KENLM")"; fi
fi

echo "| language | noise | system | cut at 5 % | 10 % | 15 % | 20 % | 40 % | exact | broken |"
echo "|---|---|---|---|---|---|---|---|---|---|"
table "$work/noisy"
echo
echo "exact and broken are at 10 %; $lines lines of each language; $versions."
echo
echo "| language | system | clean lines unchanged | false edits / 1,000 |"
echo "|---|---|---|---|"
table "$work/clean"
