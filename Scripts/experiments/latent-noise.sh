#!/bin/bash
# Trains a small denoiser for each noise on embeddings and each dropout of the latent, one after the other:
# latent-noise.sh RUNS [STEPS]. RUNS receives a run a setting, of STEPS (default 1500) steps with one seed; runs
# that are there are not made again. SEQAE_DATA names the folder of the corpora, SEQAE_PROGRAM another program
# than that of the checkout. Then
#   swift run -c release latent-noise RUNS/* > Documentation/Figures/latent-noise.svg
# prints a table of their last validations and draws them.
set -euo pipefail

runs=$(realpath -m "$1")
steps=${2:-1500}
data=$(realpath "${SEQAE_DATA:-$(dirname "$0")/../../../shared/data}")
cd "$(dirname "$0")/../.."
program=${SEQAE_PROGRAM:-.build/release/seqae}
mkdir -p "$runs"

# train NAME SETTING…
train() {
  [ -e "$runs/$1/model.safetensors" ] && return
  "$program" train denoiser --data "$data"/common-voice-sentences/{en,zh-CN}.txt.gz \
    --tokenizer Vocab/characters-6000/tokenizer.json --splits Scripts/splits.json --output "$runs/$1" \
    --steps "$steps" --precision bfloat16 --quiet --set width=128 feed_forward=512 encoder_layers=2 \
    batch_tokens=1024 validation_steps="$steps" checkpoint_minutes=1000 "${@:2}"
}

train none
for noise in 0.1 0.5; do train "noise-$noise" embedding_noise=$noise; done
train standard-0.1 dropout=standard
train spatial-0.1 dropout=spatial
for noise in 0.05 0.2; do train "noise-$noise" embedding_noise=$noise; done
for kind in standard spatial; do train "$kind-0.3" dropout=$kind dropout_rate=0.3; done
