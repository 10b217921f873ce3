/// The target that does not count, such as that of padding; PyTorch's `ignore_index`.
public let ignoredLabel: Int32 = -100

/// Returns the mean cross entropy, in nats, of softmax(x Wᵀ + b) against `targets`, over the targets that
/// count.
///
/// The projection and the loss are one operation so that the logits [N, V] never exist at once: blocks of
/// rows are projected, turned into loss and gradients, and dropped. With p = softmax and t the (smoothed)
/// target: dlogits = (p − t) / count.
///
/// - Parameters:
///   - x: hidden states [N, D].
///   - weight: W [V, D], such as a tied embedding table.
///   - bias: b [V], or nil.
///   - targets: class indices [N], int32.
///   - ignored: the target value that does not count, such as padding.
///   - smoothing: the target's mass that is spread over all V classes (Szegedy et al. 2016, §7).
/// - Returns: a scalar; 0 if no target counts.
public func linearCrossEntropy(
  _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, targets: Tensor, ignored: Int32 = ignoredLabel,
  smoothing: Float = 0
) -> Tensor {
  precondition(
    x.shape.rank == 2 && weight.shape.rank == 2 && x.shape[1] == weight.shape[1]
      && targets.shape == [x.shape[0]] && targets.dtype == .int32
      && (bias.map { $0.shape == [weight.shape[0]] } ?? true),
    "linearCrossEntropy: x \(x.shape), weight \(weight.shape), targets \(targets.shape)")
  let inputs = bias.map { [x, weight, $0] } ?? [x, weight]
  let (loss, gradients) = x.backend.linearCrossEntropy(
    x.detached(), weight.detached(), bias?.detached(), targets: targets.detached(),
    ignored: ignored, smoothing: smoothing, wantsGradients: inputs.contains { $0.isTracked })
  return .recorded(inputs, loss) { dy, into in
    guard let gradients else { return }
    let scale = dy.item()
    func scaled(_ gradient: Tensor) -> Tensor {
      scale == 1 ? gradient : gradient.backend.affine(gradient, scale: scale, shift: 0)
    }
    into.add(0, scaled(gradients.dx))
    into.add(1, scaled(gradients.dweight))
    if let dbias = gradients.dbias { into.add(2, scaled(dbias)) }
  }
}

/// Returns the cross entropy, in nats, of softmax(x) against `targets`.
///
/// With p = softmax and t the (smoothed) target: dx = dy · (p − t). Where x is a product with a large
/// vocabulary, `linearCrossEntropy` never makes it.
///
/// - Parameters:
///   - x: logits [N, V].
///   - targets: class indices [N], int32.
///   - ignored: the target value that does not count, such as padding.
///   - smoothing: the target's mass that is spread over all V classes (Szegedy et al. 2016, §7).
///   - weights: how much each row counts [N], constants; nil for 1.
///   - reduction: the mean over the rows that count, weighted; the weighted sum; or none.
/// - Returns: a scalar, 0 if no target counts; or the weighted losses of the rows [N].
public func crossEntropy(
  _ x: Tensor, targets: Tensor, ignored: Int32 = ignoredLabel, smoothing: Float = 0,
  weights: Tensor? = nil, reduction: LossReduction = .mean
) -> Tensor {
  precondition(
    x.shape.rank == 2 && targets.shape == [x.shape[0]] && targets.dtype == .int32
      && (weights.map { $0.shape == targets.shape } ?? true),
    "crossEntropy: x \(x.shape), targets \(targets.shape), weights \(weights?.shape ?? [])")
  let (u, ids) = (x.detached(), targets.detached())
  let backend = u.backend
  let (losses, totals) = backend.crossEntropy(
    u, targets: ids, ignored: ignored, smoothing: smoothing)
  let rows = Tensor.recorded([x], losses) { dy, into in
    into.add(
      0,
      backend.crossEntropyBackward(
        dy, u, targets: ids, totals: totals, ignored: ignored, smoothing: smoothing))
  }
  let weighted = weights.map { rows * $0.detached() } ?? rows
  switch reduction {
  case .none: return weighted
  case .sum: return weighted.sum()
  case .mean:
    let masses = weights?.doubles() ?? [Double](repeating: 1, count: x.shape[0])
    let total = zip(masses, ids.integers()).reduce(0) { $1.1 == ignored ? $0 : $0 + $1.0 }
    return weighted.sum() / Float(total == 0 ? 1 : total)
  }
}
