import Glibc
import SeqaeFiles
import SeqaeLayers
import SeqaeModels
import SeqaeRandom
import SeqaeTensors
import SeqaeText
import TestSupport
import Testing

private func dec(seed: UInt64, reconstruction: Float = 0) throws -> DEC {
  var configuration = DEC.Configuration(try latentSizes(size: 3), clusters: 2)
  configuration.refresh = 5
  configuration.reconstruction = reconstruction
  return try DEC(
    configuration, tokenizer: try sentenceTokenizer(),
    in: ParameterStore(.fresh(Random(seed: seed))))
}

private func parameter(_ model: DEC, _ name: String) throws -> Parameter {
  try #require(model.state.first { $0.name == name })
}

private func areClose(_ a: [Double], _ b: [Double], _ tolerance: Double = 1e-5) -> Bool {
  a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= tolerance * max(1, abs($1)) }
}

@Test func assignmentsAreStudentsT() {
  // Squared distances of (0, 0) are 1 and 3: 1/2 and 1/4, shares 2/3 and 1/3. Those of (1, 0): 0 and 8: 1 and 1/9.
  let z = Tensor([0, 0, 1, 0], [2, 2])
  let centres = Tensor([1, 0, -1, Float(2).squareRoot()], [2, 2])
  // (1 + 1)² + 2 = 6: 1/7.
  let expected = [2.0 / 3, 1.0 / 3, 7.0 / 8, 1.0 / 8]
  #expect(areClose(logAssignments(z, centres: centres).exp().doubles(), expected))
}

@Test func theTargetSharpensAndCountsLargeClustersLess() {
  // q² / f: 0.64/2, 0.04/0.5 of f = (2, 0.5): 0.32, 0.08, so 0.8, 0.2. And 0.25/2, 0.25/0.5: 0.2, 0.8.
  let q = Tensor([0.8, 0.2, 0.5, 0.5], [2, 2])
  let p = targetDistribution(q, sizes: Tensor([2, 0.5], [2])).doubles()
  #expect(areClose(p, [0.8, 0.2, 0.2, 0.8]))
  // Of equal sizes 0.64 and 0.04.
  let even = targetDistribution(q, sizes: Tensor([1, 1], [2])).doubles()
  #expect(areClose(even, [16.0 / 17, 1.0 / 17, 0.5, 0.5]))
}

@Test func theGradientOfTheAssignmentsIsThatOfDifferences() {
  let reference = ReferenceBackend()
  let z = Random(seed: 3).normals([5, 3], on: reference)
  let centres = Random(seed: 4).normals([4, 3], on: reference)
  let q = logAssignments(z, centres: centres).exp()
  let p = targetDistribution(q, sizes: q.mean(0).reshaped([4]))
  let mismatch = gradientMismatch(at: [z, centres]) {
    0 - (p * logAssignments($0[0], centres: $0[1])).sum()
  }
  #expect(mismatch == nil)
}

@Test func theCentresMoveAsThePaperSays() throws {
  // Xie et al. 2016, eq. 5 at α = 1: ∂L/∂μⱼ = −2 Σᵢ (1 + ‖zᵢ − μⱼ‖²)⁻¹ (pᵢⱼ − qᵢⱼ)(zᵢ − μⱼ), over B texts here.
  let model = try dec(seed: 3)
  let batch = model.batch(model.clean(sixteenSentences))
  let mu = [0.3, -0.2, 0.5, -0.4, 0.1, 0.2]
  model.start(centres: mu)
  let ids = sixteenSentences.map { model.tokenizer.encode($0).ids }
  let z = model.encode(ids).mean.doubles()
  var expected = [Double](repeating: 0, count: 6)
  for i in 0..<16 {
    let kernels = (0..<2).map { j in
      1 / (1 + (0..<3).reduce(0.0) { $0 + pow(z[3 * i + $1] - mu[3 * j + $1], 2) })
    }
    let q = kernels.map { $0 / (kernels[0] + kernels[1]) }
    let squares = q.map { $0 * $0 }  // sizes are equal at first
    for j in 0..<2 {
      let p = squares[j] / (squares[0] + squares[1])
      for d in 0..<3 {
        expected[3 * j + d] -= 2 * kernels[j] * (p - q[j]) * (z[3 * i + d] - mu[3 * j + d]) / 16
      }
    }
  }
  let objective = model.objectives(batch, .inference)[0]
  let (_, gradients) = withGradients { objective.loss() }
  let found = try #require(gradients[try parameter(model, "clusters.centres")]).doubles()
  #expect(areClose(found, expected))
}

@Test func sizesAreTakenAnewEverySoManySteps() throws {
  var model = try dec(seed: 3)
  let batch = model.batch(model.clean(sixteenSentences))
  model.reference = [batch]
  let z = model.posterior(batch).mean
  let expected = model.memberships(z).mean(0).doubles()
  let sizes = try parameter(model, "clusters.sizes")
  let mode = Mode.training(Random(seed: 1))
  _ = model.objectives(batch, mode, at: TrainingMoment(step: 3, fraction: 0))
  #expect(sizes.tensor.doubles() == [1, 1])
  _ = model.objectives(batch, mode, at: TrainingMoment(step: 6, fraction: 0))
  #expect(areClose(sizes.tensor.doubles(), expected))
}

@Test func theDecoderStaysUnlessReconstructionCounts() throws {
  func trained(_ model: DEC) -> Bool {
    model.parameters.contains { $0.name.hasPrefix("model.decoder.") }
  }
  #expect(try !trained(dec(seed: 1)))
  let improved = try dec(seed: 1, reconstruction: 0.1)
  #expect(trained(improved))
  let batch = improved.batch(improved.clean(sixteenSentences))
  let loss = improved.objectives(batch, .inference)[0].loss()
  #expect(loss.terms.map(\.name) == ["divergence", "reconstruction"])
  let z = improved.posterior(batch).mean
  let nats = improved.reconstruction(batch, from: z).sum().item()
  let expected = loss.terms[0].value + 0.1 * nats / Double(batch.tokens)
  #expect(abs(loss.total.item() - expected) < 1e-4)
}

@Test func trainingMakesClustersSurer() throws {
  var model = try dec(seed: 3)
  let batch = model.batch(model.clean(sixteenSentences))
  let z = model.posterior(batch).mean.doubles()
  model.start(centres: Array(z[0..<3] + z[9..<12]))
  model.reference = [batch]
  model.refreshSizes()
  let before = try #require(model.judgement(batch, using: Random(seed: 1)))
  model.learn(batch, steps: 60)
  let after = try #require(model.judgement(batch, using: Random(seed: 1)))
  #expect(before.name == "confidence")
  #expect(before.sum / 16 < 0.7)
  #expect(after.sum / 16 > 0.9)
}

@Test func aDECConfigurationComesBackFromItsFile() throws {
  var configuration = DEC.Configuration(try latentSizes(), clusters: 7)
  configuration.refresh = 33
  configuration.reconstruction = 0.5
  let json = configuration.json
  #expect(try DEC.Configuration(json: json, name: "config.json") == configuration)
}
