import CKernels

extension CPUBackend {
  package func random(_ distribution: Distribution, _ shape: Shape, key: UInt64) -> Tensor {
    let kernel =
      switch distribution {
      case .uniform: ck_uniform_f32
      case .normal: ck_normal_f32
      case .gumbel: ck_gumbel_f32
      }
    let y = make(shape)
    let target = mutableFloats(y)
    parallel(blocksOf: CPUBackend.blockSize, in: shape.count) { block in
      kernel(key, UInt64(block.lowerBound), target + block.lowerBound, block.count)
    }
    return y
  }
}
