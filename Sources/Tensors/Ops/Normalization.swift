/// Returns gain · (x − mean) / √(variance + ε) + bias along the last axis.
///
/// Ba, Kiros & Hinton 2016, *Layer Normalization*, §3. With x̂ the normalized input and dx̂ = dy · gain:
/// dx = (dx̂ − mean(dx̂) − x̂ · mean(dx̂ · x̂)) / σ, dgain = Σ dy · x̂, dbias = Σ dy.
///
/// - Parameters:
///   - x: inputs […, D].
///   - gain: [D].
///   - bias: [D].
///   - epsilon: added to the variance.
/// - Returns: […, D].
public func layerNorm(_ x: Tensor, gain: Tensor, bias: Tensor, epsilon: Float) -> Tensor {
  checkNorm(x, gain, bias)
  let (u, g) = (x.detached(), gain.detached())
  let (y, mean, inverse) = u.backend.layerNorm(u, gain: g, bias: bias.detached(), epsilon: epsilon)
  return .recorded([x, gain, bias], y) { dy, into in
    let (dx, dgain, dbias) = u.backend.layerNormBackward(
      dy, u, gain: g, mean: mean, inverseDeviation: inverse)
    into.add(0, dx)
    into.add(1, dgain)
    into.add(2, dbias)
  }
}

/// Returns the residual sum x + dropout(y) and its layer norm: what stands between two sublayers of a
/// pre-norm Transformer.
///
/// ds = d(sum) + the norm's gradient; dx = ds, dy = ds · the dropout mask.
///
/// - Parameters:
///   - x: the residual stream […, D].
///   - y: the sublayer's result […, D].
///   - rate: of dropout on y.
///   - gain: of the norm, [D].
///   - bias: of the norm, [D].
///   - epsilon: of the norm.
///   - mode: inference, or training with its generator.
/// - Returns: the sum and the normalized sum, both […, D].
public func residualNorm(
  _ x: Tensor, _ y: Tensor, dropout rate: Float, gain: Tensor, bias: Tensor, epsilon: Float,
  _ mode: Mode
) -> (sum: Tensor, normalized: Tensor) {
  precondition(x.shape == y.shape, "residualNorm: \(x.shape) + \(y.shape)")
  checkNorm(x, gain, bias)
  let g = gain.detached()
  let backend = g.backend
  let dropout = mode.dropout(rate)
  let (sum, normalized, mean, inverse) = backend.residualNorm(
    x.detached(), y.detached(), dropout, gain: g, bias: bias.detached(), epsilon: epsilon)
  return Tensor.recorded([x, y, gain, bias], (sum, normalized)) { dys, into in
    if let dNormalized = dys[1] {
      let (dx, dy, dgain, dbias) = backend.residualNormBackward(
        dSum: dys[0], dNormalized: dNormalized, sum, dropout, gain: g, mean: mean,
        inverseDeviation: inverse)
      into.add(0, dx)
      into.add(1, dy)
      into.add(2, dgain)
      into.add(3, dbias)
    } else if let dSum = dys[0] {
      into.add(0, dSum)
      if into.wants(1) { into.add(1, dropout.map { backend.dropout(dSum, $0) } ?? dSum) }
    }
  }
}

private func checkNorm(_ x: Tensor, _ gain: Tensor, _ bias: Tensor) {
  precondition(
    x.shape.rank >= 1 && gain.shape == [x.shape[-1]] && bias.shape == gain.shape,
    "layer norm of \(x.shape) with gain \(gain.shape) and bias \(bias.shape)")
}
