// Losses of single numbers against their targets, and what variational and discrete models add to them.

/// What becomes of the losses of single elements.
public enum LossReduction: Sendable {
  /// They stay as they are, in the prediction's shape.
  case none
  /// Their sum, a scalar.
  case sum
  /// Their mean, a scalar.
  case mean
}

/// Returns the squared error (x − t)². dx = dy · 2 (x − t), dt = −dx.
///
/// - Parameters:
///   - x: predictions, any shape.
///   - t: targets of the same shape.
///   - reduction: mean, sum, or none.
/// - Returns: a scalar, or the shape of x.
public func mseLoss(_ x: Tensor, targets t: Tensor, reduction: LossReduction = .mean) -> Tensor {
  elementLoss(.squared, x, t, reduction)
}

/// Returns the absolute error |x − t|. dx = dy · sign(x − t), dt = −dx.
public func l1Loss(_ x: Tensor, targets t: Tensor, reduction: LossReduction = .mean) -> Tensor {
  elementLoss(.absolute, x, t, reduction)
}

/// Returns the smooth absolute error: with d = |x − t|, d² / 2β where d < β, else d − β/2 (Girshick 2015,
/// *Fast R-CNN*, equation 3). dx = dy · (x − t) / β where d < β, else dy · sign(x − t); dt = −dx.
public func smoothL1Loss(
  _ x: Tensor, targets t: Tensor, beta: Float = 1, reduction: LossReduction = .mean
) -> Tensor {
  precondition(beta > 0, "smoothL1Loss: β is \(beta), not positive")
  return elementLoss(.smoothAbsolute(beta: beta), x, t, reduction)
}

/// Returns the binary cross entropy −t ln σ(x) − (1 − t) ln(1 − σ(x)), in nats, computed without overflow
/// as softplus(x) − x t. dx = dy · (σ(x) − t), dt = −dy · x.
///
/// - Parameters:
///   - x: logits, any shape.
///   - t: targets in [0, 1] of the same shape.
///   - reduction: mean, sum, or none.
/// - Returns: a scalar, or the shape of x.
public func binaryCrossEntropy(
  logits x: Tensor, targets t: Tensor, reduction: LossReduction = .mean
) -> Tensor {
  elementLoss(.logitsCrossEntropy, x, t, reduction)
}

/// Returns the binary cross entropy −t ln p − (1 − t) ln(1 − p), in nats, no logarithm below −100.
/// dp = dy · (p − t) / max(p (1 − p), 10⁻¹²), dt = dy · (ln(1 − p) − ln p).
///
/// Prefer logits where there are some: σ has lost what distinguishes 1 − p from 0.
///
/// - Parameters:
///   - p: probabilities, any shape.
///   - t: targets in [0, 1] of the same shape.
///   - reduction: mean, sum, or none.
/// - Returns: a scalar, or the shape of p.
public func binaryCrossEntropy(
  probabilities p: Tensor, targets t: Tensor, reduction: LossReduction = .mean
) -> Tensor {
  elementLoss(.binaryCrossEntropy, p, t, reduction)
}

private func elementLoss(
  _ loss: ElementLoss, _ x: Tensor, _ t: Tensor, _ reduction: LossReduction
) -> Tensor {
  precondition(x.shape == t.shape, "\(loss): predictions \(x.shape), targets \(t.shape)")
  let (u, v) = (x.detached(), t.detached())
  let backend = u.backend
  let share = reduction == .mean ? 1 / Double(max(1, x.shape.count)) : 1
  func scaled(_ y: Tensor) -> Tensor {
    share == 1 ? y : backend.affine(y, scale: share, shift: 0)
  }
  let y = reduction == .none ? backend.loss(loss, u, v) : scaled(backend.lossSum(loss, u, v))
  return .recorded([x, t], y) { dy, into in
    let dy = scaled(dy)
    switch loss {
    case .squared, .absolute, .smoothAbsolute:
      let dx = backend.lossBackward(loss, dy, u, v)
      into.add(0, dx)
      if into.wants(1) { into.add(1, dx * -1) }
    case .logitsCrossEntropy:
      if into.wants(0) { into.add(0, backend.lossBackward(loss, dy, u, v)) }
      if into.wants(1) { into.add(1, dy * u * -1) }
    case .binaryCrossEntropy:
      if into.wants(0) { into.add(0, backend.lossBackward(loss, dy, u, v)) }
      if into.wants(1) { into.add(1, dy * (backend.boundedLog(1 - u) - backend.boundedLog(u))) }
    }
  }
}

/// Returns the Kullback–Leibler divergence of N(μ, σ²) from N(0, 1), summed over the last axis:
/// ½ Σ (e^{ln σ²} + μ² − 1 − ln σ²). dμ = dy · μ, d ln σ² = dy · ½ (e^{ln σ²} − 1).
///
/// Kingma & Welling 2014, *Auto-Encoding Variational Bayes*, appendix B.
///
/// - Parameters:
///   - mean: μ […, Z].
///   - logVariance: ln σ² […, Z].
/// - Returns: […], in nats.
public func gaussianKL(mean: Tensor, logVariance: Tensor) -> Tensor {
  precondition(
    mean.shape == logVariance.shape && mean.shape.rank >= 1,
    "gaussianKL: mean \(mean.shape), log variance \(logVariance.shape)")
  let m = mean.detached()
  let l = logVariance.detached()
  let backend = m.backend
  let excess = backend.map(.exp, l) - 1  // σ² − 1
  let each = excess + backend.map(.square, m) - l
  let shape = Shape(Array(m.shape.dimensions.dropLast()))
  let y = backend.affine(backend.reduce(.sum, each, axis: -1), scale: 0.5, shift: 0)
  return .recorded([mean, logVariance], y.reshaped(shape)) { dy, into in
    let dy = dy.reshaped(m.shape.replacing(-1, with: 1))
    if into.wants(0) { into.add(0, dy * m) }
    if into.wants(1) { into.add(1, dy * 0.5 * excess) }
  }
}

/// Returns the Kullback–Leibler divergence of the diagonal Gaussian q from p, summed over the last axis:
/// ½ Σ (ln σp² − ln σq² + (σq² + (μq − μp)²) / σp² − 1).
///
/// - Parameters:
///   - q: mean and log variance, both […, Z].
///   - p: mean and log variance, of shapes that broadcast with q's.
/// - Returns: […], in nats.
public func gaussianKL(
  _ q: (mean: Tensor, logVariance: Tensor), from p: (mean: Tensor, logVariance: Tensor)
) -> Tensor {
  let distance = (q.mean - p.mean).square() * (0 - p.logVariance).exp()
  let ratio = q.logVariance - p.logVariance  // ln σq² / σp²
  let each = ratio.exp() - ratio + distance - 1
  let y = each.sum(-1) * 0.5
  return y.reshaped(Shape(Array(y.shape.dimensions.dropLast())))
}

/// Returns `value`, through which the gradient goes straight to `x`: dx = dy.
///
/// Bengio, Léonard & Courville 2013, *Estimating or Propagating Gradients Through Stochastic Neurons*;
/// how VQ-VAE passes its quantizer.
///
/// - Parameters:
///   - value: what is computed with, a constant.
///   - x: where the gradient goes; of the same shape.
/// - Returns: `value`.
public func straightThrough(_ value: Tensor, to x: Tensor) -> Tensor {
  precondition(value.shape == x.shape, "straightThrough: \(value.shape) to \(x.shape)")
  return .recorded([x], value.detached()) { dy, into in into.add(0, dy) }
}
