import SeqaeFiles
import SeqaeTensors

/// Group normalization of channels (Wu & He 2018); with as many groups as channels instance
/// normalization.
public struct GroupNorm {
  static let epsilon: Float = 1e-5  // PyTorch's nn.GroupNorm

  let groups: Int
  let gain: Parameter  // [C]
  let bias: Parameter  // [C]

  /// Creates the norm of `channels` channels in `groups` groups; gain starts at 1, bias at 0.
  public init(_ groups: Int, channels: Int, in scope: Scope) throws(Failure) {
    precondition(
      groups > 0 && channels % groups == 0, "group norm: \(groups) groups of \(channels) channels")
    self.groups = groups
    gain = try scope.parameter("weight", [channels], .ones)
    bias = try scope.parameter("bias", [channels], .zeros)
  }

  /// Returns the normalized `x` [B, C, …].
  public func callAsFunction(_ x: Tensor) -> Tensor {
    groupNorm(
      x, groups: groups, gain: gain.tensor, bias: bias.tensor, epsilon: GroupNorm.epsilon)
  }
}
