import Glibc
import SeqaeFiles
import SeqaeLayers
import SeqaeModels
import SeqaeRandom
import SeqaeTensors
import SeqaeText
import TestSupport
import Testing

private func autoencoder(
  seed: UInt64, on backend: any Backend = CPUBackend.shared, sizes: LatentConfiguration? = nil,
  _ change: (inout SentenceAutoencoder.Configuration) -> Void = { _ in }
) throws -> SentenceAutoencoder {
  var configuration = SentenceAutoencoder.Configuration(try sizes ?? latentSizes())
  change(&configuration)
  return try SentenceAutoencoder(
    configuration, tokenizer: try sentenceTokenizer(),
    in: ParameterStore(.fresh(Random(seed: seed)), on: backend))
}

private func terms(_ model: SentenceAutoencoder, _ batch: ReconstructionBatch) -> [String: Double] {
  let loss = model.objectives(batch, .training(Random(seed: 7)))[0].loss()
  return Dictionary(uniqueKeysWithValues: loss.terms.map { ($0.name, $0.value) })
}

@Test func anAutoencoderLearnsSentencesByHeart() throws {
  let model = try autoencoder(seed: 3)
  let batch = model.batch(model.clean(sixteenSentences))
  model.learn(batch, steps: 250)
  let z = model.encode(sixteenSentences.map { model.tokenizer.encode($0).ids }).mean
  #expect(model.reconstruction(batch, from: z).sum().item() / Double(batch.tokens) < 0.05)
  #expect(model.reconstructions(of: sixteenSentences) == sixteenSentences)
}

@Test func sparsityIsWhatItsFormulaSays() throws {
  let l1 = try autoencoder(seed: 2) { $0.sparsity = .l1 }
  let batch = l1.batch(l1.clean(sixteenSentences))
  let ids = sixteenSentences.map { l1.tokenizer.encode($0).ids }
  let z = l1.encode(ids).mean.doubles()
  #expect(
    abs(try #require(terms(l1, batch)["sparsity"]) - z.reduce(0) { $0 + abs($1) } / 16) < 1e-4)
  let kl = try autoencoder(seed: 2) { $0.sparsity = .kl }
  let values = kl.encode(ids).mean.doubles()
  // The same weights: the code of the one is the other's, squashed.
  #expect(zip(values, z).allSatisfy { abs($0 - 1 / (1 + exp(-$1))) < 1e-5 })
  let (size, rho) = (kl.size, 0.05)
  let expected = (0..<size).reduce(0.0) { sum, j in
    let mean = (0..<16).reduce(0) { $0 + values[$1 * size + j] } / 16
    return sum + rho * log(rho / mean) + (1 - rho) * log((1 - rho) / (1 - mean))
  }
  #expect(abs(try #require(terms(kl, batch)["sparsity"]) - expected) < 1e-4 * expected)
}

@Test func contractionIsTheSquareOfASlope() throws {
  // A code that is twice as large changes twice as much: four times the square.
  let model = try autoencoder(seed: 2) { $0.contraction = 0.1 }
  let batch = model.batch(model.clean(sixteenSentences))
  let plain = try autoencoder(seed: 2)
  let once = try #require(terms(model, batch)["contraction"])
  #expect(once > 0)
  for parameter in model.parameters where parameter.name.hasPrefix("latent.mean") {
    parameter.update { $0 = $0 * 2 }
  }
  let twice = try #require(terms(model, batch)["contraction"])
  #expect(abs(twice / once - 4) < 1e-2)
  #expect(terms(plain, batch)["contraction"] == nil)
}

@Test func theGradientOfEveryPenaltyIsThatOfDifferences() throws {
  let reference = ReferenceBackend()
  for sparsity in SentenceAutoencoder.Configuration.Sparsity.allCases {
    var sizes = try latentSizes(width: 8, size: 3, positions: 16)
    sizes.transformer.feedForward = 12
    let model = try autoencoder(seed: 4, on: reference, sizes: sizes) {
      $0.sparsity = sparsity
      $0.sparsityWeight = 0.5
      $0.contraction = 0.2
    }
    let batch = model.batch(model.clean(["a dog", "two dogs run", "晓"]))
    // A constant added to every key changes no softmax.
    let parameters = model.parameters.filter { !$0.name.hasSuffix("k_proj.bias") }
    let mismatch = gradientMismatch(parameters, tolerance: 1e-5) {
      model.objectives(batch, .training(Random(seed: 7)))[0].loss().total
    }
    #expect(mismatch == nil)
  }
}

@Test func anAutoencodersConfigurationComesBackFromItsFile() throws {
  var configuration = SentenceAutoencoder.Configuration(try latentSizes())
  configuration.sparsity = .kl
  configuration.sparsityWeight = 0.3
  configuration.activity = 0.1
  configuration.contraction = 0.01
  let read = try SentenceAutoencoder.Configuration(json: configuration.json, name: "config.json")
  #expect(read == configuration)
  #expect(try LatentKind(json: configuration.json, name: "config.json") == .autoencoder)
  let failure = #expect(throws: Failure.self) {
    try SentenceVAE.Configuration(json: configuration.json, name: "config.json")
  }
  #expect(failure?.message.contains("seqae_vae") == true)
}

@Test func aLongTextIsReadAsFarAsThereArePositions() throws {
  let model = try autoencoder(seed: 2)
  let long = [TokenID](repeating: 40, count: 100)
  let (cut, whole) = (model.encode([Array(long.prefix(model.longest))]), model.encode([long]))
  #expect(cut.mean.floats() == whole.mean.floats())
  let code = LatentCode([Float](repeating: 0.1, count: model.size))
  #expect(model.write([code])[0].count <= model.longest)
}
