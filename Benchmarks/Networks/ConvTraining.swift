import SeqaeFiles
import SeqaeLayers
import SeqaeRandom
import SeqaeTensors

/// One training step after another of an image model on a batch of random images: forward, backward, Adam.
package final class ConvTraining: TrainedNetwork {
  private static let rate: Float = 1e-3

  package let batch: Int
  package let flopsPerStep: Double
  package let parameters: [Parameter]
  private let precision: Precision
  private let loss: (Tensor) -> Tensor
  private let images: Tensor  // [B, 1, 28, 28]
  private var optimizer: AdamW

  /// Creates a network with random weights, and a batch of random images with values in [0, 1).
  ///
  /// - Parameters:
  ///   - batch: B.
  ///   - flops: operations of the products of one forward pass of an image.
  ///   - precision: of products and activations.
  ///   - make: makes the network's parameters and returns its loss.
  /// - Throws: what `make` throws.
  package init(
    batch: Int, flops: Double, _ precision: Precision,
    _ make: (Scope) throws(Failure) -> (Tensor) -> Tensor
  ) throws(Failure) {
    let random = Random(seed: 0)
    let store = ParameterStore(.fresh(random.child("weights")))
    loss = try make(store.root)
    let pixels = random.child("images")
    images = Tensor((0..<(batch * 784)).map { _ in Float(pixels.uniform()) }, [batch, 1, 28, 28])
    var adam = AdamW.Configuration()
    adam.beta2 = 0.999
    adam.weightDecay = 0
    optimizer = AdamW(adam)
    parameters = store.parameters
    flopsPerStep = 3 * flops * Double(batch)
    (self.batch, self.precision) = (batch, precision)
  }

  package func step() -> Double {
    let (loss, gradients) = withGradients { withPrecision(precision) { self.loss(images) } }
    _ = optimizer.step(parameters, gradients, rate: Self.rate, maximumNorm: nil)
    return loss.item()
  }
}
