import SeqaeFiles
import SeqaeTensors

/// Normalization by the root of the mean square over the last axis (Zhang & Sennrich 2019).
public struct RMSNorm {
  static let epsilon: Float = 1e-6  // T5's layer_norm_epsilon, and Llama's

  let gain: Parameter  // [D]

  /// Creates the norm of vectors of `width` features; gain starts at 1.
  public init(_ width: Int, in scope: Scope) throws(Failure) {
    gain = try scope.parameter("weight", [width], .ones)
  }

  /// Returns the normalized `x` […, D].
  public func callAsFunction(_ x: Tensor) -> Tensor {
    rmsNorm(x, gain: gain.tensor, epsilon: RMSNorm.epsilon)
  }
}
