import Glibc
import SeqaeFiles
import SeqaeLayers
import SeqaeModels
import SeqaeRandom
import SeqaeTensors
import SeqaeText
import TestSupport
import Testing

/// π, μ and σ² of two clusters over two values.
private let (weights, means, variances) = (
  [0.3, 0.7], [1.0, -0.5, -1.0, 0.25], [0.5, 2, 1.5, 0.8]
)

private func values(_ x: [Double]) -> [Float] { x.map { Float($0) } }

private func vade(
  seed: UInt64, clusters: Int = 2, on backend: any Backend = CPUBackend.shared,
  sizes: LatentConfiguration? = nil
) throws -> VaDE {
  var configuration = VaDE.Configuration(try sizes ?? latentSizes(size: 2), clusters: clusters)
  configuration.beta = 0.5
  return try VaDE(
    configuration, tokenizer: try sentenceTokenizer(),
    in: ParameterStore(.fresh(Random(seed: seed)), on: backend))
}

/// log N(z; m, v) of a code.
private func logDensity(_ z: [Double], _ m: ArraySlice<Double>, _ v: ArraySlice<Double>) -> Double {
  zip(z, zip(m, v)).reduce(0) { sum, value in
    let (mean, variance) = value.1
    let d = value.0 - mean
    return sum - 0.5 * (log(2 * .pi * variance) + d * d / variance)
  }
}

/// log π_c + log N(z; μ_c, σ_c²) of each cluster.
private func logJoint(_ z: [Double]) -> [Double] {
  weights.indices.map { c in
    let range = c * 2..<c * 2 + 2
    return log(weights[c]) + logDensity(z, means[range], variances[range])
  }
}

private func logSum(_ x: [Double]) -> Double { log(x.reduce(0) { $0 + exp($1) }) }

@Test func responsibilitiesFollowBayesRule() throws {
  let model = try vade(seed: 2)
  model.start(weights: weights, means: means, variances: variances)
  let codes = [[0.2, -0.7], [-2, 1.5], [3, 0]]
  let z = Tensor(values(codes.flatMap { $0 }), [3, 2])
  let expected = codes.flatMap { code in
    logJoint(code).map { exp($0 - logSum(logJoint(code))) }
  }
  let found = model.memberships(z).doubles()
  #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-5 })
  let densities = zip(model.logPrior(z).doubles(), codes)
  #expect(densities.allSatisfy { abs($0 - logSum(logJoint($1))) < 1e-5 })
}

@Test func withOneStandardGaussianTheDivergenceIsThatOfAVAE() throws {
  let model = try vade(seed: 2, clusters: 1)
  let q = Posterior(
    mean: Tensor([1, 0, -2, 0.3], [2, 2]), logVariance: Tensor([0, 1.4, -2, 0.1], [2, 2]))
  let expected = try #require(q.divergences()).sum(1).doubles()
  for seed in 1...3 {
    // Whatever the draw is.
    let z = q.sample(using: Random(seed: UInt64(seed)))
    let found = try #require(model.divergence(q, at: z)).doubles()
    #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-5 })
  }
}

@Test func theDivergenceFromAMixtureIsTheMeanOfItsLogRatios() throws {
  // E_q Σ_c γ_c (log q(z) + log γ_c − log π_c − log N(z; μ_c, σ_c²)), γ fixed, from 200,000 draws.
  let model = try vade(seed: 2)
  model.start(weights: weights, means: means, variances: variances)
  let (mean, logVariance, place) = ([0.4, 0.1], [-0.9, 0.3], [0.2, -0.7])
  let joint = logJoint(place)
  let gamma = joint.map { exp($0 - logSum(joint)) }
  let random = Random(seed: 11)
  let count = 200_000
  var (sum, squares) = (0.0, 0.0)
  for _ in 0..<count {
    let z = zip(mean, logVariance).map { $0 + exp(0.5 * $1) * random.normal() }
    let own = logDensity(z, mean[...], logVariance.map { exp($0) }[...])
    let ratio = zip(gamma, logJoint(z)).reduce(0) { $0 + $1.0 * (own + log($1.0) - $1.1) }
    sum += ratio
    squares += ratio * ratio
  }
  let expected = sum / Double(count)
  let error = ((squares / Double(count) - expected * expected) / Double(count)).squareRoot()
  let q = Posterior(
    mean: Tensor(values(mean), [1, 2]), logVariance: Tensor(values(logVariance), [1, 2]))
  let found = try #require(model.divergence(q, at: Tensor(values(place), [1, 2]))).item()
  #expect(error < 0.01)
  #expect(abs(found - expected) < 4 * error)
}

