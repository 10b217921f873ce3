#!/bin/bash
# Prints the held-out table of a denoiser's card, as Markdown: denoiser-table.sh MODEL [LINES]
# For each set of noisy lines the model's figures stand beside those of the rule-based cleaner of
# Tests/TestSupport. The sets are made of the test parts of the corpora in the folder SEQAE_DATA
# (default ../shared/data), LINES (default 1000) of each language.
set -euo pipefail

data=${SEQAE_DATA:-$(dirname "$0")/../../shared/data}
if [ ! -d "$data" ]; then
  echo "denoiser-table.sh: $data: no such folder: set SEQAE_DATA to that of the corpora" >&2
  exit 66
fi
data=$(realpath "$data")
model=$(realpath "$1")
lines=${2:-1000}
cd "$(dirname "$0")/.."
# As in the Makefile.
SEQAE_FOUND=$(ls /usr/include/zlib.h 2>/dev/null || true)
export SEQAE_FOUND
swift build -c release --product seqae >&2
program=.build/release/seqae
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

corpora=(
  "$data"/common-voice-sentences/{en,zh-CN,zh-HK,zh-TW}.txt.gz
  "$data"/lctt-zh-sentences/sentences.txt.gz
  "$data"/zh-classical-modern/classical-modern.tsv.gz:3
  "$data"/tatoeba-en-zh/tatoeba.tsv.gz:{1,2}
)
news=("$data"/ntrex-en-zh/ntrex.en-zh.tsv.gz:{1,2})

# rows SET SYSTEM: rows of the Markdown table out of the text table of `seqae evaluate`.
rows() {
  awk -F '  +' -v noise="$1" -v name="$2" \
    'NR > 1 && $1 != "all" { $1 = "| " noise " | " $1 " | " name; print }' OFS=' | ' | sed 's/$/ |/'
}

# score SET: both systems on $work/pairs.
score() {
  "$program" evaluate denoise --model "$model" --data "$work/pairs" | rows "$1" model
  Scripts/score-rules.sh "$work/pairs" | rows "$1" rules
}

echo "| noise | language | system | lines | character errors before | after | cut | exact | clean unchanged | false edits / 1,000 |"
echo "|---|---|---|---|---|---|---|---|---|---|"
for rate in 0.1 0.2 0.3 0.4; do
  "$program" noise --data "${corpora[@]}" --split test --rate "$rate" --seed 2026 --limit "$lines" \
    --pairs --quiet >"$work/pairs"
  score "insertion ${rate#0.}0 %"
done
"$program" noise --data "${corpora[@]}" --split test --kind separator --seed 2026 --limit "$lines" \
  --pairs --quiet >"$work/pairs"
score "separators"
for kind in deletion swap look-alike ocr; do
  "$program" noise --data "${corpora[@]}" --split test --kind "$kind" --seed 2026 --limit "$lines" \
    --pairs --quiet >"$work/pairs"
  score "$kind"
done
"$program" noise --data "${corpora[@]}" --split test --all-lines --seed 2026 --limit "$lines" \
  --pairs --quiet >"$work/pairs"
score "unfiltered, insertion 10–40 %"
"$program" noise --data "${news[@]}" --split test --seed 2026 --limit "$lines" --pairs --quiet \
  >"$work/pairs"
score "news, insertion 10–40 %"
