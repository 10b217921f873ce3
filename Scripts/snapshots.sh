#!/bin/bash
# Writes the help texts that Tests/CommandTests compare verbatim: snapshots.sh PROGRAM FOLDER
set -euo pipefail

program=$1
folder=$2
mkdir -p "$folder"
"$program" --help >"$folder/help.txt"
# The verbs are the first words of the lines between "commands:" and the next blank line.
verbs=$(sed -n '/^commands:$/,/^$/p' "$folder/help.txt" | sed -n 's/^  \([a-z]\+\) .*/\1/p')
for verb in $verbs; do
  "$program" "$verb" --help >"$folder/help-$verb.txt"
done
