import SeqaeRandom
import SeqaeTensors
import TestSupport
import Testing

/// Operations on rows and axes against central differences, in double precision.
@Suite struct ShapingGradientTests {
  private let backend = ReferenceBackend()
  private let random = Random(seed: 47)

  private func normal(_ shape: Shape) -> Tensor { random.normals(shape, on: backend) }

  @Test(arguments: [-1, 0, 1])
  func rows(_ axis: Int) {
    let x = [normal([2, 3, 4])]
    let functions: [(Tensor) -> Tensor] = [
      { $0.softmax(axis) }, { $0.logSoftmax(axis) }, { $0.logSumExp(axis) }, { $0.max(axis) },
      { $0.min(axis) }, { $0.norm(axis) }, { $0.mean(axis) }, { $0.variance([axis]) },
    ]
    for (number, function) in functions.enumerated() {
      #expect(gradientMismatch(at: x) { function($0[0]) } == nil, "\(number)")
    }
  }

  @Test func severalAxes() {
    let x = [normal([2, 3, 4, 2])]
    for axes in [[0, 2], [1, 2, 3], [-1, 0], []] {
      #expect(gradientMismatch(at: x) { $0[0].sum(axes) } == nil)
      #expect(gradientMismatch(at: x) { $0[0].mean(axes) } == nil)
    }
    #expect(gradientMismatch(at: x) { $0[0].variance([0, 2]) } == nil)
    #expect(gradientMismatch(at: x) { $0[0].variance([0, 2], correction: 0) } == nil)
  }

  @Test func lengthsAndChoices() {
    #expect(gradientMismatch(at: [normal([3, 4])]) { $0[0].normalized() } == nil)
    #expect(gradientMismatch(at: [normal([3, 4])]) { $0[0].normalized(epsilon: 50) } == nil)
    #expect(gradientMismatch(at: [normal([3, 7])]) { $0[0].topK(3).values } == nil)
    let ids = Tensor(integers: [0, 2, 2, 1, 3, 3], [3, 2], on: backend)
    #expect(gradientMismatch(at: [normal([3, 4])]) { takeAlong($0[0], ids) } == nil)
    #expect(
      gradientMismatch(at: [normal([4, 2])]) { takeAlong($0[0], ids, 0) } == nil)
  }

  @Test(arguments: [0, 1, -1])
  func joining(_ axis: Int) {
    let inputs = [normal([2, 3, 4]), normal([2, 3, 4])]
    #expect(gradientMismatch(at: inputs) { concatenate($0, axis) } == nil)
    #expect(gradientMismatch(at: inputs) { concatenate([$0[0], $0[1], $0[0]], axis) } == nil)
    #expect(gradientMismatch(at: inputs) { stack($0, axis) } == nil)
    let x = [inputs[0]]
    #expect(gradientMismatch(at: x) { $0[0].tiled(2, axis) } == nil)
    #expect(gradientMismatch(at: x) { $0[0].repeated(2, axis) } == nil)
    #expect(gradientMismatch(at: x) { $0[0].flipped(axis) } == nil)
    #expect(
      gradientMismatch(at: x) {
        let parts = $0[0].split([1, $0[0].shape[axis] - 1], axis)
        return concatenate([parts[1].square(), parts[0]], axis)
      } == nil)
    #expect(
      gradientMismatch(at: x) { x in
        x[0].unstacked(axis).enumerated().reduce(x[0].unstacked(axis)[0]) { sum, part in
          sum * part.element + Float(part.offset)
        }
      } == nil)
  }

  @Test func reordering() {
    #expect(gradientMismatch(at: [normal([2, 3, 4])]) { $0[0].permuted([2, 0, 1]) } == nil)
    #expect(gradientMismatch(at: [normal([3, 1])]) { $0[0].broadcast(to: [2, 3, 4]) } == nil)
    #expect(
      gradientMismatch(at: [normal([2, 3])]) { $0[0].padded([(1, 0), (2, 1)], value: 3) } == nil)
    // Slices that overlap and slices of a value that is used in other ways too.
    #expect(
      gradientMismatch(at: [normal([5, 3])]) {
        $0[0].sliced(0, 0..<3) * $0[0].sliced(0, 2..<5) + $0[0].sum(0)
      } == nil)
  }
}
