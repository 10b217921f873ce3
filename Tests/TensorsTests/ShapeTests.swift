import SeqaeTensors
import Testing

@Suite struct ShapeTests {
  @Test(
    arguments: [
      ([], [], []), ([3], [], [3]), ([3], [3], [3]), ([3, 1], [1, 4], [3, 4]),
      ([2, 3, 4], [4], [2, 3, 4]), ([4, 1], [2, 1, 3], [2, 4, 3]), ([0, 4], [1, 4], [0, 4]),
      ([1], [0], [0]),
    ] as [([Int], [Int], [Int])])
  func sizesOfOneStretch(a: [Int], b: [Int], expected: [Int]) {
    #expect(Shape(a).broadcast(with: Shape(b)) == Shape(expected))
    #expect(Shape(b).broadcast(with: Shape(a)) == Shape(expected))
  }

  @Test(
    arguments: [([2], [3]), ([2, 3], [2]), ([2, 1], [3, 4]), ([0], [2])] as [([Int], [Int])])
  func otherSizesDoNotStretch(a: [Int], b: [Int]) {
    #expect(Shape(a).broadcast(with: Shape(b)) == nil)
    #expect(Shape(b).broadcast(with: Shape(a)) == nil)
  }

  @Test func negativeAxesCountFromTheEnd() {
    let shape: Shape = [2, 3, 5]
    #expect(shape[-1] == 5)
    #expect(shape[-3] == 2)
    #expect(shape.normalized(-2) == 1)
    #expect(shape.replacing(-1, with: 7) == [2, 3, 7])
  }

  @Test func countIsTheProductOfTheSizes() {
    #expect(([] as Shape).count == 1)
    #expect(([2, 3, 5] as Shape).count == 30)
    #expect(([2, 0, 5] as Shape).count == 0)
  }
}
