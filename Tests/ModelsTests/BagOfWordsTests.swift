import Glibc
import SeqaeFiles
import SeqaeLayers
import SeqaeModels
import SeqaeRandom
import SeqaeTensors
import TestSupport
import Testing

/// A tiny autoencoder of bags of words against PyTorch's in Tests/Fixtures/models/bow, in single precision on the CPU and in
/// double on the reference backend.
private struct TinyBags {
  let reference: Fixture
  let backend: any Backend
  let tolerance: Tolerance

  init(on backend: any Backend) throws {
    reference = try Fixture("models/bow/reference.safetensors")
    self.backend = backend
    tolerance =
      backend.real == .float64
      ? Tolerance(absolute: 1e-12, relative: 1e-12) : Tolerance(absolute: 1e-5, relative: 1e-4)
  }

  /// Without noise, which PyTorch would draw otherwise.
  func model(binary: Bool) throws -> BagOfWordsAutoencoder {
    var sizes = BagOfWordsAutoencoder.Configuration()
    (sizes.words, sizes.hidden, sizes.code) = (7, [5, 4], 3)
    sizes.activation = binary ? .sigmoid : .gelu
    sizes.bitNoise = binary ? 0 : nil
    let checkpoint = try Checkpoint(Fixture.path("models/bow/model.safetensors"))
    return try BagOfWordsAutoencoder(
      sizes, in: ParameterStore(.checkpoint(checkpoint), on: backend))
  }

  func batch() throws -> BagOfWordsAutoencoder.Batch {
    BagOfWordsAutoencoder.Batch(
      inputs: try reference.tensor("counts", on: backend),
      shares: try reference.tensor("shares", on: backend))
  }

  func check(_ found: Tensor, _ name: String) throws {
    let wrong = mismatch(
      (found.shape, found.doubles()), try reference(name), within: tolerance)
    if let wrong { Issue.record("\(name): \(wrong)") }
  }
}

