// The convolutional autoencoder on which training is timed: two strided convolutions and a linear map to 32
// numbers, and their mirror image with transposed convolutions.
//
// B: batch. Names are those of the PyTorch model it is compared with.

import SeqaeFiles
import SeqaeLayers
import SeqaeTensors

/// A convolutional autoencoder of images of 28 × 28.
package struct ConvAutoencoder {
  let e0, e2: Conv2d
  let e5, f: Linear
  let d0, d2: ConvTranspose2d

  /// Creates the network.
  package init(in scope: Scope) throws(Failure) {
    e0 = try Conv2d(1, 32, kernel: 3, stride: 2, padding: 1, in: scope / "e.0")
    e2 = try Conv2d(32, 64, kernel: 3, stride: 2, padding: 1, in: scope / "e.2")
    e5 = try Linear(3136, 32, in: scope / "e.5")
    f = try Linear(32, 3136, in: scope / "f")
    d0 = try ConvTranspose2d(
      64, 32, kernel: 3, stride: 2, padding: 1, outputPadding: 1, in: scope / "d.0")
    d2 = try ConvTranspose2d(
      32, 1, kernel: 3, stride: 2, padding: 1, outputPadding: 1, in: scope / "d.2")
  }

  /// Operations of the products of one forward pass of an image: pixels times weights of each layer.
  package static let flops: Double = {
    let (outer, inner, linear) = (196 * 32 * 9, 49 * 64 * 32 * 9, 3136 * 32)
    return 2 * Double(2 * (outer + inner + linear))
  }()

  /// Returns the binary cross entropy of the reconstruction of x [B, 1, 28, 28], numbers in [0, 1].
  package func loss(_ x: Tensor) -> Tensor {
    let h = e2(e0(x, activation: .relu), activation: .relu)  // [B, 64, 7, 7]
    let z = e5(h.reshaped([x.shape[0], 3136]))  // [B, 32]
    let g = f(z, activation: .relu).reshaped([x.shape[0], 64, 7, 7])
    let y = d2(d0(g, activation: .relu))  // [B, 1, 28, 28]
    return binaryCrossEntropy(logits: y, targets: x)
  }
}
