import Glibc
import SeqaeLayers
import SeqaeModels
import SeqaeRandom
import SeqaeTensors
import TestSupport
import Testing

/// x = wᵀz + s ε with z ~ N(0, I): of p(z | x) the mean is w x / (w² + s²) and the precision I + wwᵀ/s². Of Gaussians with a
/// diagonal covariance that one is nearest to it by KL(q ‖ p) whose mean is the same and whose variances are the inverses of
/// the precision's diagonal (Bishop 2006, §10.1.2).
@Test func thePosteriorOfEachTextBecomesTheBestGaussian() throws {
  let (w, s2, xs) = ([1.2, -0.5], 0.3, [0.8, -1.5])
  let start = Posterior(
    mean: Tensor([0.4, 0.1, 0.9, -0.3], [2, 2]),
    logVariance: Tensor([-1, 0.5, 0, -3], [2, 2]))
  let x = Tensor(xs.map { Float($0) }, [2, 1])
  let weights = Tensor(w.map { Float($0) }, [1, 2])
  let best = PerTextInference(steps: 3000)(from: start, using: Random(seed: 1)) { q, z in
    let residual = x - (z * weights).sum(1)  // [2, 1]
    let kl = (q.divergences() ?? z).sum(1)
    return residual.square() / Float(2 * s2) + kl
  }
  let norm = w[0] * w[0] + w[1] * w[1]
  let means = best.mean.doubles()
  let variances = try #require(best.logVariance).doubles().map { exp($0) }
  for (row, x) in xs.enumerated() {
    for (place, w) in w.enumerated() {
      // As far as the last draws leave it: what the bound then misses is of the order of their squares.
      #expect(abs(means[row * 2 + place] - w * x / (norm + s2)) < 0.05)
      #expect(abs(variances[row * 2 + place] * (1 + w * w / s2) - 1) < 0.12)
    }
  }
}

@Test func noStepsAndPointsChangeNothing() throws {
  let q = Posterior(mean: Tensor([1, 2], [1, 2]), logVariance: Tensor([0, -1], [1, 2]))
  let same = PerTextInference(steps: 0)(from: q, using: Random(seed: 1)) { _, z in z.sum(1) }
  #expect(same.mean.floats() == [1, 2] && same.logVariance?.floats() == [0, -1])
  let point = PerTextInference(steps: 5)(
    from: Posterior(mean: q.mean), using: Random(seed: 1)
  ) { _, z in z.sum(1) }
  #expect(point.mean.floats() == [1, 2] && point.logVariance == nil)
}

@Test(arguments: [false, true])
func stepsRaiseTheBoundOfAModelWhoseDecoderStays(_ isTold: Bool) throws {
  let tokenizer = try sentenceTokenizer()
  var sizes = try latentSizes(size: 4)
  if isTold { sizes.classes = ["a", "b"] }
  let store = ParameterStore(.fresh(Random(seed: 3)))
  let model: any LatentModel =
    isTold
    ? try ConditionalVAE(.init(sizes), tokenizer: tokenizer, in: store)
    : try SentenceVAE(.init(sizes), tokenizer: tokenizer, in: store)
  try expectHigherBound(model, isTold: isTold)
}

private func expectHigherBound(_ model: some LatentModel, isTold: Bool) throws {
  let make = model.examples()
  let batch = model.batch(
    sixteenSentences.enumerated().compactMap { number, text in
      make(
        Array(text.utf8), label: isTold ? number % 2 : nil, using: Random(seed: 0))
    })
  model.learn(batch, steps: 60)
  let before = model.parameters.map { $0.tensor.floats() }
  func bound(_ q: Posterior) throws -> Double {
    let losses = (0..<200).reduce(0.0) { sum, draw in
      let z = q.sample(using: Random(seed: 8).child(UInt64(draw)))
      return sum + model.reconstruction(batch, from: z).sum().item()
    }
    return try -losses / 200 - #require(q.divergences()).sum().item()
  }
  let q = model.posterior(batch)
  func refined(_ seed: UInt64) -> Posterior {
    model.refined(q, batch, PerTextInference(steps: 60), using: Random(seed: seed))
  }
  #expect(try bound(refined(5)) > bound(q) + 1)
  #expect(refined(5).mean.floats() == refined(5).mean.floats())
  #expect(refined(5).mean.floats() != refined(6).mean.floats())
  #expect(model.parameters.map { $0.tensor.floats() } == before)
}
