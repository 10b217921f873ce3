import Glibc
import SeqaeFiles
import SeqaeLayers
import SeqaeModels
import SeqaeRandom
import SeqaeTensors
import SeqaeText
import TestSupport
import Testing

private typealias Update = SequenceVQVAE.Configuration.Update

private func vqvae(
  seed: UInt64, _ update: Update, on backend: any Backend = CPUBackend.shared,
  sizes: LatentConfiguration? = nil, codes: Int = 16, slots: Int = 2, values: Int = 4,
  restart: Float = 0.03, delay: Double = 0
) throws -> SequenceVQVAE {
  var configuration = SequenceVQVAE.Configuration(
    try sizes ?? latentSizes(), slots: slots, values: values)
  configuration.codes = codes
  configuration.update = update
  configuration.restart = restart
  configuration.delay = delay
  return try SequenceVQVAE(
    configuration, tokenizer: try sentenceTokenizer(),
    in: ParameterStore(.fresh(Random(seed: seed)), on: backend))
}

private func sentenceIDs(_ model: some LatentModel) -> [[TokenID]] {
  sixteenSentences.map { model.tokenizer.encode($0).ids }
}

extension SequenceVQVAE {
  /// Puts the codebook at points of some texts, drawn at random.
  fileprivate func startCodebook(_ batch: ReconstructionBatch, seed: UInt64 = 1) {
    let (points, width) = (self.points(batch).floats(), configuration.values)
    var rows = Array(0..<points.count / width)
    Random(seed: seed).shuffle(&rows)
    startCodebook(
      at: (0..<configuration.codes).flatMap { code in
        let row = rows[code % rows.count]
        return points[row * width..<(row + 1) * width]
      })
  }
}

/// The parameters that a gradient is not zero for.
private func moved(_ model: SequenceVQVAE, _ loss: () -> Tensor) -> Set<String> {
  let (_, gradients) = withGradients { loss() }
  return Set(
    model.parameters.filter { parameter in
      gradients[parameter]?.doubles().contains { $0 != 0 } == true
    }.map(\.name))
}

@Test func theSecondTermReachesTheCodebookAloneAndTheThirdTheEncoderAlone() throws {
  let model = try vqvae(seed: 2, .gradient)
  let batch = model.batch(model.clean(sixteenSentences))
  let second = moved(model) { model.distances(batch, .inference).codebook ?? Tensor([0], [1]) }
  #expect(second == ["latent.codebook.weight"])
  let third = moved(model) { model.distances(batch, .inference).commitment }
  #expect(third.contains("latent.quantizer_proj.weight"))
  #expect(third.contains("model.encoder.layers.0.self_attn.v_proj.weight"))
  #expect(
    third.allSatisfy {
      $0.hasPrefix("model.encoder.") || $0 == "model.shared.weight" || $0.hasPrefix("latent.slot_")
        || $0.hasPrefix("latent.quantizer_proj.")
    }, "\(third)")
  // Both are of one size: ‖z_e − e‖².
  let (codebook, commitment) = model.distances(batch, .inference)
  #expect(codebook?.item() == commitment.item())
  #expect(try vqvae(seed: 2, .ema).distances(batch, .inference).codebook == nil)
}

@Test func theFirstTermReachesTheEncoderAsIfNothingWereQuantised() throws {
  // Straight through: dL/dz_e = dL/dz_q. The encoder moves though the commitment weighs nothing.
  let reference = ReferenceBackend()
  var configuration = SequenceVQVAE.Configuration(
    try latentSizes(width: 8), slots: 2, values: 3)
  (configuration.codes, configuration.commitment) = (6, 0)
  let model = try SequenceVQVAE(
    configuration, tokenizer: try sentenceTokenizer(),
    in: ParameterStore(.fresh(Random(seed: 4)), on: reference))
  let batch = model.batch(model.clean(["a dog", "晓"]))
  let names = moved(model) { model.objectives(batch, .training(Random(seed: 1)))[0].loss().total }
  #expect(names.contains("model.encoder.layers.0.self_attn.v_proj.weight"))
  #expect(names.contains("latent.memory_proj.weight"))
  #expect(names.contains { $0.hasPrefix("prior.") })
}

