#!/bin/bash
# Writes the gallery of Documentation/Noise.md anew, which Tests/CommandTests compare with what the program
# prints: noise-gallery.sh PROGRAM PAGE
set -euo pipefail

program=$1
page=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Above the heading "## Gallery" the page is written by hand; the sentences stand in its first text block.
sed '/^## Gallery$/,$d' "$page" >"$work/head"
sed -n '/^```text$/,/^```$/p' "$work/head" | sed '1d;/^```$/,$d' >"$work/sentences.txt"

{
  cat "$work/head"
  echo "## Gallery"
  echo
  echo "Written by \`Scripts/noise-gallery.sh\`; a test compares it with what the program prints."
  "$program" noise --list --json | sed -E 's/^\{"noise":"([^"]*)","summary":"([^"]*)","rate":(.*)\}$/\1\t\3\t\2/' |
    while IFS=$'\t' read -r kind rate summary; do
      options="--kind $kind"
      if [ "$rate" != null ]; then options+=" --rate 0.3"; fi
      echo
      echo "### $kind"
      echo
      echo "${summary^}."
      echo
      echo '```console'
      echo "\$ seqae noise $options --seed 7 <sentences.txt"
      # shellcheck disable=SC2086
      "$program" noise $options --seed 7 <"$work/sentences.txt"
      echo '```'
    done
} >"$work/page"
mv "$work/page" "$page"
