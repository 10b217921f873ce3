import SeqaeFiles
import SeqaeTensors

/// The position-wise network of a Transformer layer: W₂ gelu(W₁ x + b₁) + b₂.
///
/// Vaswani et al. 2017, §3.3, with the GELU of Hendrycks & Gimpel 2016 in place of the ReLU.
public struct FeedForward {
  let dropout: Float
  let expand: Linear
  let contract: Linear

  /// Creates the network from `width` to `inner` features and back; `dropout` acts on the inner ones.
  public init(width: Int, inner: Int, dropout: Float, in scope: Scope) throws(Failure) {
    try self.init(
      width: width, inner: inner, dropout: dropout, expand: scope / "fc1", contract: scope / "fc2")
  }

  /// Creates the network with its two maps where checkpoints have them, fresh weights drawn by `initializer`.
  public init(
    width: Int, inner: Int, dropout: Float, expand: Scope, contract: Scope,
    weight initializer: Initializer = .glorot
  ) throws(Failure) {
    self.dropout = dropout
    self.expand = try Linear(width, inner, weight: initializer, in: expand)
    self.contract = try Linear(inner, width, weight: initializer, in: contract)
  }

  /// Its maps as a decoder's step takes them.
  package var stepMaps: (expand: StepLayer.Map, contract: StepLayer.Map) {
    (expand.stepMap, contract.stepMap)
  }

  /// Returns the network's value at each position of x [B, T, D]: [B, T, D].
  public func callAsFunction(_ x: Tensor, _ mode: Mode) -> Tensor {
    guard case .training = mode else { return contract(expand(x, activation: .gelu)) }
    guard dropout > 0 else { return feedForward(x, expand.tensors, .gelu, contract.tensors) }
    let h = expand(x, activation: .gelu)  // [B, T, F]
    return contract(SeqaeTensors.dropout(h, dropout, mode))  // [B, T, D]
  }
}
