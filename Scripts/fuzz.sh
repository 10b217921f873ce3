#!/bin/bash
# Builds the fuzz targets of Fuzz/ with libFuzzer and the address sanitizer, and runs them:
#
#     Scripts/fuzz.sh [TARGET...]      JSON Safetensors NPY TokenizerFile Encode Splits; else all
#
# RUNS (1000000) is the number of inputs of each, MAX_LENGTH (256) the longest, SEED (1) decides them; TIMEOUT
# (60) is how many seconds by the clock an input may take: more where the machine is stopped at times.
# What ends a run is left in .build/fuzz as crash-… or slow-unit-…; run a target with that file as its argument
# to see it again. The package's own products are not touched.
set -euo pipefail
cd "$(dirname "$0")/.."

out=.build/fuzz
runs=${RUNS:-1000000}
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(JSON Safetensors NPY TokenizerFile Encode Splits)
mkdir -p "$out"

flags=(-O -swift-version 6 -parse-as-library -package-name seqae -sanitize=fuzzer,address
  -I "$out" -L "$out")
for shim in CICU CUTF8Proc CZlib; do
  [ "$shim" != CZlib ] || [ -e /usr/include/zlib.h ] || continue
  flags+=(-Xcc "-fmodule-map-file=Sources/$shim/module.modulemap")
done

# A module of the package, instrumented: what libFuzzer's coverage looks at.
module() {
  local library=$out/libSeqae$1.a
  [ "$library" -nt "$(find "Sources/$1" -name '*.swift' -printf '%T@ %p\n' | sort -n | tail -1 | cut -d' ' -f2)" ] &&
    return
  find "Sources/$1" -name '*.swift' -print0 | sort -z |
    xargs -0 swiftc "${flags[@]}" -emit-module -emit-module-path "$out/Seqae$1.swiftmodule" \
      -emit-library -static -whole-module-optimization -module-name "Seqae$1" -o "$library"
}

module Files
module Random
module Text

for target in "${targets[@]}"; do
  sources=("Fuzz/Fuzz$target.swift")
  # The room above has a hundred files more, and tensors below it.
  [ "$target" != Splits ] || sources+=(Sources/Recipes/Splits*.swift Sources/Recipes/HashList.swift)
  swiftc "${flags[@]}" -whole-module-optimization -module-name "Fuzz$target" "${sources[@]}" \
    -lSeqaeText -lSeqaeRandom -lSeqaeFiles -o "$out/Fuzz$target"
  corpus=$out/corpus-$target
  mkdir -p "$corpus"
  Fuzz/seeds.sh "$target" "$corpus"
  echo "== $target" >&2
  ASAN_OPTIONS=detect_leaks=0 "$out/Fuzz$target" "$corpus" -runs="$runs" \
    -max_len="${MAX_LENGTH:-256}" -seed="${SEED:-1}" -timeout="${TIMEOUT:-60}" -rss_limit_mb=4096 \
    -artifact_prefix="$out/" -print_final_stats=1 -print_funcs=0 -verbosity=0
done
