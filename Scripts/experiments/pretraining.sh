#!/bin/sh
# Makes the neural rows of Documentation/Classification.md: pretraining.sh PROGRAM OUTPUT [STEPS [SET…]]
#
# For each of three sets: an autoencoder, a denoising one, a rewriter, a VAE, a conditional VAE and a language model on its texts
# without labels, of STEPS (default 1000) steps, all with one tokenizer and of one size; then classifiers at 1, 10 and 100 % of the
# labels, from scratch, from the encoder of each, and from scratch with class-conditional samples. English is in merges of
# characters, Chinese in characters. SEQAE_DATA names the folder of the corpora. What is there is not made again, so that the
# script can be started once more.
set -eu
program=$1 output=$2 steps=${3:-1000}
[ $# -gt 3 ] && shift 3 || set -- sst2 tnews online-shopping
root=$(cd "$(dirname "$0")/../.." && pwd)
common="--splits $root/Scripts/splits.json --quiet"
sizes="width=128 heads=4 feed_forward=512 positions=128 precision=bfloat16"

for set in "$@"; do
  case $set in  # files, column of the classes, column of the texts, tokens
    sst2) files="sst2/train.tsv.gz sst2/dev.tsv.gz" class=2 text=1 tokens="model=bpe vocabulary=6000" ;;
    tnews) files=tnews/train.tsv.gz class=1 text=2 tokens=vocabulary=6000 ;;
    online-shopping) files=online-shopping-10-cats/reviews.tsv.gz class=2 text=3 tokens=vocabulary=6000 ;;
    *) echo "pretraining.sh: $set is none of sst2, tnews and online-shopping" >&2; exit 64 ;;
  esac
  folder=$output/$set
  mkdir -p "$folder"
  texts="" pairs=""
  for file in $files; do
    texts="$texts $SEQAE_DATA/$file:$text" pairs="$pairs $SEQAE_DATA/$file:$class,$text"
  done
  [ -e "$folder/tokens/tokenizer.json" ] || "$program" train tokenizer --data $texts $common \
    --output "$folder/tokens" --set $tokens
  pretrain() {  # NAME RECIPE SETTING…
    name=$1 recipe=$2
    shift 2
    [ -e "$folder/$name/model.safetensors" ] || "$program" train "$recipe" $common \
      --tokenizer "$folder/tokens/tokenizer.json" --output "$folder/$name" --steps "$steps" --set $sizes "$@"
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
        --steps "$steps" "$@" label_share=$share
      printf '%s\t' "$name"
      "$program" evaluate classifier --model "$name" --data $pairs $common --json
    }
    fresh="--tokenizer $folder/tokens/tokenizer.json --set $sizes learning_rate=1e-3"
    classify scratch $fresh
    for start in autoencoder denoising rewriter vae lm; do
      classify "$start" --from "$folder/$start" --set learning_rate=3e-4
    done
    classify samples $fresh samples="$folder/cvae" samples_per_class=500
  done | tee "$folder/classifiers.tsv"
  "$program" evaluate classifier --method naive-bayes logistic bayes-lm --labels-share 0.01 0.1 1 --draws 20 \
    --model "$folder/cvae" --data $pairs $common | tee "$folder/methods.txt"
done