@Test func theGradientOfWhatIsSmoothIsThatOfDifferences() throws {
  // The decoder's, the prior's and, of the commitment, the encoder's: none of them moves what is nearest.
  let reference = ReferenceBackend()
  var sizes = try latentSizes(width: 8)
  sizes.transformer.feedForward = 12
  let model = try vqvae(
    seed: 4, .ema, on: reference, sizes: sizes, codes: 6, slots: 2, values: 3)
  let batch = model.batch(model.clean(["a dog", "two dogs run", "晓"]))
  func isOf(_ prefixes: [String], _ parameter: Parameter) -> Bool {
    // A constant added to every key changes no softmax.
    prefixes.contains { parameter.name.hasPrefix($0) } && !parameter.name.hasSuffix("k_proj.bias")
  }
  let ahead = model.parameters.filter {
    isOf(["model.decoder", "latent.memory", "latent.embed", "final", "prior"], $0)
  }
  #expect(ahead.count > 30)
  let wholeLoss = gradientMismatch(ahead, tolerance: 1e-6) {
    model.objectives(batch, .training(Random(seed: 7)))[0].loss().total
  }
  #expect(wholeLoss == nil)
  let behind = model.parameters.filter {
    isOf(["model.encoder", "latent.slot", "latent.quantizer"], $0)
  }
  let commitment = gradientMismatch(behind, tolerance: 1e-6) {
    model.distances(batch, .training(Random(seed: 7))).commitment
  }
  #expect(commitment == nil)
}

