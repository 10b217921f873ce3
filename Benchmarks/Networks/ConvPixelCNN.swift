// The gated PixelCNN on which training is timed: van den Oord et al. 2016, *Conditional Image Generation
// with PixelCNN Decoders*, §2.1, with one stack of masked convolutions.
//
// B: batch. Names are those of the PyTorch model it is compared with.

import SeqaeFiles
import SeqaeLayers
import SeqaeTensors

/// A gated PixelCNN of binary images of 28 × 28.
package struct ConvPixelCNN {
  private let c: [MaskedConv2d]
  private let o: [Conv2d]
  private let h1, h3: Conv2d

  /// Creates the network.
  package init(in scope: Scope) throws(Failure) {
    var c = [try MaskedConv2d(1, 128, kernel: 7, mask: .a, in: scope / "c.0")]
    var o: [Conv2d] = []
    for layer in 1...6 {
      c.append(try MaskedConv2d(64, 128, kernel: 3, mask: .b, in: scope / "c.\(layer)"))
      o.append(try Conv2d(64, 64, kernel: 1, in: scope / "o.\(layer - 1)"))
    }
    (self.c, self.o) = (c, o)
    h1 = try Conv2d(64, 64, kernel: 1, in: scope / "h.1")
    h3 = try Conv2d(64, 1, kernel: 1, in: scope / "h.3")
  }

  /// Operations of the convolutions of one forward pass of an image, as if nothing were masked.
  package static let flops: Double = {
    let (first, layer, head) = (128 * 49, 64 * 128 * 9 + 64 * 64, 64 * 64 + 64)
    let weights: Int = first + 6 * layer + head
    return 2 * 784 * Double(weights)
  }()

  /// Returns the mean negative log-likelihood of the pixels over ½ of x [B, 1, 28, 28], in nats.
  package func loss(_ x: Tensor) -> Tensor {
    let bits = x.backend.zip(.greater, x.detached(), x.backend.full([], 0.5))
    var y = gatedActivation(c[0](bits))  // [B, 64, 28, 28]
    for (c, o) in zip(c.dropFirst(), o) { y = y + o(gatedActivation(c(y))) }
    let logits = h3(h1(y.relu(), activation: .relu))  // [B, 1, 28, 28]
    return binaryCrossEntropy(logits: logits, targets: bits)
  }
}
