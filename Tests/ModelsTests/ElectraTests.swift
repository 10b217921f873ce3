import SeqaeFiles
import SeqaeLayers
import SeqaeModels
import SeqaeRandom
import SeqaeTensors
import SeqaeText
import TestSupport
import Testing

/// A tokenizer of bytes and the most frequent characters of `text`.
private func tokenizer(_ text: String, size: Int) throws -> Tokenizer {
  var trainer = CharacterTrainer()
  trainer.count(Array(text.utf8))
  return try Tokenizer(characters: try trainer.vocabulary(size: size))
}

/// The tiny ELECTRA of Tests/Fixtures/models/electra.
private struct TinyElectra {
  let electra: Electra
  let batch: Electra.Batch
  let replacements: [TokenID]
  let reference: Fixture
  let tolerance: Tolerance

  init(on backend: any Backend) throws {
    let folder = "models/electra"
    let configuration = try Electra.Configuration(
      json: try JSON.read(Fixture.path("\(folder)/config.json")), name: "config.json")
    let checkpoint = try Checkpoint(Fixture.path("\(folder)/model.safetensors"))
    electra = try Electra(
      configuration, tokenizer: try tokenizer("一二三", size: 360),
      in: ParameterStore(.checkpoint(checkpoint), on: backend))
    reference = try Fixture("\(folder)/reference.safetensors")
    let (ids, mask) = (try reference("input_ids"), try reference("attention_mask").values)
    let masked = try reference("masked").values.map { Int($0) }
    let places = stride(from: 0, to: masked.count, by: 2).map { (masked[$0], masked[$0 + 1]) }
    let width = ids.shape[1]
    let hidden = try electra.tokenizer.id(of: .mask)
    batch = electra.batch(
      (0..<ids.shape[0]).map { row in
        let real = (0..<width).filter { mask[row * width + $0] == 1 }
        let text = real.map { TokenID(ids.values[row * width + $0]) }
        let isMasked = real.map { column in places.contains { $0 == (row, column) } }
        return Electra.Example(
          ids: text, masked: zip(text, isMasked).map { $1 ? hidden : $0 }, isMasked: isMasked)
      })
    replacements = try reference("replacements").values.map { TokenID($0) }
    tolerance =
      backend.real == .float64
      ? Tolerance(absolute: 3e-7, relative: 3e-7) : Tolerance(absolute: 2e-5, relative: 2e-4)
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

@Test(arguments: [0, 1])
func bothLossesAndEveryGradientEqualPyTorch(_ index: Int) throws {
  let tiny = try TinyElectra(on: backends[index])
  let electra = tiny.electra
  try tiny.check(electra.generatorLogits(tiny.batch, .inference), "generator_logits")
  #expect(
    tiny.batch.corrupted(by: tiny.replacements).isReplaced.map { $0 ? 1 : 0 }
      == (try tiny.reference("labels").values))
  let (loss, gradients) = withGradients {
    let generator = electra.generatorLoss(
      tiny.batch, electra.generatorLogits(tiny.batch, .inference))
    let discriminator = electra.discriminatorLoss(
      tiny.batch, replacements: tiny.replacements, .inference)
    return generator + discriminator * electra.configuration.weight
  }
  try tiny.check(loss, "loss")
  try tiny.check(
    electra.discriminatorLoss(tiny.batch, replacements: tiny.replacements, .inference),
    "discriminator_loss")
  for parameter in electra.parameters {
    let gradient = try #require(gradients[parameter], "\(parameter.name) has no gradient")
    try tiny.check(gradient, "grad.\(parameter.name)")
  }
  let expected = tiny.reference.tensors.keys.filter { $0.hasPrefix("grad.") }.count
  #expect(electra.parameters.count == expected && expected > 60)
}

@Test func noGradientOfTheDiscriminatorsLossReachesTheGeneratorsOwnWeights() throws {
  let tiny = try TinyElectra(on: CPUBackend.shared)
  let electra = tiny.electra
  let (_, discriminating) = withGradients {
    electra.discriminatorLoss(tiny.batch, replacements: tiny.replacements, .inference)
  }
  let (_, generating) = withGradients {
    electra.generatorLoss(tiny.batch, electra.generatorLogits(tiny.batch, .inference))
  }
  // The model's own objective, whose replacements come out of the generator it trains.
  let objective = try #require(electra.objectives(tiny.batch, .training(Random(seed: 3))).first)
  let (_, both) = withGradients { objective.loss() }
  for parameter in electra.parameters {
    if parameter.name.hasPrefix("generator") {
      #expect(discriminating[parameter] == nil, "\(parameter.name)")
      let (alone, together) = (
        try #require(generating[parameter]), try #require(both[parameter])
      )
      #expect(alone.doubles() == together.doubles(), "\(parameter.name)")
    } else {
      #expect(discriminating[parameter] != nil, "\(parameter.name)")
    }
  }
  // Only the embeddings, that is their tables and norm, are learnt from both.
  let shared = electra.parameters.filter {
    generating[$0] != nil && discriminating[$0] != nil
  }.map(\.name)
  #expect(
    shared == [
      "model.shared.weight", "model.encoder.embed_positions.weight",
      "model.encoder.layernorm_embedding.weight", "model.encoder.layernorm_embedding.bias",
    ])
}

