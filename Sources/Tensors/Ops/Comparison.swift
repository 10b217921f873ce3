// Comparisons, and operations that choose between two values.

/// Returns 1 where a > b, else 0, broadcasting both; a constant.
public func greater(_ a: Tensor, _ b: Tensor) -> Tensor { .zipped(.greater, a, b) }

/// Returns 1 where a > s, else 0; a constant.
public func greater(_ a: Tensor, _ s: Float) -> Tensor { greater(a, a.number(s)) }

/// Returns 1 where a < b, else 0, broadcasting both; a constant.
public func less(_ a: Tensor, _ b: Tensor) -> Tensor { .zipped(.less, a, b) }

/// Returns 1 where a < s, else 0; a constant.
public func less(_ a: Tensor, _ s: Float) -> Tensor { less(a, a.number(s)) }

/// Returns 1 where a = b, else 0, broadcasting both; a constant.
public func equal(_ a: Tensor, _ b: Tensor) -> Tensor { .zipped(.equal, a, b) }

/// Returns 1 where a = s, else 0; a constant.
public func equal(_ a: Tensor, _ s: Float) -> Tensor { equal(a, a.number(s)) }

/// Returns the larger of a and b, broadcasting both. da = dy where a > b, dy / 2 where they are equal.
public func maximum(_ a: Tensor, _ b: Tensor) -> Tensor { chosen(.maximum, .greater, a, b) }

/// Returns the smaller of a and b, broadcasting both. da = dy where a < b, dy / 2 where they are equal.
public func minimum(_ a: Tensor, _ b: Tensor) -> Tensor { chosen(.minimum, .less, a, b) }

private func chosen(
  _ function: BinaryFunction, _ wins: BinaryFunction, _ a: Tensor, _ b: Tensor
) -> Tensor {
  let (u, v) = (a.detached(), b.detached())
  let backend = u.backend
  return .recorded([a, b], .zipped(function, a, b)) { dy, into in
    // 1, ½ or 0: the share of dy that a gets.
    let share = backend.zip(wins, u, v) + backend.zip(.equal, u, v) * 0.5
    if into.wants(0) { into.add(0, (dy * share).summed(to: u.shape)) }
    if into.wants(1) { into.add(1, (dy * (1 - share)).summed(to: v.shape)) }
  }
}

/// Returns a where `mask` is not 0, else b, broadcasting all three. da = dy where the mask is not 0, db =
/// dy where it is 0.
public func select(_ mask: Tensor, _ a: Tensor, _ b: Tensor) -> Tensor {
  precondition(
    mask.shape.broadcast(with: a.shape)?.broadcast(with: b.shape) != nil,
    "select: shapes \(mask.shape), \(a.shape) and \(b.shape)")
  let (m, u, v) = (mask.detached(), a.detached(), b.detached())
  let backend = u.backend
  return .recorded([a, b], backend.select(m, u, v)) { dy, into in
    let zero = backend.full([], 0)
    if into.wants(0) { into.add(0, backend.select(m, dy, zero).summed(to: u.shape)) }
    if into.wants(1) { into.add(1, backend.select(m, zero, dy).summed(to: v.shape)) }
  }
}

extension Tensor {
  /// Returns x, but at least `min` and at most `max`. dx = dy where x was left as it is, else 0.
  public func clamped(min: Float = -.infinity, max: Float = .infinity) -> Tensor {
    precondition(min <= max, "clamped: \(min) is more than \(max)")
    let x = detached()
    let y = backend.zip(.minimum, backend.zip(.maximum, x, number(min)), number(max)).alike(self)
    return .recorded([self], y) { dy, into in
      into.add(0, dy * dy.backend.zip(.equal, x, y))
    }
  }

  /// Returns a scalar of this tensor's backend.
  package func number(_ value: Float) -> Tensor { backend.full([], Double(value)) }
}
