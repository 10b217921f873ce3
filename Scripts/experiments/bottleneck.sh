#!/bin/bash
# Makes the figures of a sweep of the bottleneck: bottleneck.sh PROGRAM OUTPUT [STEPS [SIZE…]]
#
# An autoencoder of captions for each SIZE of a code (default 2, 4, 8, … 4096), small and alike in all else, of STEPS (default 3000)
# steps: what training and held-out captions cost, how many held-out ones come back byte for byte, what they cost from the codes
# of spoilt ones, where the clean caption stands among 1,000 by its distance from the spoilt one, and how far apart codes lie.
# OUTPUT receives a run a size, bottleneck.tsv with a row a size, and chart.tsv, of which
#   swift run -c release line-chart --log-x --free-y 'Sentences in codes of 2 to 4,096 numbers' OUTPUT/chart.tsv
# draws the picture. SEQAE_DATA names the folder of the corpora. What is there is not made again.
set -euo pipefail

program=$(realpath "$1")
output=$(realpath -m "$2")
steps=${3:-3000}
sizes=("${@:4}")
[ ${#sizes[@]} -gt 0 ] || sizes=(2 4 8 16 32 64 128 256 512 1024 2048 4096)
root=$(realpath "$(dirname "$0")/../..")
captions=$SEQAE_DATA/multi30k
training=("$captions"/train.en.gz "$captions"/task2.train.{1,2,3,4,5}.en.gz)
mkdir -p "$output"

tokens=$output/tokens/tokenizer.json
[ -e "$tokens" ] || "$program" train tokenizer --config "$root/Recipes/tokenizer-multi30k.json" \
  --data "${training[@]}" --splits "$root/Scripts/splits.json" --output "$output/tokens" --quiet
for kind in insertion deletion; do
  zcat "$captions/test_2016_flickr.en.gz" | "$program" noise --kind $kind --rate 0.1 --pairs --quiet \
    >"$output/$kind.tsv"
done

# metric NAME FILE: the figure of that name in a file of one JSON object.
metric() { sed -nE "s/.*\"$1\":([^,}]*).*/\1/p" "$2"; }

table=$output/bottleneck.tsv
chart=$output/chart.tsv
printf 'size\ttraining\theld_out\texact' >"$table"
for kind in insertion deletion; do printf '\t%s\t%s_distance\t%s_first' $kind $kind $kind; done >>"$table"
printf '\tspread\n' >>"$table"
printf 'panel\tline\tvalues of a code\t\n' >"$chart"
for size in "${sizes[@]}"; do
  run=$output/$size
  [ -e "$run/model.safetensors" ] || "$program" train autoencoder --data "${training[@]}" "$captions/val.en.gz" \
    --tokenizer "$tokens" --splits "$root/Scripts/splits.json" --output "$run" --steps "$steps" --quiet \
    --precision bfloat16 --set latent_size="$size" width=128 heads=4 feed_forward=512 encoder_layers=1 \
    decoder_layers=1 positions=64 batch_tokens=1024 learning_rate=3e-3 validation_steps="$steps" \
    checkpoint_minutes=1000
  for part in train test_2016_flickr; do
    "$program" evaluate vae --model "$run" --data "$captions/$part.en.gz" --limit 1000 --json --quiet \
      >"$run/$part.json"
  done
  row="$size	$(metric reconstruction "$run/train.json")	$(metric reconstruction "$run/test_2016_flickr.json")"
  row+="	$(metric exact "$run/test_2016_flickr.json")"
  for kind in insertion deletion; do
    "$program" evaluate distance --model "$run" --data "$output/$kind.tsv" --json --quiet >"$run/$kind.json"
    row+="	$(metric noisy_reconstruction "$run/$kind.json")	$(metric distance "$run/$kind.json")"
    row+="	$(metric first "$run/$kind.json")"
  done
  echo "$row	$(metric spread "$run/insertion.json")" | tee -a "$table"
done
awk -F '\t' -v OFS='\t' 'NR > 1 {
  cost = "nats a caption"
  print cost, "training", $1, $2; print cost, "held out", $1, $3
  print cost, "from insertion at 10 %", $1, $5; print cost, "from deletion at 10 %", $1, $8
  print "held-out captions back byte for byte", "held out", $1, $4
  print "noisy to clean, of that to others", "from insertion at 10 %", $1, $6
  print "noisy to clean, of that to others", "from deletion at 10 %", $1, $9
  print "the clean one is nearest", "from insertion at 10 %", $1, $7
  print "the clean one is nearest", "from deletion at 10 %", $1, $10
  print "deviation of distances over their mean", "held out", $1, $11
}' "$table" >>"$chart"
