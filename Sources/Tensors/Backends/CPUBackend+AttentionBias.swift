import CKernels

extension CPUBackend {
  package func maskedSoftmax(_ scores: Tensor, mask: AttentionMask) -> Tensor {
    precondition(mask.spans == nil, "masked softmax: texts side by side have no bias")
    let (heads, queries, keys) = (scores.shape[1], scores.shape[2], scores.shape[3])
    let scores = widened(scores).contiguous()
    let y = make(scores.shape)
    let (source, target) = (floats(scores), mutableFloats(y))
    let first = mask.isCausal ? 1 + keys - queries : keys
    let count = queries * keys
    parallel(blocksOf: rowsPerBlock(count), in: count == 0 ? 0 : scores.shape.count / count) {
      for head in $0 {
        let limit = mask.keyLengths?[head / heads] ?? keys
        ck_masked_softmax_f32(
          source + head * count, target + head * count, queries, keys, first, limit)
      }
    }
    extendLifetime(scores)
    return y
  }
}
