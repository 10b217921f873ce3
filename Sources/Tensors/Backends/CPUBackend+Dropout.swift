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
    let y = make(x.shape, x.dtype)
    parallel(blocksOf: CPUBackend.blockSize, in: x.shape.count) { block in
      let first = block.lowerBound
      ck_apply_dropout(
        x.dtype.kernelType, mask, UInt64(first), elements(x, first), elements(y, first),
        block.count)
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
