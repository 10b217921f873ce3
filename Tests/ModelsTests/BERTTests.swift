import SeqaeFiles
import SeqaeLayers
import SeqaeModels
import SeqaeRandom
import SeqaeTensors
import SeqaeText
import TestSupport
import Testing

/// The tiny BERT of transformers in Tests/Fixtures/models/bert, in single precision on the CPU and in double on the
/// reference backend.
private struct TinyBERT {
  static let folder = "models/bert"

  let tokenizer: Tokenizer
  let reference: Fixture
  let backend: any Backend
  let tolerance: Tolerance

  init(on backend: any Backend = CPUBackend.shared) throws {
    tokenizer = try Tokenizer(readingJSON: Fixture.path("\(Self.folder)/tokenizer.json"))
    reference = try Fixture("\(Self.folder)/reference.safetensors")
    self.backend = backend
    // In double precision what remains are constants kept as floats, such as ε and 1/√E.
    tolerance =
      backend.real == .float64
      ? Tolerance(absolute: 2e-7, relative: 2e-7) : Tolerance(absolute: 1e-5, relative: 1e-4)
  }

  func sizes(_ pooling: Pooling) throws -> SentenceEncoder.Configuration {
    let path = Fixture.path("\(Self.folder)/config.json")
    var sizes = SentenceEncoder.Configuration(
      try BERTConfiguration(json: try JSON.read(path), name: "config.json"))
    sizes.pooling = pooling
    // What is compared is the loss without dropout.
    return sizes
  }

  func store(_ name: String) throws -> ParameterStore {
    ParameterStore(
      .checkpoint(try Checkpoint(Fixture.path("\(Self.folder)/\(name).safetensors"))), on: backend)
  }

  func encoder(_ pooling: Pooling) throws -> SentenceEncoder {
    try SentenceEncoder(try sizes(pooling), tokenizer: tokenizer, in: try store("model"))
  }

  func training(
    _ configuration: EmbedderTraining.Configuration, _ pooling: Pooling
  ) throws -> EmbedderTraining {
    try EmbedderTraining(
      configuration, encoder: try sizes(pooling), tokenizer: tokenizer,
      in: try store(configuration.objectives.contains { $0.kind == .tsdae } ? "tsdae" : "model"))
  }

  /// The texts of the reference without their padding.
  func rows(_ ids: String, _ mask: String) throws -> [[Int32]] {
    let (ids, mask) = (try reference(ids), try reference(mask).values)
    let width = ids.shape[1]
    return (0..<ids.shape[0]).map { row in
      (0..<width).filter { mask[row * width + $0] == 1 }.map { Int32(ids.values[row * width + $0]) }
    }
  }

  func clean() throws -> [[Int32]] { try rows("input_ids", "attention_mask") }

  /// The texts as examples: x̃ is the noisy text too.
  func examples() throws -> [EmbedderTraining.Example] {
    zip(try clean(), try rows("noisy_ids", "noisy_mask")).map { clean, noisy in
      EmbedderTraining.Example(text: [], clean: clean, noisy: noisy, deleted: noisy)
    }
  }

  func check(_ found: Tensor, _ name: String) throws {
    if let mismatch = mismatch(
      (found.shape, found.doubles()), try reference(name), within: tolerance)
    {
      Issue.record("\(name): \(mismatch)")
    }
  }
}

private let backends: [any Backend] = [CPUBackend.shared, ReferenceBackend()]
private let kinds: [(name: String, pooling: Pooling)] = [("contrast", .mean), ("tsdae", .cls)]

@Test(arguments: Pooling.allCases)
func pooledVectorsOfTextsSideBySideAreThoseOfTransformers(_ pooling: Pooling) throws {
  for backend in backends where backend.real == .float32 {
    let tiny = try TinyBERT(on: backend)
    let found = try tiny.encoder(pooling)(packed: try tiny.clean())
    try tiny.check(found, pooling.rawValue)
  }
}

@Test(arguments: [0, 1])
func statesOfAPaddedBatchAreThoseOfTransformers(_ index: Int) throws {
  let tiny = try TinyBERT(on: backends[index])
  let store = try tiny.store("model")
  let bert = try BERT(try tiny.sizes(.mean).bert, in: store.root)
  try store.finish()
  let rows = try tiny.clean()
  let states = bert(TokenBatch(rows, padding: 0, on: tiny.backend), .inference)
  let expected = try tiny.reference("last_hidden_state")
  let (length, width) = (expected.shape[1], expected.shape[2])
  #expect(states.shape == expected.shape)
  let found = states.doubles()
  // At padding states mean nothing.
  for (row, ids) in rows.enumerated() {
    let range = row * length * width..<(row * length + ids.count) * width
    let shape: Shape = [ids.count, width]
    let wrong = mismatch(
      (shape, Array(found[range])), (shape, Array(expected.values[range])),
      within: tiny.tolerance)
    #expect(wrong == nil, "text \(row)")
  }
}

