extension Backend {
  package func groupNorm(_ x: Tensor, groups: Int, gain: Tensor, bias: Tensor, epsilon: Float)
    -> (y: Tensor, mean: Tensor, inverseDeviation: Tensor)
  {
    let channels = ChannelShape(x.shape)
    let rows = x.reshaped(channels.grouped(groups))  // [B, G, C/G · S]
    let (mean, _, inverse) = statistics(rows, [2], epsilon)  // [B, G, 1]
    let normalized = ((rows - mean) * inverse).reshaped(channels.shape)
    let y = normalized * channels.column(gain) + channels.column(bias)
    let each: Shape = [x.shape[0], groups]
    return (y.reshaped(x.shape), mean.reshaped(each), inverse.reshaped(each))
  }

  package func groupNormBackward(
    _ dy: Tensor, _ x: Tensor, gain: Tensor, mean: Tensor, inverseDeviation: Tensor
  ) -> (dx: Tensor, dgain: Tensor, dbias: Tensor) {
    let channels = ChannelShape(x.shape)
    let groups = mean.shape[1]
    let each: Shape = [x.shape[0], groups, 1]
    let inverse = inverseDeviation.reshaped(each)
    let normalized = (x.reshaped(channels.grouped(groups)) - mean.reshaped(each)) * inverse
    let gradient = dy.reshaped(channels.shape)
    let d = (gradient * channels.column(gain)).reshaped(channels.grouped(groups))
    let dx = (d - average(d, [2]) - normalized * average(d * normalized, [2])) * inverse
    let dgain = (gradient * normalized.reshaped(channels.shape)).summed(over: [0, 2])
    let dbias = gradient.summed(over: [0, 2])
    return (dx.reshaped(x.shape), dgain.reshaped(gain.shape), dbias.reshaped(gain.shape))
  }

  package func batchNorm(_ x: Tensor, gain: Tensor, bias: Tensor, epsilon: Float)
    -> (y: Tensor, mean: Tensor, variance: Tensor, inverseDeviation: Tensor)
  {
    let channels = ChannelShape(x.shape)
    let all = x.reshaped(channels.shape)  // [B, C, S]
    let (mean, variance, inverse) = statistics(all, [0, 2], epsilon)  // [1, C, 1]
    let y = (all - mean) * inverse * channels.column(gain) + channels.column(bias)
    let each = gain.shape
    return (
      y.reshaped(x.shape), mean.reshaped(each), variance.reshaped(each), inverse.reshaped(each)
    )
  }

  package func batchNormBackward(
    _ dy: Tensor, _ x: Tensor, gain: Tensor, mean: Tensor, inverseDeviation: Tensor
  ) -> (dx: Tensor, dgain: Tensor, dbias: Tensor) {
    let channels = ChannelShape(x.shape)
    let inverse = channels.column(inverseDeviation)
    let normalized = (x.reshaped(channels.shape) - channels.column(mean)) * inverse
    let gradient = dy.reshaped(channels.shape)
    let projection = normalized * average(gradient * normalized, [0, 2])
    let centred = gradient - average(gradient, [0, 2]) - projection
    let dx = centred * inverse * channels.column(gain)
    let dgain = (gradient * normalized).summed(over: [0, 2])
    let dbias = gradient.summed(over: [0, 2])
    return (dx.reshaped(x.shape), dgain.reshaped(gain.shape), dbias.reshaped(gain.shape))
  }

  package func rmsNorm(_ x: Tensor, gain: Tensor, epsilon: Float) -> (y: Tensor, inverse: Tensor) {
    let mean = average(map(.square, x), [-1])
    let inverse = full([], 1) / map(.squareRoot, affine(mean, scale: 1, shift: Double(epsilon)))
    return (x * inverse * gain, inverse)
  }

  package func rmsNormBackward(_ dy: Tensor, _ x: Tensor, gain: Tensor, inverse: Tensor)
    -> (dx: Tensor, dgain: Tensor)
  {
    let normalized = x * inverse
    let d = dy * gain
    let dx = (d - normalized * average(d * normalized, [-1])) * inverse
    return (dx, sumOfRows(dy * normalized))
  }

  /// Returns mean, mean squared deviation and 1 / √(that + ε) over `axes`, which keep size 1.
  private func statistics(_ x: Tensor, _ axes: [Int], _ epsilon: Float)
    -> (mean: Tensor, variance: Tensor, inverseDeviation: Tensor)
  {
    let mean = average(x, axes)
    let variance = average(map(.square, x - mean), axes)
    let deviation = map(.squareRoot, affine(variance, scale: 1, shift: Double(epsilon)))
    return (mean, variance, full([], 1) / deviation)
  }

  private func average(_ x: Tensor, _ axes: [Int]) -> Tensor {
    let sum = x.summed(over: axes)
    return affine(sum, scale: Double(sum.shape.count) / Double(max(1, x.shape.count)), shift: 0)
  }
}

/// A tensor [B, C, …] seen as [B, C, S].
package struct ChannelShape {
  /// B, C and S.
  package let batch: Int
  package let channels: Int
  package let size: Int

  /// Looks at `shape`, which has two axes at least.
  package init(_ shape: Shape) {
    precondition(shape.rank >= 2, "norm of channels: \(shape) has no axis of channels")
    (batch, channels) = (shape[0], shape[1])
    size = shape.dimensions[2...].reduce(1, *)
  }

  /// [B, C, S].
  package var shape: Shape { [batch, channels, size] }

  /// [B, G, C/G · S].
  func grouped(_ groups: Int) -> Shape { [batch, groups, channels / groups * size] }

  /// Returns `x` [C] as [C, 1], which broadcasts with [B, C, S].
  func column(_ x: Tensor) -> Tensor { x.reshaped([channels, 1]) }
}
