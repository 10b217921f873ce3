import SeqaeFiles
import SeqaeTensors

/// Layer normalization over the last axis with gain and bias (Ba, Kiros & Hinton 2016).
public struct LayerNorm {
  static let epsilon: Float = 1e-5  // PyTorch's nn.LayerNorm, hence mBART's

  let gain: Parameter  // [D]
  let bias: Parameter  // [D]

  /// Creates the norm of vectors of `width` features; gain starts at 1, bias at 0.
  public init(_ width: Int, in scope: Scope) throws(Failure) {
    gain = try scope.parameter("weight", [width], .ones)
    bias = try scope.parameter("bias", [width], .zeros)
  }

  /// Returns the normalized `x` […, D].
  public func callAsFunction(_ x: Tensor) -> Tensor {
    layerNorm(x, gain: gain.tensor, bias: bias.tensor, epsilon: LayerNorm.epsilon)
  }

  /// Returns x + dropout(y) and its norm, both […, D]: the step from one sublayer to the next in a
  /// pre-norm Transformer.
  public func afterResidual(_ x: Tensor, _ y: Tensor, dropout: Float, _ mode: Mode) -> (
    sum: Tensor, normalized: Tensor
  ) {
    residualNorm(
      x, y, dropout: dropout, gain: gain.tensor, bias: bias.tensor, epsilon: LayerNorm.epsilon, mode
    )
  }
}
