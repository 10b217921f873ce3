#!/bin/sh
# Makes pairs of texts and their English titles for train summarizer: title-pairs.sh > english-titles.tsv
#
# The Chinese titles and headings of lctt-zh-titles stand among the paragraphs of lctt-en-zh too, beside the English ones that they
# translate: a row whose Chinese side is one of them has the title, and the rows that follow, until 120 characters are reached or
# another title begins, have the text. Columns: kind, text, title, as lctt-zh-titles has them. SEQAE_DATA names the folder of the
# corpora.
set -eu
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
zcat "$SEQAE_DATA/lctt-zh-titles/titles.tsv.gz" >"$folder/titles"
zcat "$SEQAE_DATA/lctt-en-zh/paragraphs.tsv.gz" >"$folder/paragraphs"
awk -F '\t' -v OFS='\t' '
  NR == FNR { kinds[$3] = $1; next }
  function give(least) { if (title != "" && length(text) >= least) print kind, text, title }
  length(text) >= 120 { give(120); title = text = "" }
  $3 in kinds && length($2) >= 8 { give(60); title = $2; kind = kinds[$3]; text = ""; next }
  title != "" { text = text (text == "" ? "" : " ") $2 }
  END { give(60) }
' "$folder/titles" "$folder/paragraphs"
