import SeqaeRandom
import SeqaeTensors
import TestSupport
import Testing

/// Operations on images and recurrent cells against central differences, in double precision.
@Suite struct ImageGradientTests {
  private let backend = ReferenceBackend()
  private let random = Random(seed: 43)

  private func normal(_ shape: Shape) -> Tensor { random.normals(shape, on: backend) }

  @Test(arguments: [Activation.identity, .relu, .gelu])
  func convolutions(_ activation: Activation) {
    let inputs = [normal([2, 4, 6, 5]), normal([6, 2, 3, 2]), normal([6])]
    #expect(
      gradientMismatch(at: inputs) {
        convolution(
          $0[0], $0[1], $0[2], stride: Extent(2, 1), padding: Extent(1, 2), dilation: Extent(1, 2),
          groups: 2, activation: activation)
      } == nil)
    #expect(
      gradientMismatch(at: Array(inputs[..<2])) {
        convolution($0[0], $0[1], groups: 2, activation: activation)
      } == nil)
  }

  @Test func maskedConvolutions() {
    for mask in [KernelMask.a(3), .b(3)] {
      #expect(
        gradientMismatch(at: [normal([2, 2, 4, 4]), normal([3, 2, 3, 3]), normal([3])]) {
          convolution($0[0], $0[1], $0[2], padding: 1, mask: mask)
        } == nil)
    }
  }

  @Test(arguments: [Activation.identity, .relu, .gelu])
  func transposedConvolutions(_ activation: Activation) {
    #expect(
      gradientMismatch(at: [normal([2, 4, 3, 4]), normal([4, 3, 3, 2]), normal([6])]) {
        transposedConvolution(
          $0[0], $0[1], $0[2], stride: Extent(2, 3), padding: Extent(1, 0),
          outputPadding: Extent(1, 2), dilation: Extent(2, 1), groups: 2, activation: activation)
      } == nil)
  }

  // An image that is its own kernel is one value twice.
  @Test func anImageConvolvedWithItself() {
    #expect(
      gradientMismatch(at: [normal([1, 1, 4, 4])]) { convolution($0[0], $0[0], padding: 2) } == nil)
  }

  @Test func pools() {
    for stride in [2, 3] as [Extent] {
      #expect(
        gradientMismatch(at: [normal([2, 2, 7, 6])]) {
          maxPool($0[0], kernel: 3, stride: stride, padding: 1).values
        } == nil)
      for countsPadding in [true, false] {
        #expect(
          gradientMismatch(at: [normal([2, 2, 7, 6])]) {
            averagePool(
              $0[0], kernel: 3, stride: stride, padding: 1, countsPadding: countsPadding)
          } == nil)
      }
    }
  }

  // Overlapping windows name some places twice, of which only the last lies there.
  @Test(arguments: [2, 1] as [Extent])
  func unpooling(_ stride: Extent) {
    let (_, switches) = maxPool(normal([2, 2, 6, 6]), kernel: 2, stride: stride)
    #expect(
      gradientMismatch(at: [normal(switches.shape)]) {
        maxUnpool($0[0], switches: switches, to: 6)
      } == nil)
  }

  @Test(
    arguments: [.nearest, .bilinear(alignsCorners: false), .bilinear(alignsCorners: true)]
      as [Upsampling])
  func upsampling(_ upsampling: Upsampling) {
    for size in [Extent(7, 9), Extent(2, 3), Extent(1, 1)] {
      #expect(
        gradientMismatch(at: [normal([2, 2, 3, 4])]) { upsample($0[0], to: size, upsampling) }
          == nil)
    }
  }

  @Test func skewing() {
    #expect(gradientMismatch(at: [normal([2, 2, 3, 4])]) { skewed($0[0]) } == nil)
    #expect(gradientMismatch(at: [normal([2, 2, 3, 6])]) { unskewed($0[0], width: 4) } == nil)
  }

  @Test func gating() {
    for shape in [[3, 4], [2, 6, 3, 4], [2, 4, 3]] as [Shape] {
      #expect(gradientMismatch(at: [normal(shape)]) { gatedActivation($0[0]) } == nil)
    }
  }

  @Test func recurrentCells() {
    let (s, c) = (normal([3, 8]), normal([3, 2]))
    #expect(gradientMismatch(at: [s, c]) { lstmCell($0[0], cell: $0[1]).hidden } == nil)
    #expect(gradientMismatch(at: [s, c]) { lstmCell($0[0], cell: $0[1]).cell } == nil)
    #expect(
      gradientMismatch(at: [s, c]) {
        let state = lstmCell($0[0], cell: $0[1])
        return lstmCell($0[0], cell: state.cell).hidden * state.hidden
      } == nil)
    #expect(
      gradientMismatch(at: [normal([3, 6]), normal([3, 6]), normal([3, 2])]) {
        gruCell($0[0], $0[1], hidden: $0[2])
      } == nil)
  }
}
