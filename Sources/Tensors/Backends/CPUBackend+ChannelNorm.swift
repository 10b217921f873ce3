import CKernels

extension CPUBackend {
  /// Rows whose gradients of the gain are added up before they join the other blocks'.
  private static let gainRows = 64

  package func groupNorm(_ x: Tensor, groups: Int, gain: Tensor, bias: Tensor, epsilon: Float)
    -> (y: Tensor, mean: Tensor, inverseDeviation: Tensor)
  {
    let shape = ChannelShape(x.shape)
    let (x, gain, bias) = (
      widened(x).contiguous(), widened(gain).contiguous(), widened(bias).contiguous()
    )
    let each: Shape = [shape.batch, groups]
    let (y, mean, inverse) = (make(x.shape), make(each), make(each))
    let (source, g, b) = (floats(x), floats(gain), floats(bias))
    let (target, m, i) = (mutableFloats(y), mutableFloats(mean), mutableFloats(inverse))
    let width = shape.channels / groups * shape.size
    parallel(blocksOf: rowsPerBlock(width), in: width == 0 ? 0 : each.count) { block in
      ck_group_norm_f32(
        shape.kernel, groups, source, g, b, epsilon, target, m, i, block.lowerBound, block.count)
    }
    extendLifetime((x, gain, bias))
    return (y, mean, inverse)
  }

  package func groupNormBackward(
    _ dy: Tensor, _ x: Tensor, gain: Tensor, mean: Tensor, inverseDeviation: Tensor
  ) -> (dx: Tensor, dgain: Tensor, dbias: Tensor) {
    let shape = ChannelShape(x.shape)
    let groups = mean.shape[1]
    let (dy, x, gain) = (
      widened(dy).contiguous(), widened(x).contiguous(), widened(gain).contiguous()
    )
    let dx = make(x.shape)
    let each: Shape = [shape.batch, shape.channels]
    let (dgains, dbiases) = (make(each), make(each))
    let (gradient, source, g) = (floats(dy), floats(x), floats(gain))
    let (m, i, target) = (floats(mean), floats(inverseDeviation), mutableFloats(dx))
    let (a, b) = (mutableFloats(dgains), mutableFloats(dbiases))
    let width = shape.channels / groups * shape.size
    parallel(blocksOf: rowsPerBlock(width), in: shape.batch * groups) { block in
      ck_group_norm_backward_f32(
        shape.kernel, groups, gradient, source, g, m, i, target, a, b, block.lowerBound,
        block.count)
    }
    extendLifetime((dy, x, gain, mean, inverseDeviation))
    return (dx, sumOfRows(dgains), sumOfRows(dbiases))
  }

  package func batchNorm(_ x: Tensor, gain: Tensor, bias: Tensor, epsilon: Float)
    -> (y: Tensor, mean: Tensor, variance: Tensor, inverseDeviation: Tensor)
  {
    let shape = ChannelShape(x.shape)
    let (x, gain, bias) = (
      widened(x).contiguous(), widened(gain).contiguous(), widened(bias).contiguous()
    )
    let each = gain.shape
    let (y, mean, variance, inverse) = (make(x.shape), make(each), make(each), make(each))
    let (source, g, b, target) = (floats(x), floats(gain), floats(bias), mutableFloats(y))
    let (m, v, i) = (mutableFloats(mean), mutableFloats(variance), mutableFloats(inverse))
    parallel(blocksOf: channelsPerBlock(shape), in: shape.channels) { block in
      ck_batch_norm_f32(
        shape.kernel, source, g, b, epsilon, target, m, v, i, block.lowerBound, block.count)
    }
    extendLifetime((x, gain, bias))
    return (y, mean, variance, inverse)
  }

  package func batchNormBackward(
    _ dy: Tensor, _ x: Tensor, gain: Tensor, mean: Tensor, inverseDeviation: Tensor
  ) -> (dx: Tensor, dgain: Tensor, dbias: Tensor) {
    let shape = ChannelShape(x.shape)
    let (dy, x, gain) = (
      widened(dy).contiguous(), widened(x).contiguous(), widened(gain).contiguous()
    )
    let (dx, dgain, dbias) = (make(x.shape), make(gain.shape), make(gain.shape))
    let (gradient, source, g) = (floats(dy), floats(x), floats(gain))
    let (m, i, target) = (floats(mean), floats(inverseDeviation), mutableFloats(dx))
    let (a, b) = (mutableFloats(dgain), mutableFloats(dbias))
    parallel(blocksOf: channelsPerBlock(shape), in: shape.channels) { block in
      ck_batch_norm_backward_f32(
        shape.kernel, gradient, source, g, m, i, target, a, b, block.lowerBound, block.count)
    }
    extendLifetime((dy, x, gain, mean, inverseDeviation))
    return (dx, dgain, dbias)
  }

  /// The channels that one block of work takes: whole vectors of them where they are neighbours.
  private func channelsPerBlock(_ shape: ChannelShape) -> Int {
    let fewest = shape.size == 1 ? 16 : 1
    return min(Int(CK_MAX_CHANNELS), max(fewest, rowsPerBlock(shape.batch * shape.size)))
  }

  package func rmsNorm(_ x: Tensor, gain: Tensor, epsilon: Float) -> (y: Tensor, inverse: Tensor) {
    let columns = x.shape[-1]
    let (x, gain) = (widened(x).contiguous(), widened(gain).contiguous())
    let (y, inverse) = (make(x.shape), make(x.shape.replacing(-1, with: 1)))
    let (source, g) = (floats(x), floats(gain))
    let (target, i) = (mutableFloats(y), mutableFloats(inverse))
    let rows = columns == 0 ? 0 : x.shape.count / columns
    parallel(blocksOf: rowsPerBlock(columns), in: rows) { block in
      let (row, first) = (block.lowerBound, block.lowerBound * columns)
      ck_rms_norm_f32(
        source + first, g, epsilon, target + first, i + row, block.count, columns)
    }
    extendLifetime((x, gain))
    return (y, inverse)
  }

  package func rmsNormBackward(_ dy: Tensor, _ x: Tensor, gain: Tensor, inverse: Tensor)
    -> (dx: Tensor, dgain: Tensor)
  {
    let columns = x.shape[-1]
    let rows = columns == 0 ? 0 : x.shape.count / columns
    let (dy, x, gain) = (
      widened(dy).contiguous(), widened(x).contiguous(), widened(gain).contiguous()
    )
    let size = CPUBackend.gainRows
    let (dx, partial) = (make(x.shape), make([(rows + size - 1) / size, columns]))
    let (gradient, source, g, i) = (floats(dy), floats(x), floats(gain), floats(inverse))
    let (target, sums) = (mutableFloats(dx), mutableFloats(partial))
    parallel(blocksOf: size, in: rows) { block in
      let (row, first) = (block.lowerBound, block.lowerBound * columns)
      ck_rms_norm_backward_f32(
        gradient + first, source + first, g, i + row, target + first, sums + row / size * columns,
        block.count, columns)
    }
    extendLifetime((dy, x, gain, inverse))
    return (dx, sumOfRows(partial))
  }
}

extension ChannelShape {
  /// The shape as the kernels take it.
  fileprivate var kernel: ck_channels {
    ck_channels(batch: batch, channels: channels, size: size)
  }
}
