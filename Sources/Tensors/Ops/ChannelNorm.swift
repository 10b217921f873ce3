// Normalizations of channels [B, C, …], and by the root of the mean square.

/// Returns gain · (x − mean) / √(variance + ε) + bias with the statistics of each example's groups of
/// channels.
///
/// Wu & He 2018, *Group Normalization*, §3. One group of all channels is layer normalization, groups of
/// one channel are instance normalization (Ulyanov, Vedaldi & Lempitsky 2016). With x̂ the normalized
/// input and dx̂ = dy · gain: dx = (dx̂ − mean(dx̂) − x̂ · mean(dx̂ · x̂)) / σ with means over the group,
/// dgain = Σ dy · x̂, dbias = Σ dy.
///
/// - Parameters:
///   - x: inputs [B, C, …].
///   - groups: their number, which divides C.
///   - gain: [C].
///   - bias: [C].
///   - epsilon: added to the variance.
/// - Returns: [B, C, …].
public func groupNorm(
  _ x: Tensor, groups: Int, gain: Tensor, bias: Tensor, epsilon: Float
) -> Tensor {
  checkChannels(x, gain, bias)
  precondition(
    groups > 0 && x.shape[1] % groups == 0, "groupNorm: \(groups) groups of channels in \(x.shape)")
  let (u, g) = (x.detached(), gain.detached())
  let (y, mean, inverse) = u.backend.groupNorm(
    u, groups: groups, gain: g, bias: bias.detached(), epsilon: epsilon)
  return .recorded([x, gain, bias], y) { dy, into in
    let (dx, dgain, dbias) = u.backend.groupNormBackward(
      dy, u, gain: g, mean: mean, inverseDeviation: inverse)
    into.add(0, dx)
    into.add(1, dgain)
    into.add(2, dbias)
  }
}

/// Returns gain · (x − mean) / √(variance + ε) + bias with the statistics of each channel over the batch,
/// and these.
///
/// Ioffe & Szegedy 2015, *Batch Normalization*, Algorithm 1. With x̂ the normalized input and means over
/// the batch: dx = gain · (dy − mean(dy) − x̂ · mean(dy · x̂)) / σ, dgain = Σ dy · x̂, dbias = Σ dy.
///
/// - Parameters:
///   - x: inputs [B, C, …].
///   - gain: [C].
///   - bias: [C].
///   - epsilon: added to the variance.
/// - Returns: y [B, C, …]; mean and variance (the mean squared deviation), both [C], constants.
public func batchNorm(
  _ x: Tensor, gain: Tensor, bias: Tensor, epsilon: Float
) -> (y: Tensor, mean: Tensor, variance: Tensor) {
  checkChannels(x, gain, bias)
  let (u, g) = (x.detached(), gain.detached())
  let (y, mean, variance, inverse) = u.backend.batchNorm(
    u, gain: g, bias: bias.detached(), epsilon: epsilon)
  let recorded = Tensor.recorded([x, gain, bias], y) { dy, into in
    let (dx, dgain, dbias) = u.backend.batchNormBackward(
      dy, u, gain: g, mean: mean, inverseDeviation: inverse)
    into.add(0, dx)
    into.add(1, dgain)
    into.add(2, dbias)
  }
  return (recorded, mean, variance)
}

/// Returns gain · (x − mean) / √(variance + ε) + bias with statistics that are known: batch normalization
/// at inference. dx = dy · gain / σ, dgain = Σ dy · x̂, dbias = Σ dy.
///
/// - Parameters:
///   - x: inputs [B, C, …].
///   - gain: [C].
///   - bias: [C].
///   - mean: of each channel [C], a constant.
///   - variance: of each channel [C], a constant.
///   - epsilon: added to the variance.
/// - Returns: [B, C, …].
public func batchNorm(
  _ x: Tensor, gain: Tensor, bias: Tensor, mean: Tensor, variance: Tensor, epsilon: Float
) -> Tensor {
  checkChannels(x, gain, bias)
  let column = Shape([x.shape[1]] + [Int](repeating: 1, count: x.shape.rank - 2))
  let inverse = 1 / (variance.detached() + epsilon).squareRoot()  // [C]
  let normalized = (x - mean.detached().reshaped(column)) * inverse.reshaped(column)
  return normalized * gain.reshaped(column) + bias.reshaped(column)
}

/// Returns gain · x / √(mean x² + ε) along the last axis.
///
/// Zhang & Sennrich 2019, *Root Mean Square Layer Normalization*, equation 4. With x̂ the normalized
/// input, r the root and dx̂ = dy · gain: dx = (dx̂ − x̂ · mean(dx̂ · x̂)) / r, dgain = Σ dy · x̂.
///
/// - Parameters:
///   - x: inputs […, D].
///   - gain: [D].
///   - epsilon: added to the mean square.
/// - Returns: […, D].
public func rmsNorm(_ x: Tensor, gain: Tensor, epsilon: Float) -> Tensor {
  precondition(
    x.shape.rank >= 1 && gain.shape == [x.shape[-1]],
    "rmsNorm of \(x.shape) with gain \(gain.shape)")
  let (u, g) = (x.detached(), gain.detached())
  let (y, inverse) = u.backend.rmsNorm(u, gain: g, epsilon: epsilon)
  return .recorded([x, gain], y) { dy, into in
    let (dx, dgain) = u.backend.rmsNormBackward(dy, u, gain: g, inverse: inverse)
    into.add(0, dx)
    into.add(1, dgain)
  }
}

private func checkChannels(_ x: Tensor, _ gain: Tensor, _ bias: Tensor) {
  precondition(
    x.shape.rank >= 2 && gain.shape == [x.shape[1]] && bias.shape == gain.shape,
    "norm of channels of \(x.shape) with gain \(gain.shape) and bias \(bias.shape)")
}
