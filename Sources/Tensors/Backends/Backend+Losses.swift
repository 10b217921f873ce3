/// A loss that compares each number x with a target t.
package enum ElementLoss: Sendable {
  /// (x − t)².
  case squared
  /// |x − t|.
  case absolute
  /// d² / 2β where d = |x − t| is less than β, else d − β/2.
  case smoothAbsolute(beta: Float)
  /// −t ln σ(x) − (1 − t) ln(1 − σ(x)).
  case logitsCrossEntropy
  /// −t ln x − (1 − t) ln(1 − x), no logarithm below −100.
  case binaryCrossEntropy
}

extension Backend {
  package func loss(_ loss: ElementLoss, _ x: Tensor, _ t: Tensor) -> Tensor {
    switch loss {
    case .squared: return map(.square, x - t)
    case .absolute: return map(.absolute, x - t)
    case .smoothAbsolute(let beta):
      let d = map(.absolute, x - t)
      let curve = affine(d * d, scale: 0.5 / Double(beta), shift: 0)
      let line = affine(d, scale: 1, shift: -0.5 * Double(beta))
      return select(zip(.less, d, full([], Double(beta))), curve, line)
    case .logitsCrossEntropy:
      // ln(1 + eˣ) = max(x, 0) + ln(1 + e^−|x|)
      let rest = map(.softplus, affine(map(.absolute, x), scale: -1, shift: 0))
      return map(.relu, x) + rest - x * t
    case .binaryCrossEntropy:
      let yes = t * boundedLog(x)
      let no = affine(t, scale: -1, shift: 1) * boundedLog(affine(x, scale: -1, shift: 1))
      return affine(yes + no, scale: -1, shift: 0)
    }
  }

  package func lossSum(_ loss: ElementLoss, _ x: Tensor, _ t: Tensor) -> Tensor {
    reduce(.sum, self.loss(loss, x, t).reshaped([x.shape.count]), axis: 0).reshaped([])
  }

  package func lossBackward(_ loss: ElementLoss, _ dy: Tensor, _ x: Tensor, _ t: Tensor)
    -> Tensor
  {
    switch loss {
    case .squared: return dy * affine(x - t, scale: 2, shift: 0)
    case .absolute: return dy * sign(x - t)
    case .smoothAbsolute(let beta):
      let d = x - t
      let isNear = zip(.less, map(.absolute, d), full([], Double(beta)))
      return dy * select(isNear, affine(d, scale: 1 / Double(beta), shift: 0), sign(d))
    case .logitsCrossEntropy: return dy * (map(.sigmoid, x) - t)
    case .binaryCrossEntropy:
      let variance = x * affine(x, scale: -1, shift: 1)
      // As PyTorch bounds it, with a single-precision number.
      return dy * (x - t) / zip(.maximum, variance, full([], Double(Float(1e-12))))
    }
  }

  /// Returns max(ln x, −100), as PyTorch bounds the logarithms of its binary cross entropy.
  package func boundedLog(_ x: Tensor) -> Tensor { zip(.maximum, map(.log, x), full([], -100)) }
}
