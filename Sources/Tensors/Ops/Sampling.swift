import SeqaeRandom

// Random tensors: constants to the tape, the same for any number of threads.

extension Tensor {
  /// Returns numbers drawn uniformly from [0, 1).
  public static func uniform(_ shape: Shape, using random: Random) -> Tensor {
    drawn(.uniform, shape, using: random, on: CPUBackend.shared)
  }

  /// Returns numbers drawn from the standard normal distribution.
  ///
  /// ```swift
  /// let z = mean + (logVariance * 0.5).exp() * Tensor.normal(mean.shape, using: random)
  /// ```
  public static func normal(_ shape: Shape, using random: Random) -> Tensor {
    drawn(.normal, shape, using: random, on: CPUBackend.shared)
  }

  /// Returns numbers drawn from the Gumbel distribution, −ln(−ln u).
  public static func gumbel(_ shape: Shape, using random: Random) -> Tensor {
    drawn(.gumbel, shape, using: random, on: CPUBackend.shared)
  }

  /// Returns numbers drawn from `distribution` on `backend`.
  package static func drawn(
    _ distribution: Distribution, _ shape: Shape, using random: Random, on backend: any Backend
  ) -> Tensor {
    backend.random(distribution, shape, key: random.stream())
  }
}

/// Returns for each row of logits x […, N] a class drawn with probability softmax(x / temperature).
///
/// The largest of the logits with Gumbel noise on them is such a draw (Gumbel 1954; Maddison, Tarlow &
/// Minka 2014, *A\* Sampling*).
///
/// - Parameters:
///   - x: logits […, N], of which those of −∞ are never drawn.
///   - temperature: above 1 evens the chances out, towards 0 leaves the largest logit alone.
///   - random: the generator.
/// - Returns: class indices […], int32.
public func categorical(_ x: Tensor, temperature: Float = 1, using random: Random) -> Tensor {
  precondition(temperature > 0, "categorical: temperature \(temperature) is not positive")
  let backend = x.backend
  let noise = Tensor.drawn(.gumbel, x.shape, using: random, on: backend)
  let scaled = backend.affine(x.detached(), scale: 1 / Double(temperature), shift: 0)
  return backend.argMax(backend.zip(.add, scaled, noise))
}
