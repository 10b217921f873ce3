import SeqaeTensors

extension Precision {
  /// The name that cases of networks carry.
  package var networkName: String { self == .float32 ? "fp32" : "bf16" }
  /// The name that cases of products carry.
  package var productName: String { self == .float32 ? "f32" : "bf16" }
}

/// A network with its data and its optimizer, whose training steps are timed.
package protocol TrainedNetwork: AnyObject {
  /// What a step's speed is counted in: the target tokens or images of its batch.
  var batch: Int { get }
  /// Operations of the products of one step: three times those of the forward pass.
  var flopsPerStep: Double { get }
  /// All that the step moves.
  var parameters: [Parameter] { get }

  /// Makes one step, forward, backward and optimizer, and returns its loss.
  func step() -> Double
}