@Test func theBoundLiesBelowAnEvidenceThatIsKnown() throws {
  // p(x | z) = N(w·z, s²): p(x) = Σ π_c N(x; w·μ_c, Σ wⱼ² σ_cj² + s²).
  let model = try vade(seed: 2)
  model.start(weights: weights, means: means, variances: variances)
  let (w, s2, x) = ([1.2, -0.5], 0.3, 0.8)
  let evidence = logSum(
    weights.indices.map { c in
      let m = w[0] * means[2 * c] + w[1] * means[2 * c + 1]
      let v = w[0] * w[0] * variances[2 * c] + w[1] * w[1] * variances[2 * c + 1] + s2
      return log(weights[c]) - 0.5 * (log(2 * .pi * v) + (x - m) * (x - m) / v)
    })
  let (mean, variance) = ([0.5, -0.2], [0.3, 0.8])
  let count = 2000
  func rows(_ row: [Double]) -> Tensor {
    Tensor((0..<count).flatMap { _ in values(row) }, [count, 2])
  }
  let q = Posterior(mean: rows(mean), logVariance: rows(variance.map { log($0) }))
  let kl = try #require(model.divergence(q, at: q.sample(using: Random(seed: 3)))).mean().item()
  let residual = x - w[0] * mean[0] - w[1] * mean[1]
  let square = residual * residual + w[0] * w[0] * variance[0] + w[1] * w[1] * variance[1]
  let bound = -0.5 * (log(2 * .pi * s2) + square / s2) - kl
  #expect(bound < evidence)
  #expect(bound > evidence - 1.5)
}

@Test func theGradientOfTheClusteredBoundIsThatOfDifferences() throws {
  var sizes = try latentSizes(width: 8, size: 2, positions: 16)
  sizes.transformer.feedForward = 12
  let model = try vade(seed: 4, on: ReferenceBackend(), sizes: sizes)
  model.start(weights: weights, means: means, variances: variances)
  let batch = model.batch(model.clean(["a dog", "two dogs run", "晓"]))
  // A constant added to every key changes no softmax.
  let parameters = model.parameters.filter { !$0.name.hasSuffix("k_proj.bias") }
  let mismatch = gradientMismatch(parameters, tolerance: 1e-6) {
    model.objectives(batch, .training(Random(seed: 7)))[0].loss().total
  }
  #expect(mismatch == nil)
}

@Test func drawsAreThoseOfTheMixture() throws {
  let model = try vade(seed: 2)
  model.start(weights: weights, means: [10, -0.5, -10, 0.25], variances: variances)
  let count = 4000
  let random = (0..<count).map { Random(seed: 5).child(UInt64($0)) }
  let codes = try #require(model.draw(random, labels: [])).map(\.vector)
  let first = codes.filter { $0[0] > 0 }
  // Deviations of a share and of a mean, 4 of them.
  #expect(abs(Double(first.count) / Double(count) - 0.3) < 4 * (0.21 / Double(count)).squareRoot())
  for (place, mean) in [10, -0.5].enumerated() {
    let found = first.reduce(0) { $0 + Double($1[place]) } / Double(first.count)
    #expect(abs(found - mean) < 4 * (variances[place] / Double(first.count)).squareRoot())
  }
}

@Test func aClusteredConfigurationComesBackFromItsFile() throws {
  var configuration = VaDE.Configuration(try latentSizes(), clusters: 7)
  configuration.beta = 0.25
  let json = configuration.json
  #expect(try VaDE.Configuration(json: json, name: "config.json") == configuration)
  var changed = try #require(json.objectValue)
  changed["clusters"] = 0
  let failure = #expect(throws: Failure.self) {
    try VaDE.Configuration(json: .object(changed), name: "config.json")
  }
  #expect(failure?.kind == .data)
  #expect(failure?.message.contains("clusters") == true)
}
