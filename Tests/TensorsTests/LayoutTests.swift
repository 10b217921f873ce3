import SeqaeRandom
import SeqaeTensors
import TestSupport
import Testing

/// A tensor as a list of numbers with a shape, every view a copy, index by index: what layouts are held
/// against.
private struct NaiveTensor: Equatable {
  var shape: [Int]
  var elements: [Int]

  /// Every multi-index of `shape` in row-major order.
  static func indices(_ shape: [Int]) -> [[Int]] {
    shape.reduce([[]]) { indices, size in
      indices.flatMap { index in (0..<size).map { index + [$0] } }
    }
  }

  subscript(index: [Int]) -> Int {
    elements[zip(shape, index).reduce(0) { $0 * $1.0 + $1.1 }]
  }

  func transposed(_ first: Int, _ second: Int) -> NaiveTensor {
    var target = shape
    target.swapAt(first, second)
    return NaiveTensor(
      shape: target,
      elements: NaiveTensor.indices(target).map { index in
        var source = index
        source.swapAt(first, second)
        return self[source]
      })
  }

  func sliced(_ axis: Int, _ range: Range<Int>) -> NaiveTensor {
    var target = shape
    target[axis] = range.count
    return NaiveTensor(
      shape: target,
      elements: NaiveTensor.indices(target).map { index in
        var source = index
        source[axis] += range.lowerBound
        return self[source]
      })
  }

  func reshaped(_ target: [Int]) -> NaiveTensor { NaiveTensor(shape: target, elements: elements) }
}

@Suite struct LayoutTests {
  @Test func chainsOfViewsAgreeWithCopiesIndexByIndex() {
    let random = Random(seed: 11)
    var viewedReshapes = 0
    for _ in 0..<1000 {
      let shape = (0..<(1 + random.integer(below: 4))).map { _ in 1 + random.integer(below: 5) }
      let count = shape.reduce(1, *)
      var naive = NaiveTensor(shape: shape, elements: Array(0..<count))
      var layout = Layout(contiguous: Shape(shape))
      for _ in 0..<(1 + random.integer(below: 6)) {
        let rank = naive.shape.count
        switch random.integer(below: 3) {
        case 0 where rank > 0:
          let (first, second) = (random.integer(below: rank), random.integer(below: rank))
          naive = naive.transposed(first, second)
          layout = layout.transposed(first, second)
        case 1 where rank > 0:
          let axis = random.integer(below: rank)
          let start = random.integer(below: naive.shape[axis] + 1)
          let range = start..<(start + random.integer(below: naive.shape[axis] - start + 1))
          guard random.chance(0.2) || !range.isEmpty else { continue }
          naive = naive.sliced(axis, range)
          layout = layout.sliced(axis - rank, range)
        default:
          let target = regrouped(naive.shape, random)
          guard let view = layout.reshaped(to: Shape(target)) else { continue }
          viewedReshapes += layout.isContiguous ? 0 : 1
          naive = naive.reshaped(target)
          layout = view
        }
        #expect(layout.shape == Shape(naive.shape))
        #expect(positions(layout) == naive.elements)
        #expect(
          layout.isContiguous
            == (naive.elements == naive.elements.indices.map { $0 + (naive.elements.first ?? 0) }))
      }
    }
    #expect(viewedReshapes > 50)  // the law was tried where it is hard
  }

  /// Returns another shape of the same count: a random split of the prime factors, with some ones.
  private func regrouped(_ shape: [Int], _ random: Random) -> [Int] {
    guard !shape.contains(0) else { return random.chance(0.5) ? shape : [0, 3] }
    if random.chance(0.5) {  // joins or parts neighbours, which a view of a view often allows
      var result = shape
      if result.count >= 2 && random.chance(0.5) {
        let axis = random.integer(below: result.count - 1)
        result[axis] *= result.remove(at: axis + 1)
      } else {
        let axis = random.integer(below: result.count + 1)
        guard axis < result.count, result[axis] % 2 == 0 else { return result + [1] }
        result[axis] /= 2
        result.insert(2, at: axis + (random.chance(0.5) ? 1 : 0))
      }
      return result
    }
    var factors: [Int] = []
    var rest = shape.reduce(1, *)
    for prime in [2, 3, 5] {
      while rest % prime == 0 {
        factors.append(prime)
        rest /= prime
      }
    }
    random.shuffle(&factors)
    var result = [rest]
    for factor in factors {
      if random.chance(0.5) { result.append(factor) } else { result[result.count - 1] *= factor }
    }
    return result
  }

  @Test func splittingHeadsIsAViewEvenOfATransposedSlice() {
    // [T, B, D] seen as [B, T, D], a slice of T, split into heads and joined again: no copy.
    let layout = Layout(contiguous: [9, 4, 12]).transposed(0, 1).sliced(1, 2..<7)
    let split = layout.reshaped(to: [4, 5, 3, 4])
    #expect(split?.strides == [12, 48, 4, 1])
    #expect(split?.reshaped(to: [4, 5, 12]) == layout)
  }

  @Test func reshapingAcrossATransposeNeedsACopy() {
    let layout = Layout(contiguous: [3, 4]).transposed(0, 1)
    #expect(layout.reshaped(to: [12]) == nil)
    #expect(layout.reshaped(to: [2, 6]) == nil)
  }

  @Test func stretchedAxesHaveStrideZero() {
    let layout = Layout(contiguous: [3, 1]).broadcast(to: [2, 3, 4])
    #expect(layout.strides == [0, 1, 0])
    #expect(
      positions(layout) == [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2] + [
        0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2,
      ])
  }

  @Test(arguments: Placement.allCases)
  func tensorsReshapeInRowMajorOrderHoweverTheyLie(_ placement: Placement) {
    let random = Random(seed: 4)
    let backend = ReferenceBackend()
    let x = placement.tensor([4, 6, 5], on: backend) { random.normals($0) }
    for shape in [[120], [24, 5], [4, 30], [2, 2, 3, 10], [5, 24], [1, 8, 1, 15]] {
      #expect(x.reshaped(Shape(shape)).doubles() == x.doubles())
    }
  }
}