@Test(arguments: [0, 1])
func lossesAndGradientsOfEmbeddersAreThoseOfPyTorch(_ index: Int) throws {
  let tiny = try TinyBERT(on: backends[index])
  for (name, pooling) in kinds {
    let kind = try #require(EmbedderTraining.Kind(rawValue: name))
    let model = try tiny.training(EmbedderTraining.Configuration(kind), pooling)
    let batch = model.batch(try tiny.examples())
    let (loss, gradients) = withGradients { model.objectives(batch, .inference)[0].loss() }
    try tiny.check(loss.total, "loss.\(name)")
    #expect(loss.terms.map(\.name) == [name])
    var compared = 0
    for parameter in model.parameters {
      let key = "grad.\(name).\(parameter.name)"
      guard tiny.reference.tensors[key] != nil else { continue }
      let gradient = try #require(gradients[parameter], "\(parameter.name) has no gradient")
      try tiny.check(gradient, key)
      compared += 1
    }
    let expected = tiny.reference.tensors.keys.filter { $0.hasPrefix("grad.\(name).") }.count
    #expect(compared == expected && expected > 30)
  }
}

@Test(arguments: EmbedderTraining.Likeness.allCases)
func distancesFromAnotherEmbeddersVectorsAreThoseOfPyTorch(
  _ likeness: EmbedderTraining.Likeness
) throws {
  let tiny = try TinyBERT()
  var configuration = EmbedderTraining.Configuration(.distillation)
  configuration.likeness = likeness
  let model = try tiny.training(configuration, .mean)
  let (shape, values) = try tiny.reference(
    likeness == .similarity ? "narrow_teacher" : "teacher")
  let teacher = (0..<shape[0]).map { row in
    values[row * shape[1]..<(row + 1) * shape[1]].map { Float($0) }
  }
  let batch = model.batch(try tiny.examples(), teacher: teacher)
  try tiny.check(model.objectives(batch, .inference)[0].loss().total, "loss.\(likeness.rawValue)")
}

@Test func twoObjectivesAreTheirWeightedSum() throws {
  let tiny = try TinyBERT()
  var configuration = EmbedderTraining.Configuration(.contrast)
  configuration.objectives.append((.simcse, 0.25))
  let model = try tiny.training(configuration, .mean)
  let loss = model.objectives(model.batch(try tiny.examples()), .inference)[0].loss()
  let parts = loss.terms.map(\.value)
  #expect(loss.terms.map(\.name) == ["contrast", "simcse"])
  #expect(abs(loss.total.item() - parts[0] - 0.25 * parts[1]) < 1e-5)
}

@Test func aTextTwiceInABatchIsNoNegativeOfItself() throws {
  let tiny = try TinyBERT()
  let model = try tiny.training(EmbedderTraining.Configuration(.contrast), .mean)
  let two = Array(try tiny.examples().prefix(2))
  func losses(_ examples: [EmbedderTraining.Example]) -> Double {
    model.objectives(model.batch(examples), .inference)[0].loss().total.item()
  }
  // Each row's loss counts the other text alone: once, and where that is there twice, twice.
  let (once, twice) = (losses(two), losses(two + two))
  #expect(twice >= once && twice <= once + 0.6932)
  // Three copies of one text have nothing to be told from.
  #expect(abs(losses([two[0], two[0], two[0]])) < 1e-6)
}

@Test func simCSENeedsDropoutToTellTheTwoVectorsApart() throws {
  let tiny = try TinyBERT()
  let model = try tiny.training(EmbedderTraining.Configuration(.simcse), .cls)
  let batch = model.batch(try tiny.examples())
  func loss(_ mode: Mode) -> Double { model.objectives(batch, mode)[0].loss().total.item() }
  // Without dropout a vector's nearest one is itself, so that no other is as probable.
  #expect(loss(.inference) < loss(.training(Random(seed: 1))))
  #expect(loss(.training(Random(seed: 1))) == loss(.training(Random(seed: 1))))
}

// MARK: - Texts

@Test(arguments: Pooling.allCases)
func vectorsOfTextsAreThoseOfSentenceTransformers(_ pooling: Pooling) throws {
  let tiny = try TinyBERT()
  let encoder = try tiny.encoder(pooling)
  let file = try JSON.read(Fixture.path("\(TinyBERT.folder)/sentences.json"))
  let texts = try #require(file["texts"]?.arrayValue).compactMap(\.stringValue).map(\.bytes)
  let expected = try #require(
    file["vectors"]?[ByteString(pooling.rawValue)]?.arrayValue
  ).map { ($0.arrayValue ?? []).compactMap(\.doubleValue) }
  let found = encoder.embed(texts, normalized: false)
  #expect(found.count == 5)
  for (found, expected) in zip(found, expected) {
    let wrong = zip(found, expected).map { abs(Double($0) - $1) }.max() ?? 1
    #expect(wrong < 1e-5 && found.count == expected.count)
  }
  for vector in encoder.embed(texts) {
    #expect(abs(vector.reduce(0) { $0 + $1 * $1 } - 1) < 1e-5)
  }
}

