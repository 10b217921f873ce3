import CKernels

extension CPUBackend {
  package func dropoutMask(_ shape: Shape, _ dropout: Dropout) -> Tensor {
    let mask = kernel(dropout)
    let y = make(shape)
    let target = mutableFloats(y)
    parallel(blocksOf: CPUBackend.blockSize, in: shape.count) { block in
      ck_dropout_mask_f32(mask, UInt64(block.lowerBound), target + block.lowerBound, block.count)
    }
    return y
  }

  package func dropout(_ x: Tensor, _ dropout: Dropout) -> Tensor {
    let mask = kernel(dropout)
    let x = x.contiguous()
    let y = make(x.shape)
    let (source, target) = (floats(x), mutableFloats(y))
    parallel(blocksOf: CPUBackend.blockSize, in: x.shape.count) { block in
      let first = block.lowerBound
      ck_dropout_f32(mask, UInt64(first), source + first, target + first, block.count)
    }
    extendLifetime(x)
    return y
  }

  /// The dropout as the kernels take it.
  func kernel(_ dropout: Dropout) -> ck_dropout {
    ck_dropout(
      key: dropout.key, threshold: CPUBackend.dropoutThreshold(dropout.rate),
      scale: 1 / (1 - dropout.rate))
  }
}
