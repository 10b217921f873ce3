import SeqaeRandom

/// Whether a computation serves inference or training; training brings the generator that dropout and
/// sampling draw from.
public enum Mode {
  /// Nothing is random.
  case inference
  /// Dropout and sampling draw from this generator.
  case training(Random)

  /// The dropout of one kernel call: nil at inference or at rate 0.
  package func dropout(_ rate: Float) -> Dropout? {
    precondition(rate >= 0 && rate < 1, "dropout: rate \(rate) is outside [0, 1)")
    guard case .training(let random) = self, rate > 0 else { return nil }
    return Dropout(rate: rate, key: random.stream())
  }
}

/// Returns `x` with each value zeroed with probability `rate` and the rest scaled by 1 / (1 − rate), in
/// training; `x` itself at inference. dx = dy · the same mask.
///
/// Srivastava et al. 2014, *Dropout*, in the inverted form.
public func dropout(_ x: Tensor, _ rate: Float, _ mode: Mode) -> Tensor {
  guard let dropout = mode.dropout(rate) else { return x }
  return .recorded([x], x.backend.dropout(x.detached(), dropout)) { dy, into in
    into.add(0, dy.backend.dropout(dy, dropout))
  }
}

/// Returns `x` with whole channels zeroed with probability `rate` and the rest scaled by 1 / (1 − rate),
/// in training; `x` itself at inference. dx = dy · the same mask.
///
/// Tompson et al. 2015, *Efficient Object Localization Using Convolutional Networks*, §3.2: neighbouring
/// positions of a channel say nearly the same, so one draw decides for all of them.
///
/// - Parameters:
///   - x: [B, …], with an axis of channels, such as [B, T, D] or [B, C, H, W].
///   - axis: that of the channels, −1 or 1 in these.
///   - rate: the probability that a channel of an example is zeroed.
///   - mode: inference, or training with its generator.
/// - Returns: the shape of x.
public func spatialDropout(_ x: Tensor, channels axis: Int, _ rate: Float, _ mode: Mode) -> Tensor {
  precondition(
    x.shape.rank >= 2 && x.shape.normalized(axis) > 0,
    "spatialDropout: axis \(axis) of \(x.shape)")
  guard let dropout = mode.dropout(rate) else { return x }
  var sizes = [Int](repeating: 1, count: x.shape.rank)
  sizes[0] = x.shape[0]
  sizes[x.shape.normalized(axis)] = x.shape[axis]
  return x * x.backend.dropoutMask(Shape(sizes), dropout)
}
