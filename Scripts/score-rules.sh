#!/bin/bash
# Scores the rule-based cleaner of Tests/TestSupport on lines of a noisy and a clean text with a tab
# between, as `seqae evaluate denoise` scores a model: score-rules.sh PAIRS.tsv [--json]
set -euo pipefail

pairs=$(realpath "$1")
shift
cd "$(dirname "$0")/.."
# As in the Makefile.
SEQAE_FOUND=$(ls /usr/include/zlib.h 2>/dev/null || true)
export SEQAE_FOUND
swift build -c release --product seqae >&2
swift build -c release --product rule-cleaner >&2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for column in 1 2; do
  cut -f "$column" "$pairs" | .build/release/rule-cleaner >"$work/$column"
done
paste "$work/1" "$work/2" >"$work/predictions"
.build/release/seqae evaluate denoise --data "$pairs" --predictions "$work/predictions" "$@"
