import SeqaeRandom
import SeqaeTensors

/// Checks the gradients that the tape gives for `function` against central differences.
///
/// With a random cotangent v and, for one parameter at a time, random directions u:
/// ⟨v, f(x + εu) − f(x − εu)⟩ / 2ε must equal ⟨gradient, u⟩. In double precision with ε = 10⁻⁵ both
/// errors of the differences, ε²·f‴ and 10⁻¹⁶/ε, stay near 10⁻¹⁰.
///
/// - Parameters:
///   - parameters: hold tensors of a `ReferenceBackend`; they are moved and put back.
///   - seed: of the directions and the cotangent.
///   - tolerance: of the derivatives' difference, relative to the larger of the derivative and 1.
///   - function: computes a tensor of any shape; must compute the same again when called again.
/// - Returns: what differs, or which parameter changes nothing; nil if all derivatives agree.
package func gradientMismatch(
  _ parameters: [Parameter], seed: UInt64 = 1, tolerance: Double = 1e-7,
  _ function: () -> Tensor
) -> Mismatch? {
  let random = Random(seed: seed)
  let y = function()
  let cotangent = random.normals(y.shape, on: y.backend)
  let (_, gradients) = withGradients { (function() * cotangent).sum() }
  let step = 1e-5
  for parameter in parameters {
    let value = parameter.tensor
    guard let backend = value.backend as? ReferenceBackend else {
      return Mismatch("\(parameter.name): finite differences need the reference backend")
    }
    guard let gradient = gradients[parameter] else {
      return Mismatch("\(parameter.name): no gradient")
    }
    guard gradient.shape == value.shape else {
      return Mismatch("\(parameter.name): \(value.shape) has a gradient of \(gradient.shape)")
    }
    defer { parameter.update { $0 = value } }
    for _ in 0..<3 {
      let direction = random.normals(value.shape.count).map { Double($0) }
      func inner(_ shift: Double) -> Double {
        let moved = zip(value.doubles(), direction).map { $0 + shift * $1 }
        parameter.update { $0 = Tensor(doubles: moved, value.shape, on: backend) }
        return zip(function().doubles(), cotangent.doubles()).reduce(0) { $0 + $1.0 * $1.1 }
      }
      let expected = (inner(step) - inner(-step)) / (2 * step)
      let found = zip(gradient.doubles(), direction).reduce(0) { $0 + $1.0 * $1.1 }
      guard abs(found - expected) <= tolerance * max(1, abs(expected)) else {
        return Mismatch(
          "\(parameter.name) \(value.shape): differences give \(expected), the gradient \(found)")
      }
      guard expected != 0 || found != 0 else {
        return Mismatch("\(parameter.name) \(value.shape): nothing depends on it")
      }
    }
  }
  return nil
}

/// Checks the gradients of `function` with respect to `inputs`; see `gradientMismatch(_:seed:…)`.
package func gradientMismatch(
  at inputs: [Tensor], seed: UInt64 = 1, tolerance: Double = 1e-7,
  _ function: ([Tensor]) -> Tensor
) -> Mismatch? {
  let parameters = inputs.enumerated().map { Parameter("input \($0)", $1) }
  return gradientMismatch(parameters, seed: seed, tolerance: tolerance) {
    function(parameters.map { $0.tensor })
  }
}
