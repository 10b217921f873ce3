#!/bin/bash
# Says how far noise moves the codes of some models: noise-distance.sh PROGRAM OUTPUT MODEL=RUN…
#
# For each model (a name and its run), noise and rate the rank of the clean text among all by its distance from the noisy one, of
# the first 10,000 lines of TEXTS (default the sentences of Common Voice, zh-CN), and of 中国 from 中，，，，国 in the same space.
# OUTPUT receives the pairs of texts, noise-distance.tsv with a row each, and chart.tsv, of which
#   swift run -c release line-chart --log-x 'The clean sentence is the nearest of 10,000' OUTPUT/chart.tsv
# draws a panel a noise. RATES, KINDS and COUNT stand for others in the environment; separators have no rate. What is there is
# not made again.
set -euo pipefail

program=$(realpath "$1")
output=$(realpath -m "$2")
models=("${@:3}")
texts=${TEXTS:-$SEQAE_DATA/common-voice-sentences/zh-CN.txt.gz}
count=${COUNT:-10000}
read -ra rates <<<"${RATES:-0.05 0.1 0.2 0.4}"
read -ra kinds <<<"${KINDS:-insertion deletion swap look-alike stray separator}"
[ ${#models[@]} -gt 0 ] || { echo "noise-distance.sh: expected MODEL=RUN" >&2; exit 64; }
mkdir -p "$output"
# Each text once: ranks are among different ones.
[ -e "$output/texts.txt" ] || zcat -f "$texts" | awk -v most="$count" \
  'count < most && length && !/\t/ && !seen[$0]++ { print; count++ }' >"$output/texts.txt"

# metric NAME FILE: the figure of that name in a file of one JSON object.
metric() { sed -nE "s/.*\"$1\":([^,}]*).*/\1/p" "$2"; }

fields=(pairs distance median_rank reciprocal_rank first within_10 reconstruction noisy_reconstruction
  pair_distance pair_rank)
table=$output/noise-distance.tsv
{ printf 'model\tnoise\trate'; printf '\t%s' "${fields[@]}" spread; echo; } >"$table"
for kind in "${kinds[@]}"; do
  own=("${rates[@]}")
  [ "$kind" = separator ] && own=(-)
  for rate in "${own[@]}"; do
    pairs=$output/$kind-$rate.tsv
    options=(--kind "$kind")
    [ "$rate" = - ] || options+=(--rate "$rate")
    [ -e "$pairs" ] || "$program" noise "${options[@]}" --pairs --quiet <"$output/texts.txt" >"$pairs"
    for model in "${models[@]}"; do
      name=${model%%=*}
      found=$output/$name-$kind-$rate.json
      [ -s "$found" ] || "$program" evaluate distance --model "${model#*=}" --data "$pairs" \
        --pair '中，，，，国' '中国' --json --quiet >"$found"
      {
        printf '%s\t%s\t%s' "$name" "$kind" "$rate"
        for field in "${fields[@]}" spread; do printf '\t%s' "$(metric "$field" "$found")"; done
        echo
      } | tee -a "$table"
    done
  done
done
{
  printf 'panel\tline\trate\tnearest\n'
  awk -F '\t' -v OFS='\t' 'NR > 1 && $3 != "-" { print $2, $1, $3, $8 }' "$table"
} >"$output/chart.tsv"
