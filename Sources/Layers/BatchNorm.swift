import SeqaeFiles
import SeqaeTensors

/// Batch normalization of channels with running averages for inference (Ioffe & Szegedy 2015).
public struct BatchNorm {
  static let epsilon: Float = 1e-5  // PyTorch's nn.BatchNorm2d
  static let share: Float = 0.1  // of a batch in the running averages; its `momentum`

  let gain: Parameter  // [C]
  let bias: Parameter  // [C]
  let mean: Parameter  // running [C]
  let variance: Parameter  // running, unbiased [C]

  /// Creates the norm of `channels` channels; gain and variance start at 1, bias and mean at 0.
  public init(_ channels: Int, in scope: Scope) throws(Failure) {
    gain = try scope.parameter("weight", [channels], .ones)
    bias = try scope.parameter("bias", [channels], .zeros)
    mean = try scope.parameter("running_mean", [channels], .zeros, trainable: false)
    variance = try scope.parameter("running_var", [channels], .ones, trainable: false)
    scope.ignore("num_batches_tracked")  // a count that only averages without a fixed share need
  }

  /// Returns the normalized `x` [B, C, …]: in training by the batch's statistics, which are returned for
  /// the running averages; at inference by these.
  public func callAsFunction(_ x: Tensor, _ mode: Mode) -> (y: Tensor, statistics: Statistics) {
    var statistics = Statistics()
    guard case .training = mode else {
      let y = batchNorm(
        x, gain: gain.tensor, bias: bias.tensor, mean: mean.tensor, variance: variance.tensor,
        epsilon: BatchNorm.epsilon)
      return (y, statistics)
    }
    let count = x.shape.count / max(1, x.shape[1])  // elements of a channel
    precondition(count > 1, "batch norm of \(x.shape): one element has no variance")
    let (y, batchMean, batchVariance) = batchNorm(
      x, gain: gain.tensor, bias: bias.tensor, epsilon: BatchNorm.epsilon)
    let unbiased = batchVariance * (Float(count) / Float(count - 1))
    statistics.add(batchMean, to: mean, share: BatchNorm.share)
    statistics.add(unbiased, to: variance, share: BatchNorm.share)
    return (y, statistics)
  }
}
