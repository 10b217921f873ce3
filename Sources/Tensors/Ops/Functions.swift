// Elementary functions and activations of one variable. Each derivative is the kernel's next to its
// function; `UnaryFunction.keepsResult` says whether it is computed from x or from y.

/// Which form of the Gaussian error linear unit is computed.
public enum Approximation: Sendable {
  /// x · Φ(x), by the error function.
  case none
  /// x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³))), as GPT-2 and T5 v1.1 have it.
  case tanh
}

extension Tensor {
  /// Returns eˣ. dx = dy · y.
  public func exp() -> Tensor { mapped(.exp) }

  /// Returns the natural logarithm. dx = dy / x.
  public func log() -> Tensor { mapped(.log) }

  /// Returns √x. dx = dy / (2y).
  public func squareRoot() -> Tensor { mapped(.squareRoot) }

  /// Returns x². dx = dy · 2x.
  public func square() -> Tensor { mapped(.square) }

  /// Returns |x|. dx = dy · sign(x), 0 at 0.
  public func absolute() -> Tensor { mapped(.absolute) }

  /// Returns the sine of x in radians, exact to rounding for |x| up to 10⁵. dx = dy · cos x.
  public func sin() -> Tensor { mapped(.sine) }

  /// Returns the cosine of x in radians, exact to rounding for |x| up to 10⁵. dx = −dy · sin x.
  public func cos() -> Tensor { mapped(.cosine) }

  /// Returns the hyperbolic tangent. dx = dy · (1 − y²).
  public func tanh() -> Tensor { mapped(.tanh) }

  /// Returns 1 / (1 + e⁻ˣ). dx = dy · y · (1 − y).
  public func sigmoid() -> Tensor { mapped(.sigmoid) }

  /// Returns max(x, 0), the rectified linear unit (Nair & Hinton 2010). dx = dy where x > 0, else 0.
  public func relu() -> Tensor { mapped(.relu) }

  /// Returns x · σ(x), the sigmoid-weighted linear unit (Elfwing, Uchibe & Doya 2018).
  /// dx = dy · σ(x) · (1 + x · (1 − σ(x))).
  public func silu() -> Tensor { mapped(.silu) }

  /// Returns ln(1 + eˣ), computed without overflow. dx = dy · σ(x).
  public func softplus() -> Tensor { mapped(.softplus) }

  /// Returns the Gaussian error linear unit x · Φ(x) (Hendrycks & Gimpel 2016), exact unless asked for
  /// the tanh form. dx = dy · (Φ(x) + x · φ(x)); in the tanh form x · σ(u) of u = 2√(2/π) (x + 0.044715 x³)
  /// it is dy · (σ(u) + x · σ(u) · (1 − σ(u)) · u′).
  public func gelu(_ approximation: Approximation = .none) -> Tensor {
    mapped(approximation == .none ? .gelu : .geluTanh)
  }

  /// Returns xᵖ for x > 0. dx = dy · p · y / x.
  public func power(_ exponent: Float) -> Tensor {
    let x = detached()
    let y = backend.map(
      .exp, backend.affine(backend.map(.log, x), scale: Double(exponent), shift: 0))
    return .recorded([self], y) { dy, into in into.add(0, dy * y / x * exponent) }
  }

  package func mapped(_ function: UnaryFunction) -> Tensor {
    let x = detached()
    let y = backend.map(function, x)
    let kept = function.keepsResult ? y : x
    return .recorded([self], y) { dy, into in
      into.add(0, dy.backend.mapBackward(function, dy, kept))
    }
  }
}
