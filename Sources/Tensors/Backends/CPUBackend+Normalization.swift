import CKernels

extension CPUBackend {
  /// Rows whose gradients of gain and bias are added up before they join the other blocks'.
  private static let gradientRows = 64

  package func layerNorm(_ x: Tensor, gain: Tensor, bias: Tensor, epsilon: Float)
    -> (y: Tensor, mean: Tensor, inverseDeviation: Tensor)
  {
    let columns = x.shape[-1]
    let rows = columns == 0 ? 0 : x.shape.count / columns
    let (x, gain, bias) = (x.contiguous(), gain.contiguous(), bias.contiguous())
    let statistics = x.shape.replacing(-1, with: 1)
    let (y, mean, inverse) = (make(x.shape), make(statistics), make(statistics))
    let (source, g, b) = (floats(x), floats(gain), floats(bias))
    let (target, m, i) = (mutableFloats(y), mutableFloats(mean), mutableFloats(inverse))
    parallel(blocksOf: rowsPerBlock(columns), in: rows) { block in
      let (row, first) = (block.lowerBound, block.lowerBound * columns)
      ck_layer_norm_f32(
        source + first, g, b, epsilon, target + first, m + row, i + row, block.count, columns)
    }
    extendLifetime((x, gain, bias))
    return (y, mean, inverse)
  }

  package func layerNormBackward(
    _ dy: Tensor, _ x: Tensor, gain: Tensor, mean: Tensor, inverseDeviation: Tensor
  ) -> (dx: Tensor, dgain: Tensor, dbias: Tensor) {
    let columns = x.shape[-1]
    let rows = columns == 0 ? 0 : x.shape.count / columns
    let (dy, x, gain) = (dy.contiguous(), x.contiguous(), gain.contiguous())
    let (mean, inverse) = (mean.contiguous(), inverseDeviation.contiguous())
    let (dx, dgain, dbias) = (make(x.shape), make([columns]), make([columns]))
    let size = CPUBackend.gradientRows
    let blocks = (rows + size - 1) / size
    let partial = scratch(blocks * 2 * columns)
    let sums = mutableFloats(partial)  // [blocks, 2, columns]: dgain, dbias
    let (gradient, source, g) = (floats(dy), floats(x), floats(gain))
    let (m, i, target) = (floats(mean), floats(inverse), mutableFloats(dx))
    parallel(blocksOf: size, in: rows) { block in
      let (row, first) = (block.lowerBound, block.lowerBound * columns)
      let sum = sums + row / size * 2 * columns
      ck_layer_norm_backward_f32(
        gradient + first, source + first, g, m + row, i + row, target + first, sum, sum + columns,
        block.count, columns)
    }
    ck_sum_columns_f32(sums, 2 * columns, mutableFloats(dgain), blocks, columns)
    ck_sum_columns_f32(sums + columns, 2 * columns, mutableFloats(dbias), blocks, columns)
    extendLifetime((dy, x, gain, mean, inverse, partial))
    return (dx, dgain, dbias)
  }
}