/// A small model of random weights over a few characters.
private func model(
  seed: UInt64 = 1, positions: Int = 64, _ change: (inout Electra.Configuration) -> Void = { _ in }
) throws -> Electra {
  let tokenizer = try tokenizer("今天天气很好我们去公园散步吧 the cat sat on a mat", size: 400)
  var configuration = try Electra.Configuration(for: tokenizer)
  configuration.encoder.width = 16
  configuration.encoder.heads = 2
  configuration.encoder.feedForward = 32
  configuration.encoder.encoderLayers = 2
  configuration.encoder.maximumPositions = positions
  configuration.encoder.dropout = 0
  configuration.generatorWidth = 8
  configuration.generatorHeads = 1
  configuration.generatorLayers = 1
  change(&configuration)
  return try Electra(
    configuration, tokenizer: tokenizer, in: ParameterStore(.fresh(Random(seed: seed))))
}

private let texts = ["今天天气很好", "我们去公园散步吧", "the cat sat on a mat", "好", "𠮷 cat 🎂"].map {
  Array($0.utf8)
}

@Test func aReplacementThatIsTheTokenItselfIsAnOriginal() throws {
  let electra = try model()
  let examples = electra.examples(masking: try MaskNoise(rate: 0.5, tokenizer: electra.tokenizer))
  let random = Random(seed: 5)
  let made = try texts.map { try #require(examples($0, using: random)) }
  let batch = electra.batch(made)
  let originals = made.flatMap { example in
    zip(example.ids, example.isMasked).filter(\.1).map(\.0)
  }
  #expect(!batch.corrupted(by: originals).isReplaced.contains(true))
  // Each second one another token.
  let other = originals.enumerated().map {
    $0 % 2 == 0 ? ($1 + 1) % TokenID(electra.tokenizer.vocabulary.count) : $1
  }
  let (source, isReplaced) = batch.corrupted(by: other)
  #expect(isReplaced.count == batch.tokens)
  #expect(isReplaced.count { $0 } == (originals.count + 1) / 2)
  var flat = isReplaced.makeIterator()
  let ids = source.ids.integers()
  let width = ids.count / made.count
  for (row, example) in made.enumerated() {
    for (column, id) in example.ids.enumerated() {
      #expect(flat.next() == (ids[row * width + column] != id))
      if !example.isMasked[column] { #expect(ids[row * width + column] == id) }
    }
    #expect(example.ids.last == electra.configuration.encoder.end && example.isMasked.last == false)
  }
}

@Test func aBatchWithoutMasksHasALossToo() throws {
  let electra = try model()
  let examples = electra.examples(masking: try MaskNoise(rate: 0, tokenizer: electra.tokenizer))
  let batch = electra.batch([try #require(examples(texts[0], using: Random(seed: 1)))])
  let loss = try #require(electra.objectives(batch, .inference).first).loss()
  #expect(loss.terms.map(\.name) == ["discriminator"])
  #expect(loss.total.item() > 0)
}

@Test func eachCodePointHasASuspicionWhateverStandsBeside() throws {
  let electra = try model()
  let together = electra.suspicions(of: texts + [[]], precision: .float32)
  #expect(
    together.map(\.count) == texts.map { String(decoding: $0, as: UTF8.self).unicodeScalars.count }
      + [0])
  #expect(together.joined().allSatisfy { $0 > 0 && $0 < 1 })
  for (text, scores) in zip(texts, together) {
    let alone = electra.suspicions(of: [text], precision: .float32)[0]
    #expect(zip(alone, scores).allSatisfy { abs($0 - $1) < 1e-5 })
  }
}

@Test func aCharacterOfSeveralTokensHasTheSuspicionOfTheLikeliest() throws {
  let electra = try model(positions: 16)
  // Bytes of 4 tokens each; the model has 16 positions.
  let text = Array("𠮷今𠮸天𠮹气𠮺很".utf8)
  let scores = electra.suspicions(of: [text], precision: .float32)[0]
  #expect(scores.count == 8 && scores.allSatisfy { $0 > 0 })
  let long = Array(String(repeating: "今天天气很好。", count: 900).utf8)
  #expect(electra.suspicions(of: [long], precision: .float32)[0].count == 6300)
}

@Test func replacementsAreCharactersAtTheRateAndTheSameEachTime() throws {
  let electra = try model()
  let replacer = try ElectraReplacer(electra, rate: 0.4)
  let lines = (0..<40).flatMap { _ in texts }
  let replaced = replacer(lines, using: Random(seed: 2))
  #expect(replaced == replacer(lines, using: Random(seed: 2)))
  #expect(replaced != replacer(lines, using: Random(seed: 3)))
  #expect(try ElectraReplacer(electra, rate: 0)(lines, using: Random(seed: 2)) == lines)
  var (changed, characters) = (0, 0)
  for (old, new) in zip(lines, replaced) {
    #expect(UTF8Validation.firstInvalid(in: new) == nil)
    let before = Array(String(decoding: old, as: UTF8.self).unicodeScalars)
    let after = Array(String(decoding: new, as: UTF8.self).unicodeScalars)
    try #require(before.count == after.count)
    for (a, b) in zip(before, after) {
      characters += 1
      if a != b { changed += 1 }
      // What the vocabulary has not, nobody can replace.
      if a == "𠮷" || a == "🎂" { #expect(a == b) }
    }
  }
  // Of 0.4 masked, a good part become one of the characters among the tokens, and few the same one.
  let share = Double(changed) / Double(characters)
  #expect(share > 0.01 && share < 0.4)
}

@Test func aConfigurationIsWrittenOutAndReadBack() throws {
  let configuration = try model { $0.weight = 7 }.configuration
  let json = configuration.json
  var again = try Electra.Configuration(json: json, name: "c")
  again.encoder.decoderStart = configuration.encoder.decoderStart
  #expect(again == configuration)
  for (key, value) in [
    ("model_type", JSON("mbart")), ("seqae_format", .integer(99)), ("hidden_size", .integer(15)),
    ("hidden_size", .integer(1 << 40)), ("generator_hidden_size", .integer(-1)),
    ("num_hidden_layers", .integer(1_000_000)), ("vocab_size", .null),
    ("generator_num_attention_heads", .integer(3)), ("hidden_dropout_prob", .number(1)),
  ] as [(ByteString, JSON)] {
    var object = try #require(json.objectValue)
    object[key] = value
    let failure = #expect(throws: Failure.self) {
      try Electra.Configuration(json: .object(object), name: "c.json")
    }
    #expect(failure?.kind == .data)
    #expect(failure?.message.hasPrefix("c.json: ") == true)
  }
}
