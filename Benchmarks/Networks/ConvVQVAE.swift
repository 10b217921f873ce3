// The VQ-VAE on which training is timed: van den Oord, Vinyals & Kavukcuoglu 2017, *Neural Discrete
// Representation Learning*, with codes learnt by gradient descent.
//
// B: batch. zE: what the encoder gives; zQ: the nearest codes. Names are those of the PyTorch model it is
// compared with.

import SeqaeFiles
import SeqaeLayers
import SeqaeTensors

/// A residual block: x + W₂ ∗ relu(W₁ ∗ relu(x)).
private struct ResidualBlock {
  let a, b: Conv2d

  init(in scope: Scope) throws(Failure) {
    a = try Conv2d(64, 32, kernel: 3, padding: 1, in: scope / "a")
    b = try Conv2d(32, 64, kernel: 1, in: scope / "b")
  }

  func callAsFunction(_ x: Tensor) -> Tensor { x + b(a(x.relu(), activation: .relu)) }
}

/// A VQ-VAE of images of 28 × 28 with 7 × 7 codes.
package struct ConvVQVAE {
  private let e0, e2, d0: Conv2d
  private let e3, e4, d1, d2: ResidualBlock
  private let d4, d6: ConvTranspose2d
  private let codes: Parameter  // [256, 64]

  /// Creates the network.
  package init(in scope: Scope) throws(Failure) {
    e0 = try Conv2d(1, 64, kernel: 4, stride: 2, padding: 1, in: scope / "e.0")
    e2 = try Conv2d(64, 64, kernel: 4, stride: 2, padding: 1, in: scope / "e.2")
    e3 = try ResidualBlock(in: scope / "e.3")
    e4 = try ResidualBlock(in: scope / "e.4")
    codes = try scope.parameter("code.weight", [256, 64], .normal(deviation: 1))
    d0 = try Conv2d(64, 64, kernel: 3, padding: 1, in: scope / "d.0")
    d1 = try ResidualBlock(in: scope / "d.1")
    d2 = try ResidualBlock(in: scope / "d.2")
    d4 = try ConvTranspose2d(64, 64, kernel: 4, stride: 2, padding: 1, in: scope / "d.4")
    d6 = try ConvTranspose2d(64, 1, kernel: 4, stride: 2, padding: 1, in: scope / "d.6")
  }

  /// Operations of the convolutions of one forward pass of an image.
  package static let flops: Double = {
    let block = 49 * 64 * 32 * 10
    let outer = 196 * 64 * 16
    let inner = 49 * 64 * 64 * 16
    let middle = 49 * 64 * 64 * 9
    let all = [outer, inner, block, block, middle, block, block, inner, outer]
    return 2 * Double(all.reduce(0, +))
  }()

  /// Returns −log p(x | zQ) + ‖sg(zE) − zQ‖² + ¼ ‖zE − sg(zQ)‖², means of squares, of x [B, 1, 28, 28].
  package func loss(_ x: Tensor) -> Tensor {
    let zE = e4(e3(e2(e0(x, activation: .relu))))  // [B, 64, 7, 7]
    let rows = zE.permuted([0, 2, 3, 1])  // [B, 7, 7, 64]
    let zQ = embedding(codes.tensor, nearest(rows.detached())).permuted([0, 3, 1, 2])
    let distance = mseLoss(zQ, targets: zE.detached()) + 0.25 * mseLoss(zE, targets: zQ.detached())
    let h = d2(d1(d0(straightThrough(zQ, to: zE)))).relu()
    let y = d6(d4(h, activation: .relu))  // [B, 1, 28, 28]
    return mseLoss(y, targets: x) + distance
  }

  /// Returns the codes nearest to `rows` […, 64]: the largest 2 e · z − ‖e‖², […] int32.
  private func nearest(_ rows: Tensor) -> Tensor {
    let e = codes.tensor.detached()
    let squares = (e * e).sum(-1).reshaped([256])
    return (2 * linear(rows, e, nil) - squares).argMax()
  }
}
