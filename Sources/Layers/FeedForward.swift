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
    self.dropout = dropout
    expand = try Linear(width, inner, in: scope / "fc1")
    contract = try Linear(inner, width, in: scope / "fc2")
  }

  /// Returns the network's value at each position of x [B, T, D]: [B, T, D].
  public func callAsFunction(_ x: Tensor, _ mode: Mode) -> Tensor {
    guard case .training = mode else { return contract(expand(x, activation: .gelu)) }
    guard dropout > 0 else { return feedForward(x, expand.tensors, .gelu, contract.tensors) }
    let h = expand(x, activation: .gelu)  // [B, T, F]
    return contract(SeqaeTensors.dropout(h, dropout, mode))  // [B, T, D]
  }
}