@Test func aLongTextIsTheMeanOfItsSentencesByTheirTokens() throws {
  let tiny = try TinyBERT()
  let encoder = try tiny.encoder(.mean)
  let file = try JSON.read(Fixture.path("\(TinyBERT.folder)/sentences.json"))
  let text = try #require(file["long"]?.stringValue).bytes
  let ids = try #require(file["long_ids"]?.arrayValue).compactMap(\.intValue).map(TokenID.init)
  #expect(ids.count > tiny.tokenizer.encode("").count + 22)
  let pieces = encoder.reader(text)
  #expect(pieces.count > 1 && pieces.allSatisfy { $0.count <= 24 })
  // Nothing is lost, and each piece but the last ends with a sentence.
  #expect(pieces.flatMap { $0.dropFirst().dropLast() } == ids)
  let stop = try #require(tiny.tokenizer.vocabulary.id(of: "."))
  #expect(pieces.allSatisfy { $0[$0.count - 2] == stop })
  let vectors = encoder(packed: pieces).doubles()
  let total = Double(pieces.reduce(0) { $0 + $1.count })
  let found = encoder.embed([text], normalized: false)[0]
  for (index, value) in found.enumerated() {
    let sum = pieces.indices.reduce(0) {
      $0 + Double(pieces[$1].count) * vectors[$1 * 16 + index]
    }
    #expect(abs(Double(value) - sum / total) < 1e-5)
  }
}

@Test func aVectorDoesNotDependOnWhatItIsMadeBeside() throws {
  let encoder = try TinyBERT().encoder(.mean)
  let texts = (0..<200).map { Array("the dog \($0 % 7 == 0 ? "runs, a man eats" : "cat")".utf8) }
  let together = encoder.embed(texts)
  for index in [0, 1, 7, 199] {
    let alone = encoder.embed([texts[index]])[0]
    #expect(zip(alone, together[index]).allSatisfy { abs($0 - $1) < 1e-6 })
  }
}

@Test func aConfigurationThatIsNoneOfOursIsOneLine() throws {
  let path = Fixture.path("\(TinyBERT.folder)/config.json")
  let good = try #require(try JSON.read(path).objectValue)
  for (key, value) in [
    ("hidden_act", "relu"), ("position_embedding_type", "relative_key"),
    ("num_attention_heads", 3), ("pad_token_id", 10_000), ("type_vocab_size", 0),
    ("model_type", "roberta"), ("seqae_format", 99),
  ] as [(ByteString, JSON)] {
    var json = good
    json[key] = value
    let failure = #expect(throws: Failure.self) {
      try BERTConfiguration(json: .object(json), name: "config.json")
    }
    #expect(failure?.kind == .data, "\(key)")
  }
}

@Test func ofTwoTextsThatMeanTheSameEitherGetsTheNoise() throws {
  let tiny = try TinyBERT(on: CPUBackend.shared)
  let model = try tiny.training(.init(.contrast), .mean)
  let examples = model.examples()
  let (text, other) = (Array("the dog runs".utf8), Array("a cat".utf8))
  let ids = (tiny.tokenizer.encode(text).ids, tiny.tokenizer.encode(other).ids)
  #expect(ids.0 != ids.1)
  let around = model.encoder.reader.around
  var drawn = 0
  for seed in 0..<200 {
    let random = Random(seed: UInt64(seed))
    let example = try #require(examples(text, meantBy: other, using: random))
    #expect(example.text == text && example.clean == around(ids.0))
    let isOther = example.noisy == around(ids.1)
    #expect(isOther || example.noisy == around(ids.0))
    if isOther { drawn += 1 }
    let alone = try #require(examples(text, using: random))
    #expect(alone.noisy == alone.clean)
  }
  #expect((70...130).contains(drawn), "\(drawn) of 200")
}

@Test func anEncoderOfMoreTokensTakesTheVectorsOfTheFirst() throws {
  let tiny = try TinyBERT(on: CPUBackend.shared)
  let start = try Checkpoint(Fixture.path("\(TinyBERT.folder)/model.safetensors"))
  var sizes = try tiny.sizes(.mean)
  let tokens = sizes.bert.vocabularySize
  sizes.bert.vocabularySize += 3
  let model = try EmbedderTraining(
    .init(.contrast), encoder: sizes, tokenizer: tiny.tokenizer,
    in: ParameterStore(.fresh(Random(seed: 1))))
  func table(_ parameters: [Parameter]) throws -> [Float] {
    let name = "embeddings.word_embeddings.weight"
    return try #require(parameters.first { $0.name == name }).tensor.floats()
  }
  let fresh = try table(model.parameters)
  try model.takeEncoder(from: start, tokens: tokens)
  let taken = try table(model.parameters)
  let width = sizes.bert.width
  let old = try table(try tiny.encoder(.mean).parameters)
  #expect(Array(taken.prefix(tokens * width)) == old)
  #expect(taken.suffix(3 * width) == fresh.suffix(3 * width))
  // Fewer tokens than the table has would have to be cut.
  #expect(throws: Failure.self) { try model.takeEncoder(from: start, tokens: tokens + 3) }
}
