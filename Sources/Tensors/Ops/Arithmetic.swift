// Elementwise arithmetic. Shapes broadcast: sizes align at the end and a size of 1 stretches.
// There is no (Float, Float) → Tensor form and no literal conformance, so expressions stay cheap to
// type-check.

extension Tensor {
  /// Returns a + b. da = dy, db = dy, each summed over the axes that were stretched.
  public static func + (a: Tensor, b: Tensor) -> Tensor {
    recorded([a, b], zipped(.add, a, b)) { dy, into in
      if into.wants(0) { into.add(0, dy.summed(to: a.shape)) }
      if into.wants(1) { into.add(1, dy.summed(to: b.shape)) }
    }
  }

  /// Returns a − b. da = dy, db = −dy.
  public static func - (a: Tensor, b: Tensor) -> Tensor {
    recorded([a, b], zipped(.subtract, a, b)) { dy, into in
      if into.wants(0) { into.add(0, dy.summed(to: a.shape)) }
      if into.wants(1) { into.add(1, (dy * -1).summed(to: b.shape)) }
    }
  }

  /// Returns a · b. da = dy · b, db = dy · a.
  public static func * (a: Tensor, b: Tensor) -> Tensor {
    let (u, v) = (a.detached(), b.detached())
    return recorded([a, b], zipped(.multiply, a, b)) { dy, into in
      if into.wants(0) { into.add(0, (dy * v).summed(to: u.shape)) }
      if into.wants(1) { into.add(1, (dy * u).summed(to: v.shape)) }
    }
  }

  /// Returns a / b. da = dy / b, db = −dy · a / b².
  public static func / (a: Tensor, b: Tensor) -> Tensor {
    let (u, v) = (a.detached(), b.detached())
    return recorded([a, b], zipped(.divide, a, b)) { dy, into in
      let du = dy / v
      if into.wants(0) { into.add(0, du.summed(to: u.shape)) }
      if into.wants(1) { into.add(1, (du * u / v * -1).summed(to: v.shape)) }
    }
  }

  /// Returns a + s for a number s.
  public static func + (a: Tensor, s: Float) -> Tensor { a.affine(scale: 1, shift: Double(s)) }
  /// Returns s + a for a number s.
  public static func + (s: Float, a: Tensor) -> Tensor { a + s }
  /// Returns a − s for a number s.
  public static func - (a: Tensor, s: Float) -> Tensor { a.affine(scale: 1, shift: -Double(s)) }
  /// Returns s − a for a number s.
  public static func - (s: Float, a: Tensor) -> Tensor { a.affine(scale: -1, shift: Double(s)) }
  /// Returns a · s for a number s.
  public static func * (a: Tensor, s: Float) -> Tensor { a.affine(scale: Double(s), shift: 0) }
  /// Returns s · a for a number s.
  public static func * (s: Float, a: Tensor) -> Tensor { a * s }
  /// Returns s / a for a number s. da = −dy · y / a.
  public static func / (s: Float, a: Tensor) -> Tensor { (a.number(s) / a).alike(a) }
  /// Returns a / s for a number s.
  public static func / (a: Tensor, s: Float) -> Tensor { a.affine(scale: 1 / Double(s), shift: 0) }

  /// Returns x · scale + shift. dx = dy · scale.
  private func affine(scale: Double, shift: Double) -> Tensor {
    let y = backend.affine(detached(), scale: scale, shift: shift)
    return .recorded([self], y) { dy, into in
      into.add(0, dy.backend.affine(dy, scale: scale, shift: 0))
    }
  }

  /// Returns the function of both, broadcast, without a place on the tape.
  static func zipped(_ function: BinaryFunction, _ a: Tensor, _ b: Tensor) -> Tensor {
    precondition(
      a.shape.broadcast(with: b.shape) != nil, "\(function): shapes \(a.shape) and \(b.shape)")
    return a.backend.zip(function, a.detached(), b.detached())
  }

  /// Returns the sum over the axes along which `shape` was stretched to this tensor's shape.
  package func summed(to shape: Shape) -> Tensor {
    guard self.shape != shape else { return self }
    let missing = self.shape.rank - shape.rank
    let axes = (0..<self.shape.rank).filter { axis in
      axis < missing || shape.dimensions[axis - missing] == 1
    }
    return summed(over: axes).reshaped(shape)
  }
}