@Test func averagesTakeUpWhatFallsToEachCode() throws {
  let model = try vqvae(seed: 2, .ema, codes: 4)
  let batch = model.batch(model.clean(sixteenSentences))
  model.startCodebook(batch)
  let before = Dictionary(
    uniqueKeysWithValues: model.state.map { ($0.name, $0.tensor.floats()) })
  let indices = model.indices(of: sentenceIDs(model)).flatMap { $0 }
  let loss = model.objectives(batch, .training(Random(seed: 3)))[0].loss()
  // A pass that only looks leaves no trace.
  for parameter in model.state { #expect(parameter.tensor.floats() == before[parameter.name]) }
  loss.statistics.absorb()
  let counts = try #require(model.state.first { $0.name == "latent.codebook.cluster_size" })
  for code in 0..<4 {
    // N ← 0.99 · 1 + 0.01 · n.
    let expected = 0.99 + 0.01 * Float(indices.count { $0 == code })
    #expect(abs(counts.tensor.floats()[code] - expected) < 1e-5)
  }
  #expect(!model.parameters.contains { $0.name.hasPrefix("latent.codebook") })
}

@Test func aCodebookCanBeginWhereThePointsAre() throws {
  let model = try vqvae(seed: 2, .gradient, codes: 16)
  let batch = model.batch(model.clean(sixteenSentences))
  let before = model.distances(batch, .inference).commitment.item()
  model.startCodebook(batch)
  let after = model.distances(batch, .inference).commitment.item()
  #expect(after < 0.3 * before)
  #expect(Set(model.indices(of: sentenceIDs(model)).flatMap { $0 }).count > 8)
}

@Test func aDelayedCodebookIsReadOnceItsTimeHasCome() throws {
  let model = try vqvae(seed: 2, .ema, codes: 8, delay: 0.5)
  let batch = model.batch(model.clean(sixteenSentences))
  model.startCodebook(batch)
  func loss(at fraction: Double) -> (reconstruction: Double, total: Double) {
    let moment = TrainingMoment(step: 1, fraction: fraction)
    let loss = model.objectives(batch, .inference, at: moment)[0].loss()
    return (loss.terms.first { $0.name == "reconstruction" }?.value ?? 0, loss.total.item())
  }
  let (before, after) = (loss(at: 0.25), loss(at: 0.75))
  #expect(before.reconstruction != after.reconstruction)
  // Elsewhere the codebook is another one to the decoder, and to the distances: not while it isn't read.
  model.startCodebook(at: [Float](repeating: 3, count: 8 * model.configuration.values))
  let moved = (loss(at: 0.25), loss(at: 0.75))
  #expect(moved.0.reconstruction == before.reconstruction)
  #expect(moved.1.reconstruction != after.reconstruction)
  #expect(moved.1.total > after.total)
  // Without a moment it is that of the end.
  #expect(model.objectives(batch, .inference)[0].loss().total.item() == moved.1.total)
}

/// A code that nothing falls to is dead once its average is below that share of the mean use, 16 · 2 / 8.
@Test(
  arguments: [(0.001, 0.03, true), (0.5, 0.03, false), (0.5, 0.2, true)] as [(Float, Float, Bool)])
func aDeadCodeIsPutWhereThePointsAre(_ count: Float, _ restart: Float, _ isDead: Bool) throws {
  let model = try vqvae(seed: 2, .ema, codes: 8, restart: restart)
  let batch = model.batch(model.clean(sixteenSentences))
  model.startCodebook(batch)
  let sums = try #require(model.state.first { $0.name == "latent.codebook.embed_avg" })
  let counts = try #require(model.state.first { $0.name == "latent.codebook.cluster_size" })
  // Code 5 lies far away, and nothing has fallen to it for long.
  func set(_ parameter: Parameter, _ row: Int, _ value: Float) {
    var values = parameter.tensor.floats()
    let width = values.count / 8
    for place in 0..<width { values[row * width + place] = value }
    parameter.update { $0 = Tensor(values, parameter.shape) }
  }
  set(sums, 5, 100 * count)
  set(counts, 5, count)
  #expect(!model.indices(of: sentenceIDs(model)).joined().contains(5))
  model.objectives(batch, .training(Random(seed: 3)))[0].loss().statistics.absorb()
  #expect(abs(counts.tensor.floats()[5] - (isDead ? 4 : 0.99 * count)) < 1e-3)
  #expect(model.indices(of: sentenceIDs(model)).joined().contains(5) == isDead)
}

@Test(arguments: [Update.ema, .gradient])
fileprivate func aVQVAELearnsSentencesByHeart(_ update: Update) throws {
  let model = try vqvae(seed: 3, update, codes: 32, slots: 3, values: 8)
  let batch = model.batch(model.clean(sixteenSentences))
  model.startCodebook(batch)
  var optimizer = AdamW()
  for step in 0..<500 {
    let objective = model.objectives(batch, .training(Random(seed: UInt64(step))))[0]
    let (loss, gradients) = withGradients { objective.loss() }
    _ = optimizer.step(objective.parameters, gradients, rate: 3e-3, maximumNorm: 1)
    loss.statistics.absorb()
  }
  let z = model.posterior(batch).mean
  #expect(model.reconstruction(batch, from: z).sum().item() / Double(batch.tokens) < 0.05)
  #expect(model.reconstructions(of: sixteenSentences) == sixteenSentences)
  #expect(Set(model.indices(of: sentenceIDs(model))).count == 16)
  // The prior knows sixteen sequences of codes: it can't know less than log 16 of each in the mean.
  let prior = model.priorLosses(batch).sum().item() / 16
  #expect(prior < log(16) + 1)
  // What is drawn are sentences that it knows, most of the time.
  let random = (0..<20).map { Random(seed: 5).child(UInt64($0)) }
  let drawn = model.write(try #require(model.draw(random, labels: []))).map {
    String(decoding: model.tokenizer.decode($0), as: UTF8.self)
  }
  #expect(drawn.count { sixteenSentences.contains($0) } > 10)
}

@Test func vectorsBetweenCodesAreTakenForTheNearestOnes() throws {
  let model = try vqvae(seed: 2, .ema)
  let ids = sentenceIDs(model)
  let codes = model.codes(of: ids)
  #expect(model.nearest(codes) == codes)
  let near = codes.map { LatentCode($0.vector.map { $0 + 1e-3 }) }
  #expect(model.nearest(near) == codes)
}

@Test func aVQVAEsConfigurationComesBackFromItsFile() throws {
  var configuration = SequenceVQVAE.Configuration(try latentSizes(), slots: 3, values: 5)
  configuration.codes = 77
  configuration.update = .gradient
  configuration.commitment = 0.5
  (configuration.decay, configuration.restart, configuration.delay) = (0.875, 0.25, 0.3)
  let json = configuration.json
  #expect(json["latent_size"] == 15)
  #expect(try SequenceVQVAE.Configuration(json: json, name: "config.json") == configuration)
  var changed = try #require(json.objectValue)
  changed["slots"] = 4
  let failure = #expect(throws: Failure.self) {
    try SequenceVQVAE.Configuration(json: .object(changed), name: "config.json")
  }
  #expect(failure?.message.contains("slots") == true)
}
