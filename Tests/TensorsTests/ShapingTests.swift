import SeqaeRandom
import SeqaeTensors
import TestSupport
import Testing

/// What operations on rows and axes compute, where the op table compares only backends.
@Suite struct ShapingTests {
  private static let backends: [any Backend] = [CPUBackend.shared, ReferenceBackend()]

  @Test func joiningAndTakingApartAreInverse() {
    for backend in ShapingTests.backends {
      let x = Random(seed: 1).normals([4, 6, 5], on: backend)
      for axis in -3..<3 {
        let size = x.shape[axis]
        #expect(concatenate(x.split([1, size - 3, 2], axis), axis).doubles() == x.doubles())
        #expect(stack(x.unstacked(axis), axis).doubles() == x.doubles())
        #expect(x.flipped(axis).flipped(axis).doubles() == x.doubles())
      }
      #expect(x.permuted([1, 2, 0]).permuted([2, 0, 1]).doubles() == x.doubles())
      #expect(x.padded([(1, 2), (0, 3), (4, 0)]).sum().item() - x.sum().item() < 1e-4)
    }
  }

  @Test func integersAreJoinedToo() {
    for backend in ShapingTests.backends {
      let ids = Tensor(integers: [1, 2, 3, 4], [2, 2], on: backend)
      #expect(concatenate([ids, ids], 1).integers() == [1, 2, 1, 2, 3, 4, 3, 4])
      #expect(stack([ids, ids], -1).integers() == [1, 1, 2, 2, 3, 3, 4, 4])
    }
  }

  @Test func tilingAndRepeatingDifferInOrder() {
    let x = Tensor([1, 2, 3, 4], [2, 2])
    #expect(x.tiled(2, 1).floats() == [1, 2, 1, 2, 3, 4, 3, 4])
    #expect(x.repeated(2, 1).floats() == [1, 1, 2, 2, 3, 3, 4, 4])
    #expect(x.flipped(1).floats() == [2, 1, 4, 3])
    #expect(x.tiled(0, 0).shape == [0, 2])
  }

  /// Every pair of axes, at sizes around the blocks of 16 and the strips of 64 that a copy is made of.
  @Test(
    arguments: [
      [16, 16], [17, 16], [33, 70], [130, 257], [15, 300], [1, 40], [64, 64], [80, 129],
      [3, 40, 50],
      [40, 3, 50], [2, 20, 3, 30], [200, 20, 17],
    ] as [Shape])
  func transposedCopiesPutEveryElementInItsPlace(_ shape: Shape) {
    let values = (0..<Int32(shape.count)).map { $0 }
    for backend in ShapingTests.backends {
      let x = Tensor(integers: values, shape, on: backend)
      for first in 0..<shape.rank {
        for second in 0..<first {
          let view = x.transposed(first, second)
          #expect(backend.copy(view).integers() == positions(view.layout).map { Int32($0) })
          // Into a view that lies transposed, out of a tensor that does not.
          var target = Tensor(
            integers: [Int32](repeating: -1, count: shape.count), shape, on: backend)
          backend.copy(backend.copy(view), into: &target, at: view.layout)
          #expect(target.integers() == values)
        }
      }
    }
  }

  @Test func transposedCopiesLeaveTheMarginsAlone() {
    let backend = CPUBackend.shared
    let x = Random(seed: 3).normals([70, 90], on: backend)
    var y = backend.full([100, 80], 7)
    let window = Layout(contiguous: [100, 80]).sliced(0, 5..<95).sliced(1, 4..<74)
    backend.copy(x.transposed(), into: &y, at: window)
    #expect(y.view(window).floats() == x.transposed().floats())
    #expect(y.floats().count { $0 == 7 } == 100 * 80 - 70 * 90)
  }

  @Test(arguments: Placement.allCases)
  func topKIsTheBeginningOfTheSortedRow(_ placement: Placement) {
    for shape in [[1], [0, 3], [5, 7], [4, 3, 33], [3, 20_000]] as [Shape] {
      for count in [0, 1, 3, 64, 200] where count <= shape[-1] {
        let found = ShapingTests.backends.map { backend in
          let random = Random(seed: 5)
          // Few distinct values, so that almost every row has ties.
          let x = placement.tensor(shape, on: backend) {
            random.integers($0, below: 40).map(Float.init)
          }
          return x.topK(count)
        }
        #expect(found[0].values.doubles() == found[1].values.doubles(), "\(shape) \(count)")
        #expect(found[0].indices.integers() == found[1].indices.integers(), "\(shape) \(count)")
      }
    }
  }

  @Test func specialNumbersHaveTheirPlaceInTheOrder() {
    for backend in ShapingTests.backends {
      let x = Tensor(
        [0, .infinity, -1, -0.0, .nan, -.infinity, 0x1p-140, .nan], [8], on: backend)
      #expect(x.topK(8).indices.integers() == [4, 7, 1, 6, 0, 3, 2, 5])
      let numbers = Tensor([3, -2, 5, -2], [4], on: backend)
      #expect(numbers.argMin().integers() == [1])
      #expect(numbers.argMax().integers() == [2])
    }
  }

  @Test func equalMaximaShareTheGradient() {
    for backend in ShapingTests.backends {
      let x = Parameter("x", Tensor([1, 3, 3, 0, 2, 2], [2, 3], on: backend))
      let (_, gradients) = withGradients { x.tensor.max(-1).sum() }
      #expect(gradients[x]?.doubles() == [0, 0.5, 0.5, 0, 0.5, 0.5])
    }
  }

  @Test func rowsWithoutLengthHaveFiniteGradients() {
    for backend in ShapingTests.backends {
      let x = Parameter("x", Tensor([0, 0, 3, 4], [2, 2], on: backend))
      let (_, ofNorm) = withGradients { x.tensor.norm().sum() }
      #expect(
        mismatch(
          ofNorm[x] ?? x.tensor, Tensor([0, 0, 0.6, 0.8], [2, 2], on: backend),
          within: .rounding) == nil)
      let (_, ofRows) = withGradients { x.tensor.normalized().sum() }
      #expect(ofRows[x]?.doubles().allSatisfy { $0.isFinite } == true)
    }
  }

  @Test func softmaxOfRowsIsADistribution() {
    for backend in ShapingTests.backends {
      let x = Random(seed: 9).normals([7, 333], on: backend) * 30
      let sums = x.softmax().sum(-1)
      #expect(sums.doubles().allSatisfy { abs($0 - 1) < 1e-5 })
      let none = Tensor([-.infinity, -.infinity, 0, -.infinity], [2, 2], on: backend)
      #expect(none.logSumExp().doubles() == [-.infinity, 0])
    }
  }
}
