#!/bin/bash
# Trains a small rewriter for each noise of tokens and probes what its encoder has learnt:
# bart-ordering.sh RUNS [STEPS [SEED…]]. RUNS receives a run a noise and seed, and probes.jsonl, a line a figure
# with the noise, the seed and the set. SEQAE_DATA names the folder of the corpora, SEQAE_PROGRAM another program than
# that of the checkout. The rewriters learn from paragraphs of two sentences and more of lctt-en-zh,
# of as many of them as make the run an epoch or two: a sixth, half or all;
# the probes ask about tnews and sst2, both for research only, of which nothing is kept.
set -euo pipefail

runs=$(realpath -m "$1")
steps=${2:-1500}
seeds=("${@:3}")
[ ${#seeds[@]} -gt 0 ] || seeds=(0)
data=$(realpath "${SEQAE_DATA:-$(dirname "$0")/../../../shared/data}")
cd "$(dirname "$0")/../.."
program=${SEQAE_PROGRAM:-.build/release/seqae}
mkdir -p "$runs"
corpora=("$runs"/{en,zh}.txt)
every=$((steps < 1700 ? 6 : steps < 5000 ? 2 : 1))
[ -e "$runs/zh.txt" ] || for column in 2 3; do
  zcat "$data/lctt-en-zh/paragraphs.tsv.gz" | awk -F '\t' "NR % $every == 0 { print \$$column }" \
    >"$runs/$([ $column = 2 ] && echo en || echo zh).txt"
done
tokens=$runs/tokenizer/tokenizer.json
[ -e "$tokens" ] || "$program" train tokenizer --set model=bpe vocabulary=3500 --splits Scripts/splits.json \
  --output "$runs/tokenizer" --data "${corpora[@]}" --quiet

noises=(infilling token-deletion mask permutation rotation none)
for seed in "${seeds[@]}"; do
  for noise in "${noises[@]}"; do
    [ -e "$runs/$noise-$seed/model.safetensors" ] && continue
    "$program" train rewriter --data "${corpora[@]}" --tokenizer "$tokens" --splits Scripts/splits.json \
      --output "$runs/$noise-$seed" --steps "$steps" --seed "$seed" --precision bfloat16 --quiet --set \
      noise=$noise noise_rate=0.3 minimum_sentences=2 line_limit=160 width=128 heads=4 feed_forward=256 \
      encoder_layers=2 decoder_layers=1 batch_tokens=768 learning_rate=2e-3 decay=linear \
      validation_steps="$steps" checkpoint_minutes=1000
  done
done

# probe NOISE SEED SET [--baselines] COLUMNS…: lines of probes.jsonl
probe() {
  "$program" evaluate probe --model "$runs/$1-$2" --json --quiet --threads 1 "${@:4}" |
    sed "s/^{/{\"noise\": \"$1\", \"seed\": $2, \"set\": \"$3\", /" >>"$runs/probes.jsonl"
}

: >"$runs/probes.jsonl"
for seed in "${seeds[@]}"; do
  for noise in "${noises[@]}"; do
    baselines=()
    [ $noise = infilling ] && baselines=(--baselines)
    probe $noise "$seed" tnews "${baselines[@]}" --data "$data/tnews/train.tsv.gz:2" --labels 1
    probe $noise "$seed" sst2 "${baselines[@]}" --data "$data/sst2/train.tsv.gz:1" --labels 2 \
      --test "$data/sst2/dev.tsv.gz:1"
  done
done
