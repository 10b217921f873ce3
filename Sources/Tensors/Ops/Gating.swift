/// Returns tanh(a) σ(b), the gated activation unit of images whose channels have both halves.
///
/// Van den Oord et al. 2016, *Conditional Image Generation with PixelCNN Decoders*, equation 2. With t =
/// tanh(a) and s = σ(b): da = dy s (1 − t²), db = dy t s (1 − s).
///
/// - Parameter x: a and b one after the other, [B, 2 C, …].
/// - Returns: [B, C, …].
public func gatedActivation(_ x: Tensor) -> Tensor {
  precondition(
    x.shape.rank >= 2 && x.shape[1] % 2 == 0,
    "gatedActivation: \(x.shape) has no halves along axis 1")
  let (y, gates) = x.backend.gated(x.detached(), saving: x.isTracked)
  return .recorded([x], y) { dy, into in
    if let gates { into.add(0, dy.backend.gatedBackward(dy, gates: gates)) }
  }
}
