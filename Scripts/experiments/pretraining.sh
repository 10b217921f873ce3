#!/bin/sh
# Makes the neural rows of Documentation/Classification.md: pretraining.sh PROGRAM OUTPUT [STEPS [MINUTES]]
#
# For each of three sets: an autoencoder, a denoising one, a VAE, a conditional VAE and a language model on its texts without
# labels, all with one tokenizer and of one size; then classifiers at 1, 10 and 100 % of the labels, from scratch, from the encoder of
# each, and from scratch with class-conditional samples. SEQAE_DATA names the folder of the corpora. What is there is not
# made again, so that the script can be started once more.
set -eu
program=$1 output=$2 steps=${3:-3000} minutes=${4:-20}
root=$(cd "$(dirname "$0")/../.." && pwd)
common="--splits $root/Scripts/splits.json --quiet"
sizes="width=128 heads=4 feed_forward=512 positions=128"

# set, files, column of the classes, column of the texts
while read -r set files class text; do
  folder=$output/$set
  mkdir -p "$folder"
  texts="" pairs=""
  for file in $(echo "$files" | tr , ' '); do
    texts="$texts $SEQAE_DATA/$file:$text" pairs="$pairs $SEQAE_DATA/$file:$class,$text"
  done
  [ -e "$folder/tokens/tokenizer.json" ] || "$program" train tokenizer --data $texts \
    --splits "$root/Scripts/splits.json" --quiet --output "$folder/tokens"
  pretrain() {  # NAME RECIPE SETTING…
    name=$1 recipe=$2
    shift 2
    [ -e "$folder/$name/model.safetensors" ] || "$program" train "$recipe" $common \
      --tokenizer "$folder/tokens/tokenizer.json" --output "$folder/$name" --steps "$steps" --minutes "$minutes" \
      --set $sizes "$@"
  }
  pretrain autoencoder autoencoder encoder_layers=2 decoder_layers=2 --data $texts
  pretrain denoising autoencoder encoder_layers=2 decoder_layers=2 noise=mask noise_rate=0.3 --data $texts
  pretrain rewriter rewriter encoder_layers=2 decoder_layers=2 --data $texts
  pretrain vae vae encoder_layers=2 decoder_layers=2 free_bits=0.1 word_dropout=0.3 --data $texts
  pretrain cvae cvae encoder_layers=2 decoder_layers=2 free_bits=0.1 word_dropout=0.3 --data $pairs
  pretrain lm lm layers=2 --data $texts

  for share in 0.01 0.1 1; do
    classify() {  # NAME OPTION…
      name=$folder/classifier-$1-$share
      shift
      [ -e "$name/model.safetensors" ] || "$program" train classifier $common --data $pairs --output "$name" \
        --steps "$steps" --minutes "$minutes" "$@" label_share=$share
      printf '%s\t' "$name"
      "$program" evaluate classifier --model "$name" --data $pairs $common --json
    }
    tokenizer="--tokenizer $folder/tokens/tokenizer.json"
    classify scratch $tokenizer --set $sizes
    for start in autoencoder denoising rewriter vae lm; do
      classify "$start" --from "$folder/$start" --set learning_rate=3e-4
    done
    classify samples $tokenizer --set $sizes samples="$folder/cvae" samples_per_class=500
  done | tee "$folder/classifiers.tsv"
  "$program" evaluate classifier --method naive-bayes logistic bayes-lm --labels-share 0.01 0.1 1 --draws 20 \
    --model "$folder/cvae" --data $pairs $common | tee "$folder/methods.txt"
done <<SETS
sst2 sst2/train.tsv.gz,sst2/dev.tsv.gz 2 1
tnews tnews/train.tsv.gz 1 2
online-shopping online-shopping-10-cats/reviews.tsv.gz 2 3
SETS
