import SeqaeFiles
import SeqaeTensors

/// Layer normalization over the last axis with gain and bias (Ba, Kiros & Hinton 2016).
public struct LayerNorm {
  /// The ε of PyTorch's nn.LayerNorm, hence of mBART.
  public static let standardEpsilon: Float = 1e-5

  let epsilon: Float
  let gain: Parameter  // [D]
  let bias: Parameter  // [D]

  /// Creates the norm of vectors of `width` features; gain starts at 1, bias at 0.
  public init(
    _ width: Int, epsilon: Float = LayerNorm.standardEpsilon, in scope: Scope
  ) throws(Failure) {
    self.epsilon = epsilon
    gain = try scope.parameter("weight", [width], .ones)
    bias = try scope.parameter("bias", [width], .zeros)
  }

  /// The norm as a decoder's step takes it.
  package var step: StepLayer.Norm {
    StepLayer.Norm(gain: gain.tensor, bias: bias.tensor, epsilon: epsilon)
  }

  /// Returns the normalized `x` […, D].
  public func callAsFunction(_ x: Tensor) -> Tensor {
    layerNorm(x, gain: gain.tensor, bias: bias.tensor, epsilon: epsilon)
  }

  /// Returns x + dropout(y) and its norm, both […, D]: the step from one sublayer to the next in a
  /// pre-norm Transformer.
  public func afterResidual(_ x: Tensor, _ y: Tensor, dropout: Float, _ mode: Mode) -> (
    sum: Tensor, normalized: Tensor
  ) {
    residualNorm(
      x, y, dropout: dropout, gain: gain.tensor, bias: bias.tensor, epsilon: epsilon, mode
    )
  }
}
