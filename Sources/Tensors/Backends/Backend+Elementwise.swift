extension UnaryFunction {
  /// Whether the derivative is computed from f(x) and not from x.
  package var keepsResult: Bool {
    switch self {
    case .exp, .squareRoot, .tanh, .sigmoid: true
    default: false
    }
  }
}

extension Backend {
  package func mapBackward(_ function: UnaryFunction, _ dy: Tensor, _ kept: Tensor) -> Tensor {
    switch function {
    case .exp: return dy * kept
    case .log: return dy / kept
    case .squareRoot: return affine(dy / kept, scale: 0.5, shift: 0)
    case .tanh: return dy * complement(kept * kept)
    case .sigmoid: return dy * kept * complement(kept)
    case .sine: return dy * map(.cosine, kept)
    case .cosine: return affine(dy * map(.sine, kept), scale: -1, shift: 0)
    case .absolute: return dy * sign(kept)
    case .square: return affine(dy * kept, scale: 2, shift: 0)
    case .relu: return dy * zip(.greater, kept, full([], 0))
    case .silu:
      // σ(x) (1 + x (1 − σ(x)))
      let s = map(.sigmoid, kept)
      return dy * s * affine(kept * complement(s), scale: 1, shift: 1)
    case .softplus: return dy * map(.sigmoid, kept)
    case .gelu: return dy * map(.geluDerivative, kept)
    case .geluTanh:
      // σ(u) + x σ(u) (1 − σ(u)) u′ with u = 2√(2/π) (x + 0.044715 x³)
      let slope = 2 * (2 / Double.pi).squareRoot()
      let cube = affine(kept * kept, scale: 0.044715, shift: 0)
      let s = map(.sigmoid, affine(kept, scale: slope, shift: 0) * affine(cube, scale: 1, shift: 1))
      let inner = kept * affine(cube, scale: 3 * slope, shift: slope)
      return dy * s * affine(complement(s) * inner, scale: 1, shift: 1)
    case .geluDerivative:
      preconditionFailure("no operation needs the second derivative of gelu")
    }
  }

  /// Returns 1 − x.
  private func complement(_ x: Tensor) -> Tensor { affine(x, scale: -1, shift: 1) }

  /// Returns 1, 0 or −1 as x is positive, 0 or negative.
  package func sign(_ x: Tensor) -> Tensor {
    zip(.greater, x, full([], 0)) - zip(.less, x, full([], 0))
  }
}