@Test(arguments: [false, true], [CPUBackend.shared as any Backend, ReferenceBackend()])
func bagsOfWordsAreLearntAsByPyTorch(_ binary: Bool, _ backend: any Backend) throws {
  let tiny = try TinyBags(on: backend)
  let (model, batch) = (try tiny.model(binary: binary), try tiny.batch())
  let name = binary ? "binary" : "real"
  let mode = Mode.training(Random(seed: 1))
  let code = model.encode(batch.inputs)
  try tiny.check(code, "\(name).code")
  try tiny.check(model.logProbabilities(model.code(code, mode)), "\(name).log_probabilities")
  try tiny.check(model.losses(batch, mode), "\(name).losses")
  let (loss, gradients) = withGradients { model.objectives(batch, mode)[0].loss() }
  try tiny.check(loss.total, "\(name).loss")
  #expect(model.parameters.count == 12)
  for parameter in model.parameters {
    try tiny.check(try #require(gradients[parameter]), "\(name).grad.\(parameter.name)")
  }
}

private func fresh(
  words: Int, _ hidden: [Int] = [], code: Int, noise: Float? = nil
) throws -> BagOfWordsAutoencoder {
  var sizes = BagOfWordsAutoencoder.Configuration()
  (sizes.words, sizes.hidden, sizes.code, sizes.bitNoise) = (words, hidden, code, noise)
  return try BagOfWordsAutoencoder(sizes, in: ParameterStore(.fresh(Random(seed: 5))))
}

@Test func theLossIsThatOfAMultinomial() throws {
  // With all weights 0 each of the 4 words has the probability 1/4: ln 4, whatever the shares.
  let model = try fresh(words: 4, code: 2)
  for parameter in model.parameters {
    parameter.update { $0 = Tensor([Float](repeating: 0, count: $0.shape.count), $0.shape) }
  }
  let bags = [
    WordBag(words: [0, 3], counts: [3, 1], inputs: [3, 1]),
    WordBag(words: [2], counts: [5], inputs: [5]),
  ]
  let even = model.losses(model.batch(bags), .inference).doubles()
  #expect(even.allSatisfy { abs($0 - log(4)) < 1e-6 })
  // With a bias of ln (1, 2, 3, 4) of the decoder p̂ = 0.1 … 0.4: −3/4 ln 0.1 − 1/4 ln 0.4, and −ln 0.3.
  let bias = try #require(model.parameters.last { $0.name == "decoder.layers.0.bias" })
  bias.update { $0 = Tensor([1, 2, 3, 4].map { log(Float($0)) }, $0.shape) }
  let losses = model.losses(model.batch(bags), .inference).doubles()
  let expected = [-0.75 * log(0.1) - 0.25 * log(0.4), -log(0.3)]
  #expect(zip(losses, expected).allSatisfy { abs($0 - $1) < 1e-6 })
}

@Test func aBagHasSharesThatAddUpToOne() throws {
  let bag = WordBag(words: [4, 1, 2], counts: [1, 2, 5], inputs: [0.5, 1, 2])
  #expect(bag.shares == [0.125, 0.25, 0.625] && !bag.isEmpty)
  #expect(WordBag(words: [], counts: [], inputs: []).isEmpty)
  let batch = try fresh(words: 5, code: 1).batch([bag])
  #expect(batch.inputs.floats() == [0, 1, 2, 0, 0.5])
  #expect(batch.shares.floats() == [0, 0.25, 0.625, 0, 0.125])
}

@Test func noiseMakesCodesBits() throws {
  let model = try fresh(words: 12, [16], code: 4, noise: 4)
  // Twelve documents of a word each.
  let bags = (0..<12).map { WordBag(words: [$0], counts: [1], inputs: [3]) }
  let batch = model.batch(bags)
  /// The share of the code units that are within a tenth of 0 or 1 without noise.
  func decided() -> Double {
    let units = model.encode(batch.inputs).sigmoid().floats()
    return Double(units.filter { $0 < 0.1 || $0 > 0.9 }.count) / Double(units.count)
  }
  #expect(decided() < 0.5)
  var optimizer = AdamW()
  for step in 0..<400 {
    let mode = Mode.training(Random(seed: 1).child(UInt64(step)))
    let objective = model.objectives(batch, mode)[0]
    let (_, gradients) = withGradients { objective.loss() }
    _ = optimizer.step(objective.parameters, gradients, rate: 1e-2, maximumNorm: 1)
  }
  #expect(decided() > 0.9)
  // At inference the decoder reads bits alone.
  let code = model.code(model.encode(batch.inputs), .inference).floats()
  #expect(Set(code) == [0, 1])
  // Another draw is another code.
  let a = model.encode(batch.inputs)
  let first = model.code(a, .training(Random(seed: 1))).floats()
  #expect(first != model.code(a, .training(Random(seed: 2))).floats())
  #expect(first == model.code(a, .training(Random(seed: 1))).floats())
}

@Test func wordsAreHiddenFromTheEncoderInTrainingAlone() throws {
  var sizes = BagOfWordsAutoencoder.Configuration()
  (sizes.words, sizes.hidden, sizes.code) = (6, [], 2)
  func losses(_ dropout: Float, _ mode: Mode) throws -> [Float] {
    sizes.wordDropout = dropout
    let model = try BagOfWordsAutoencoder(sizes, in: ParameterStore(.fresh(Random(seed: 5))))
    let bags = (0..<6).map { WordBag(words: [$0], counts: [1], inputs: [3]) }
    return model.losses(model.batch(bags), mode).floats()
  }
  let whole = try losses(0, .inference)
  #expect(try losses(0.9, .inference) == whole)
  #expect(try losses(0.9, .training(Random(seed: 1))) != whole)
  #expect(try losses(0, .training(Random(seed: 1))) == whole)
}

@Test func aBagOfWordsConfigurationComesBackFromItsFile() throws {
  for noise in [nil, 0, 2.5] as [Float?] {
    var sizes = BagOfWordsAutoencoder.Configuration()
    (sizes.words, sizes.hidden, sizes.code, sizes.bitNoise) = (33, [7], 2, noise)
    (sizes.activation, sizes.wordDropout) = (.sigmoid, 0.25)
    let json = JSON.object(sizes.members)
    #expect(try BagOfWordsAutoencoder.Configuration(json: json, name: "config.json") == sizes)
  }
  for (key, value) in [
    ("words", 0), ("code", "x"), ("hidden", [0]), ("hidden", 3), ("activation", "step"),
    ("binary", 1), ("bit_noise", -1), ("word_dropout", 1),
  ] as [(ByteString, JSON)] {
    var members = BagOfWordsAutoencoder.Configuration().members
    members["binary"] = true
    members[key] = value
    let failure = #expect(throws: Failure.self) {
      try BagOfWordsAutoencoder.Configuration(json: .object(members), name: "config.json")
    }
    #expect(failure?.kind == .data && failure?.message.contains("config.json") == true, "\(key)")
  }
}
