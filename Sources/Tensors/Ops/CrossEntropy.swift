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
