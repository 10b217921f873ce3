import SeqaeFiles
import SeqaeTensors

/// An affine map y = x Wᵀ + b over the last axis.
public struct Linear {
  let weight: Parameter  // W [out, in]
  package let bias: Parameter  // b [out]

  /// Creates the map from `inputs` to `outputs` features, W drawn by Glorot's rule unless told otherwise, b
  /// zero.
  public init(
    _ inputs: Int, _ outputs: Int, weight initializer: Initializer = .glorot, in scope: Scope
  ) throws(Failure) {
    weight = try scope.parameter("weight", [outputs, inputs], initializer)
    bias = try scope.parameter("bias", [outputs], .zeros)
  }

  /// W and b as they are now, for operations that take several layers at once.
  package var tensors: (weight: Tensor, bias: Tensor) { (weight.tensor, bias.tensor) }

  /// W as products at inference take it, and b.
  package var stepMap: StepLayer.Map { (weight.matrix, bias.tensor) }

  /// Returns act(x Wᵀ + b) for x […, in]: […, out].
  public func callAsFunction(_ x: Tensor, activation: Activation = .identity) -> Tensor {
    linear(x, weight.matrix, bias.tensor, activation: activation)
  }

  /// Returns the results of several maps of x […, in] side by side […, Σ out]: by one product while a tape
  /// records, so that their gradients are one, too; else by the weights as they are kept for products.
  static func joined(_ maps: [Linear], _ x: Tensor) -> Tensor {
    guard Tape.current != nil else {
      return linear(x, sideBySide: maps.map { ($0.weight.matrix, $0.bias.tensor) })
    }
    return linear(
      x, concatenate(maps.map { $0.weight.tensor }), concatenate(maps.map { $0.bias.tensor }))
  }
}
