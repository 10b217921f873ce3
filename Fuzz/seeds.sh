#!/bin/bash
# Writes what the fuzzer of a target starts from: Fuzz/seeds.sh TARGET FOLDER
set -euo pipefail

target=$1
folder=$2
number=0

# Writes one seed: the text with printf's escapes.
seed() {
  number=$((number + 1))
  # shellcheck disable=SC2059
  printf "$1" >"$folder/seed-$number"
}

# A safetensors file of a header; its length must be below 256.
safetensors() {
  local header=$1 data=$2
  seed "\\x$(printf %02x ${#header})\\0\\0\\0\\0\\0\\0\\0$header$data"
}

case $target in
  JSON)
    seed '{"a":[1,-2.5e-3,true,false,null,"\\\\u00e9\\\\ud83d\\\\ude00\\\\n"],"":{"b":[]}}'
    seed '\xef\xbb\xbf [9223372036854775807, 1e308, 0.1, "中\\\\"", {}] \n'
    seed '{"k":1,"k":2}'
    ;;
  Safetensors)
    safetensors '{"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}' '12345678'
    safetensors '{"__metadata__":{"k":"v"},"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"BF16","shape":[],"data_offsets":[3,5]}}  ' '12345'
    safetensors '{}' ''
    ;;
  NPY)
    seed "\\x93NUMPY\\x01\\0\\x3a\\0{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2)} 12345678"
    seed "\\x93NUMPY\\x03\\0\\x35\\0\\0\\0{'descr': '<f8', 'fortran_order': False, 'shape': ()}12345678"
    ;;
  TokenizerFile)
    seed '\x01{"type":"NFKC"}'
    seed '\x01{"type":"Sequence","normalizers":[{"type":"NFD"}]}'
    seed '\x02{"type":"UnicodeBoundaries","unit":"grapheme"}'
    seed '\x03{"type":"TemplateProcessing","single":[{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"</s>","type_id":0}}],"pair":[],"special_tokens":{"</s>":{"id":"</s>","ids":[2],"tokens":["</s>"]}}}'
    seed '\x04{"type":"Sequence","decoders":[{"type":"ByteFallback"},{"type":"Fuse"}]}'
    seed '\x05[{"id":2,"content":"</s>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true}]'
    seed '\x06{"type":"BPE","vocab":{"a":0,"b":1,"ab":2},"merges":[["a","b"]],"byte_fallback":false}'
    seed '\x06{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","vocab":{"[UNK]":0,"a":1,"##b":2}}'
    seed '\x07{"a":0,"b":1}'
    seed '\x08[["A","b"]]'
    seed '\x08["A b"]'
    seed '\x0d[{"Sequence":{"id":"A"}},{"SpecialToken":{"id":"<s>"}}]'
    seed '\x0e{"<s>":{"ids":[0]}}'
    ;;
  Encode)
    for kind in 00 01 02 03 04 05 08 0c 10 14 17; do
      seed "\\x$kind今天天气很好 Don't e\\xcc\\x81 ﬁ 각 ① 🇨🇳👩‍👩‍👧\\xff\\xc3("
    done
    ;;
  Splits)
    seed '\x00{"seqae_splits":2,"modulus":9,"test_below":1,"development_below":3,"lists":{"test":{"count":1,"bits":8,"rice":7,"gaps":["gA=="]},"sentences":{"count":0,"bits":8,"rice":0,"gaps":[]}}}'
    seed '\x01\x02\x10\x08\x12\x34\x56\x78\x9a'
    seed '\x01\x01\x40\x3f\x12\x34\x56\x78\x9a\xbc\xde\xf0\x12'
    seed '\x02今天天气。e\xcc\x81 Hello, World! 3.14 ﬁ①'
    ;;
  *)
    echo "unknown target $target" >&2
    exit 64
    ;;
esac
