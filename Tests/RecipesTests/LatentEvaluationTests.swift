import Glibc
import SeqaeModels
import SeqaeRandom
import SeqaeRecipes
import SeqaeTensors
import Testing

private func posterior(_ mean: [Double], _ variance: [Double], _ shape: Shape) -> Posterior {
  Posterior(
    mean: Tensor(mean.map { Float($0) }, shape),
    logVariance: Tensor(variance.map { Float(log($0)) }, shape))
}

@Test func importanceSamplingFindsAKnownEvidence() throws {
  // p(z) = N(0, 1), p(x | z) = N(wz, s²): p(x) = N(0, w² + s²). q is wider than p(z | x), off its mean.
  let (w, s2, x) = (1.3, 0.5, 0.9)
  let evidence = -0.5 * (log(2 * .pi * (w * w + s2)) + x * x / (w * w + s2))
  let variance = 1 / (1 + w * w / s2)
  let q = posterior([variance * w * x / s2 + 0.2], [1.5 * variance], [1, 1])
  let random = Random(seed: 3)
  func estimate(_ draws: Int) -> (value: Double, variance: Double) {
    let weights = (0..<draws).map { _ -> Double in
      let z = q.sample(using: random)
      let distance = x - w * z.item()
      let prior = Tensor([Float(-0.5 * (log(2 * .pi) + z.item() * z.item()))], [1])
      return q.logRatios(z, prior: prior)[0] - 0.5 * (log(2 * .pi * s2) + distance * distance / s2)
    }
    return ImportanceWeights.logMean(weights)
  }
  let best = estimate(20_000)
  #expect(abs(best.value - evidence) < 4 * best.variance.squareRoot())
  #expect(best.variance.squareRoot() < 0.01)
  // Many small estimates scatter as their standard errors say.
  let small = (0..<300).map { _ in estimate(50) }
  let mean = small.reduce(0) { $0 + $1.value } / 300
  let scatter = small.reduce(0) { $0 + ($1.value - mean) * ($1.value - mean) } / 299
  let said = small.reduce(0) { $0 + $1.variance } / 300
  #expect((0.7...1.4).contains(scatter / said))
  // The logarithm of a mean is above the mean of logarithms: one draw is the bound.
  let single = (0..<2000).reduce(0) { sum, _ in sum + estimate(1).value } / 2000
  #expect(single < evidence)
}

@Test func weightsOfAnySizeHaveAMean() {
  let (value, variance) = ImportanceWeights.logMean([-1000, -1000 + log(3.0)])
  #expect(abs(value - (-1000 + log(2.0))) < 1e-9)  // (1 + 3) / 2
  #expect(abs(variance - 0.25) < 1e-9)  // (1 + 1) / 1 / 2 / 2²
}

@Test func informationIsBetweenNothingAndTheLogarithmOfTheTexts() {
  func information(_ spread: Double, _ variance: Double) -> Double {
    var mixture = PosteriorMixture(limit: 1000)
    let count = 64
    let q = posterior(
      (0..<count).map { spread * Double($0) }, [Double](repeating: variance, count: count),
      [count, 1])
    mixture.add(q, q.sample(using: Random(seed: 5)))
    return mixture.mutualInformation
  }
  #expect(abs(information(0, 1)) < 1e-9)  // all alike
  #expect(abs(information(100, 1) - log(64)) < 1e-6)  // no two alike
  // Two groups of equal posteriors far apart: one bit.
  var groups = PosteriorMixture(limit: 1000)
  let two = posterior(
    (0..<64).map { $0 < 32 ? 0 : 100 }, [Double](repeating: 1, count: 64), [64, 1])
  groups.add(two, two.sample(using: Random(seed: 5)))
  #expect(abs(groups.mutualInformation - log(2)) < 1e-6)
}

@Test func activeUnitsAreThoseWhoseMeansDiffer() {
  // Σ (μ − mean)² / 3: 0.667, 0.0127, 0.0065, 0.
  let columns = [
    [0, 1, 2, 1], [0.1, -0.1, 0.09, -0.1], [5.07, 4.93, 5.07, 4.93], [3, 3, 3, 3],
  ]
  var statistics = LatentStatistics()
  for rows in [0..<1, 1..<4] {
    let values = rows.flatMap { row in columns.map { $0[row] } }
    let shape: Shape = [rows.count, 4]
    let q = posterior(values, [Double](repeating: 1, count: values.count), shape)
    statistics.add(q, divergences: q.divergences())
  }
  #expect(statistics.activeUnits == 2)
  // ½ Σ μ² over 4 texts: ½ (0 + 1 + 4 + 1 + 0.0381 + 2 · 5.07² + 2 · 4.93² + 36) / 4.
  #expect(abs((statistics.divergence ?? 0) - (42 + 0.0381 + 100.0196) / 8) < 1e-3)
  var points = LatentStatistics()
  points.add(Posterior(mean: Tensor([1, 2], [2, 1])), divergences: nil)
  #expect(points.divergence == nil && points.activeUnits == 1)
}

@Test func aCodebooksPerplexityIsTheNumberOfCodesThatAreUsedAlike() {
  var use = CodebookUse(8)
  use.add([[0, 1], [2, 3]])
  #expect(use.usage == 0.5)
  #expect(abs(use.perplexity - 4) < 1e-9)
  use.add([[0, 0, 0, 0]])
  // 5/8, 1/8 three times: exp(−Σ p log p).
  let expected = exp(-(5.0 / 8 * log(5.0 / 8) + 3.0 / 8 * log(1.0 / 8)))
  #expect(abs(use.perplexity - expected) < 1e-9)
}
