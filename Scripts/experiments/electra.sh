#!/bin/sh
# Makes the figures of Documentation/Electra.md: electra.sh PROGRAM OUTPUT [MINUTES [STEPS]]
#
# A discriminator that starts with the shipped denoiser's encoder, measured as a detector beside the shipped denoiser;
# then two small denoisers that differ in nothing but the replaced tokens, on the same spoilt lines. SEQAE_DATA names
# the folder of the corpora.
set -eu
program=$1 output=$2 minutes=${3:-30} steps=${4:-1500}
root=$(cd "$(dirname "$0")/../.." && pwd)
common="--splits $root/Scripts/splits.json --tokenizer $root/Models/denoiser/tokenizer.json --quiet"
mkdir -p "$output"

if [ ! -e "$output/electra/model.safetensors" ]; then
  "$program" train electra $common --output "$output/electra" --minutes "$minutes" --set precision=bfloat16 \
    encoder="$root/Models/denoiser" generator_width=64 generator_heads=4 generator_layers=2 learning_rate=5e-4 \
    warmup_steps=50 mask_rate=0.25 batch_tokens=2048 validation_lines=100 validation_minutes=20
fi
"$program" evaluate detection --detector "$output/electra" --model "$root/Models/denoiser" \
  --splits "$root/Scripts/splits.json" --limit 200 --quiet | tee "$output/detection.txt"

for share in 0 0.2; do
  run=$output/denoiser-$share
  [ -e "$run/model.safetensors" ] || "$program" train denoiser $common --output "$run" --steps "$steps" \
    --set precision=bfloat16 batch_tokens=2048 width=128 heads=4 feed_forward=512 encoder_layers=2 \
    validation_lines=50 validation_minutes=60 replacement_share=$share replacements="$output/electra"
  "$program" evaluate noisebench --model "$run" --splits "$root/Scripts/splits.json" --limit 100 --quiet \
    --json >"$run.jsonl"
  echo "replacement_share=$share"
  grep -E '"noise":"(same-sound|look-alike|stray|mixed|punctuation)","rate":0.1,' "$run.jsonl" |
    sed -E 's/.*"language":"([a-z]+)","noise":"([a-z-]+)".*"errors_cut":([^,]*),.*/\1 \2 cut \3/'
  grep '"noise":"none"' "$run.jsonl" |
    sed -E 's/.*"language":"([a-z]+)".*"clean_unchanged":([^,]*),.*/\1 clean \2/'
done
