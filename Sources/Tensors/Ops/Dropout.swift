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

/// Returns x + dropout(y): a residual connection. dx = dz, dy = dz · the mask.
public func residual(_ x: Tensor, _ y: Tensor, dropout rate: Float, _ mode: Mode) -> Tensor {
  precondition(x.shape == y.shape, "residual: \(x.shape) + \(y.shape)")
  let dropout = mode.dropout(rate)
  let backend = x.backend
  let sum = backend.residual(x.detached(), y.detached(), dropout)
  return .recorded([x, y], sum) { dz, into in
    into.add(0, dz)
    if into.wants(1) { into.add(1, dropout.map { backend.dropout(dz, $0) } ?? dz) }
  }
}
