import SeqaeRandom
import SeqaeTensors
import TestSupport
import Testing

@Suite struct DropoutTests {
  private static let backends: [any Backend] = [CPUBackend.shared, ReferenceBackend()]

  @Test(arguments: [0.1, 0.3, 0.5, 0.9, 0.999995] as [Float])
  func bothBackendsDrawTheSameMask(_ rate: Float) {
    for (shape, key) in [([0], 1), ([1], 2), ([7, 5], 3), ([131_075], .max)] as [(Shape, UInt64)] {
      let masks = DropoutTests.backends.map {
        $0.dropoutMask(shape, Dropout(rate: rate, key: key)).floats()
      }
      #expect(masks[0] == masks[1])
    }
  }

  @Test(arguments: [0.1, 0.3, 0.5] as [Float])
  func theRateIsWhatItSays(_ rate: Float) {
    let count = 100_000
    let mask = CPUBackend.shared.dropoutMask([count], Dropout(rate: rate, key: 77)).doubles()
    let zeros = Double(mask.count { $0 == 0 })
    let (mean, deviation) = (
      Double(count) * Double(rate), (Double(count) * Double(rate * (1 - rate))).squareRoot()
    )
    #expect(abs(zeros - mean) < 4 * deviation)
    #expect(mask.allSatisfy { $0 == 0 || abs($0 - 1 / (1 - Double(rate))) < 1e-6 })
  }

  @Test func keysDrawDifferentMasks() {
    let masks = [1, 2, 1 << 32, 1 << 32 + 1].map {
      CPUBackend.shared.dropoutMask([64], Dropout(rate: 0.5, key: $0)).floats()
    }
    #expect(Set(masks).count == masks.count)
  }

  @Test func withoutTrainingOrRateDropoutIsTheIdentity() {
    for backend in DropoutTests.backends {
      let x = Random(seed: 3).normals([5, 7], on: backend)
      #expect(dropout(x, 0.5, .inference).doubles() == x.doubles())
      #expect(dropout(x, 0, .training(Random(seed: 1))).doubles() == x.doubles())
      #expect(dropout(x, 0.5, .training(Random(seed: 1))).doubles() != x.doubles())
    }
  }

  @Test func spatialDropoutTakesWholeChannels() {
    for backend in DropoutTests.backends {
      let mode = Mode.training(Random(seed: 3))
      let text = spatialDropout(backend.full([40, 7, 50], 1), channels: -1, 0.3, mode)
      let images = spatialDropout(backend.full([40, 50, 3, 2], 1), channels: 1, 0.3, mode)
      for (y, axes) in [(text, [1]), (images, [2, 3])] {
        #expect(y.variance(axes).doubles().allSatisfy { abs($0) < 1e-12 })
        let dropped = Double(y.mean(axes).doubles().count { $0 == 0 }) / 2000
        #expect(abs(dropped - 0.3) < 0.04)
      }
      #expect(
        spatialDropout(text, channels: -1, 0.3, .inference).doubles() == text.doubles())
    }
  }

  @Test func eachCallDrawsAnotherMaskAndTheSameSeedDrawsThemAgain() {
    let x = Tensor([Float](repeating: 1, count: 64), [64])
    func twoMasks(seed: UInt64) -> [[Float]] {
      let mode = Mode.training(Random(seed: seed))
      return [dropout(x, 0.5, mode).floats(), dropout(x, 0.5, mode).floats()]
    }
    let first = twoMasks(seed: 6)
    #expect(first[0] != first[1])
    #expect(first == twoMasks(seed: 6))
    #expect(first != twoMasks(seed: 7))
  }
}
