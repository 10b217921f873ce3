import Glibc
import SeqaeRandom
import SeqaeTensors

/// How a fresh parameter is filled.
public enum Initializer: Sendable {
  /// Fills with 0.
  case zeros
  /// Fills with 1.
  case ones
  /// Draws from N(0, deviation²).
  case normal(deviation: Float)
  /// Draws uniformly from ±bound. With 1 / √(fan in) this is PyTorch's default for weights and biases,
  /// He et al. 2015's rule with the slope √5.
  case uniform(bound: Float)
  /// Draws uniformly from ±√(6 / (fan in + fan out)) for W [out, in].
  ///
  /// Glorot & Bengio 2010, *Understanding the Difficulty of Training Deep Feedforward Networks*, eq. 16.
  case glorot
  /// Sines and cosines of geometric wavelengths for a table of positions [rows, D], times `amplitude`.
  ///
  /// Vaswani et al. 2017, §3.5: neighbouring rows are alike, and one row is a rotation of another by their
  /// distance, which lets attention find "the same place" and "the next place" early in training.
  /// The first `offset` rows are those of positions −offset … −1.
  case sinusoidal(amplitude: Float, offset: Int)

  /// Returns the values of a tensor of `shape` in row-major order.
  func values(_ shape: Shape, using random: Random) -> [Float] {
    switch self {
    case .zeros: return [Float](repeating: 0, count: shape.count)
    case .ones: return [Float](repeating: 1, count: shape.count)
    case .normal(let deviation):
      return (0..<shape.count).map { _ in Float(random.normal()) * deviation }
    case .uniform(let bound):
      return (0..<shape.count).map { _ in (Float(random.uniform()) * 2 - 1) * bound }
    case .glorot:
      precondition(shape.rank == 2, "glorot: a weight has two axes, not \(shape)")
      let bound = (6 / Float(shape[0] + shape[1])).squareRoot()
      return (0..<shape.count).map { _ in (Float(random.uniform()) * 2 - 1) * bound }
    case .sinusoidal(let amplitude, let offset):
      precondition(shape.rank == 2, "sinusoidal: a table has two axes, not \(shape)")
      let width = shape[1]
      return (0..<shape.count).map { index in
        let position = Double(index / width - offset)
        let pair = Double(index % width / 2 * 2)
        let angle = position / pow(10_000, pair / Double(width))
        return amplitude * Float(index % 2 == 0 ? sin(angle) : cos(angle))
      }
    }
  }
}
