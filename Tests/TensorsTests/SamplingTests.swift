import SeqaeRandom
import SeqaeTensors
import TestSupport
import Testing

@Suite struct SamplingTests {
  private static let backends: [any Backend] = [CPUBackend.shared, ReferenceBackend()]

  @Test(arguments: Distribution.allCases)
  func bothBackendsDrawTheSame(_ distribution: Distribution) {
    for (shape, key) in [([0], 1), ([], 2), ([1], 3), ([7, 5], 4), ([50_003], .max)]
      as [(Shape, UInt64)]
    {
      let drawn = SamplingTests.backends.map { $0.random(distribution, shape, key: key) }
      let tolerance =
        distribution == .uniform ? Tolerance.exact : Tolerance(absolute: 2e-6, relative: 2e-6)
      #expect(mismatch(drawn[0], drawn[1], within: tolerance) == nil, "\(shape)")
    }
  }

  @Test func keysDrawDifferentNumbersAndSeedsTheSame() {
    func draws(_ seed: UInt64) -> [[Float]] {
      let random = Random(seed: seed)
      return [
        Tensor.normal([40], using: random).floats(), Tensor.normal([40], using: random).floats(),
        Tensor.uniform([40], using: random).floats(), Tensor.gumbel([40], using: random).floats(),
      ]
    }
    #expect(draws(1) == draws(1))
    #expect(Set(draws(1) + draws(2)).count == 8)
  }

  // Mean μ, variance σ² and the mean of (x − μ)³ / σ³ of the distributions, in 10⁶ draws.
  @Test func momentsAreThoseOfTheDistributions() {
    let random = Random(seed: 7)
    let count = 1_000_000
    let pi = Float.pi
    for (x, mean, variance, skewness) in [
      (Tensor.uniform([count], using: random), 0.5, 1 / 12.0, 0.0),
      (Tensor.normal([count], using: random), 0, 1, 0),
      (Tensor.gumbel([count], using: random), 0.577_215_66, Double(pi * pi / 6), 1.139_547),
    ] {
      let centred = x - Float(mean)
      let deviation = variance.squareRoot()
      #expect(abs(x.mean().item() - mean) < 5 * deviation / 1000)
      #expect(abs(centred.square().mean().item() / variance - 1) < 0.01)
      let cubes = (centred.square() * centred).mean().item() / (variance * deviation)
      #expect(abs(cubes - skewness) < 0.05)
    }
    let uniform = Tensor.uniform([count], using: random).floats()
    #expect(uniform.allSatisfy { $0 >= 0 && $0 < 1 })
    let normal = Tensor.normal([count], using: random).floats().sorted()
    // Quantiles of Φ: 0.1587 below −1, 0.0228 below −2, 0.00135 below −3.
    for (bound, share) in [(-1, 0.158_655), (-2, 0.022_750), (-3, 0.001_350)] as [(Float, Double)] {
      let below = Double(normal.count { $0 < bound })
      let expected = share * Double(count)
      #expect(abs(below - expected) < 5 * expected.squareRoot(), "\(bound)")
      #expect(abs(Double(normal.count { $0 > -bound }) - expected) < 5 * expected.squareRoot())
    }
  }

  // Neighbours, and the two halves of a Box–Muller pair, are independent.
  @Test func drawsAreUncorrelated() {
    let x = Tensor.normal([31_250, 32], using: Random(seed: 8))
    let products = matmul(x.transposed(), x) / 31_250  // [32, 32], near the identity
    let values = products.doubles()
    for (index, value) in values.enumerated() {
      let expected = index % 33 == 0 ? 1.0 : 0
      #expect(abs(value - expected) < 6 / (31_250.0).squareRoot() * (1 + expected))
    }
  }

  @Test func classesAreDrawnByTheirProbability() {
    let rows = 40_000
    let row: [Float] = [1, -.infinity, 0.3, 2, -1]
    for temperature in [1, 0.5, 3] as [Float] {
      let x = Tensor(row, [1, 5]).broadcast(to: [rows, 5])
      let drawn = categorical(x, temperature: temperature, using: Random(seed: 9)).integers()
      let expected = (Tensor(row, [5]) / temperature).softmax().doubles()
      for (index, share) in expected.enumerated() {
        let found = Double(drawn.count { $0 == Int32(index) })
        let deviation = (Double(rows) * share * (1 - share)).squareRoot()
        #expect(abs(found - Double(rows) * share) <= 5 * deviation, "class \(index)")
      }
    }
    let cold = categorical(Tensor(row, [1, 5]), temperature: 1e-3, using: Random(seed: 10))
    #expect(cold.integers() == [3])
  }
}
