import SeqaeFiles
import SeqaeLayers
import SeqaeModels
import SeqaeRandom
import SeqaeTensors
import SeqaeText
import TestSupport
import Testing

private let sentences = [
  "今天天气很好", "我们去公园散步吧", "中国的首都是北京", "他说：「谢谢你。」", "she sells sea shells",
  "hello world", "the cat sat on the mat", "3.14 is not 22/7", "春眠不觉晓", "处处闻啼鸟",
  "夜来风雨声", "花落知多少", "good morning", "how are you?", "我有2本书", "Ubuntu 系统",
]

/// A small model over the characters of the sentences.
private func model(
  seed: UInt64, positions: Int = 64, decoderLayers: Int = 1, readsEvidence: Bool = false
) throws -> DenoisingAutoencoder {
  var trainer = CharacterTrainer()
  for sentence in sentences { trainer.count(Array(sentence.utf8)) }
  let tokenizer = try Tokenizer(
    characters: try trainer.vocabulary(size: 460, including: "，。.!*~ "))
  var configuration = TransformerConfiguration(vocabularySize: tokenizer.vocabulary.count)
  configuration.width = 32
  configuration.heads = 2
  configuration.feedForward = 64
  configuration.encoderLayers = 2
  configuration.decoderLayers = decoderLayers
  configuration.maximumPositions = positions
  configuration.dropout = 0
  configuration.readsAlignedSource = true
  return try DenoisingAutoencoder(
    configuration, tokenizer: tokenizer,
    evidence: readsEvidence ? try evidence(tokenizer) : nil,
    in: ParameterStore(.fresh(Random(seed: seed))))
}

/// What the sentences, each counted a few times, say.
private func evidence(_ tokenizer: Tokenizer) throws -> Evidence {
  var counter = EvidenceCounter(
    tokenizer.vocabulary, end: try tokenizer.id(of: .eos), padding: try tokenizer.id(of: .pad))
  for _ in 0..<3 {
    for sentence in sentences { counter.add(tokenizer.encode(sentence).ids) }
  }
  return counter.evidence(limit: 1 << 14)
}

/// Lets an untrained model listen to what it reads beside its text, which it does not at first.
private func makeListening(_ model: DenoisingAutoencoder, seed: UInt64) throws {
  let random = Random(seed: seed)
  for name in ["evidence.fc2.weight", "evidence.candidates.weight"] {
    let parameter = try #require(model.parameters.first { $0.name == name })
    parameter.update {
      $0 = Tensor((0..<$0.shape.count).map { _ in Float(random.normal()) / 8 }, $0.shape)
    }
  }
}

/// Lets an untrained model edit wildly: it starts without a preference.
private func makeWild(_ model: DenoisingAutoencoder, seed: UInt64) throws {
  let random = Random(seed: seed)
  for name in ["operation.weight", "operation.bias"] {
    let parameter = try #require(model.parameters.first { $0.name == name })
    parameter.update {
      $0 = Tensor((0..<$0.shape.count).map { _ in Float(random.normal()) / 3 }, $0.shape)
    }
  }
}

private func noisy(_ text: String, _ random: Random) -> [UInt8] {
  Array(InsertionNoise(rate: 0.4).corrupt(text, using: random).utf8)
}

@Test func labelsSayWhatBecomesOfEachToken() throws {
  let model = try model(seed: 1)
  let tokenizer = model.tokenizer
  let (keep, delete, end) = (
    try tokenizer.id(of: .keep), try tokenizer.id(of: .delete), try tokenizer.id(of: .eos)
  )
  func labels(_ noisy: String, _ clean: String) throws -> [TokenID] {
    let example = try #require(
      model.examples(
        noisy: Array(noisy.utf8), clean: Array(clean.utf8), masking: nil, using: Random(seed: 1)))
    #expect(example.source == tokenizer.encode(noisy).ids + [end])
    return example.labels
  }
  let (china, state) = (tokenizer.encode("中").ids[0], tokenizer.encode("国").ids[0])
  #expect(try labels("中，，国", "中国") == [keep, delete, delete, keep, keep])
  #expect(try labels("中", "中国") == [keep, state, keep])
  #expect(try labels("国", "中国") == [china, keep, keep])
  #expect(try labels("中，", "中国") == [keep, state, delete, keep])
}

@Test func onlyWhatStaysIsMaskedAndIsWrittenAnew() throws {
  let model = try model(seed: 1)
  let tokenizer = model.tokenizer
  let mask = try tokenizer.id(of: .mask)
  let (keep, delete) = (try tokenizer.id(of: .keep), try tokenizer.id(of: .delete))
  let plain = tokenizer.encode("he，llo w，orld").ids
  let example = try #require(
    model.examples(
      noisy: Array("he，llo w，orld".utf8), clean: Array("hello world".utf8),
      masking: try MaskNoise(rate: 0.5, tokenizer: tokenizer), using: Random(seed: 2)))
  var masked = 0
  var steps = example.labels[...]
  for (index, token) in plain.enumerated() {
    let step = steps.removeFirst()
    if example.source[index] == mask {
      masked += 1
      #expect(step == token)
      #expect(steps.removeFirst() == delete)
    } else {
      #expect(example.source[index] == token)
      #expect([keep, delete].contains(step))
    }
  }
  #expect(Array(steps) == [keep])
  #expect(masked > 0 && masked < plain.count)
  #expect(example.labels.filter { $0 == delete }.count == 2 + masked)
}

@Test func charactersOfSeveralTokensStayOrGoWhole() throws {
  let model = try model(seed: 1)
  let tokenizer = model.tokenizer
  let (keep, delete) = (try tokenizer.id(of: .keep), try tokenizer.id(of: .delete))
  #expect(tokenizer.encode("𠮷𠮸").ids.count == 8)  // bytes, the first three alike
  func example(_ noisy: String, _ clean: String) -> DenoisingAutoencoder.Example? {
    model.examples(
      noisy: Array(noisy.utf8), clean: Array(clean.utf8), masking: nil, using: Random(seed: 1))
  }
  #expect(
    example("𠮷𠮸", "𠮸")?.labels
      == [TokenID](repeating: delete, count: 4) + [TokenID](repeating: keep, count: 5))
  #expect(example("𠮷", "𠮸") == nil)  // which the vocabulary can't write
}

@Test func textsLongerThanThePositionsAreNoExamples() throws {
  let model = try model(seed: 1, positions: 16)
  // 16 tokens and the end are one more than the positions.
  for (text, isExample) in [("1234567812345678", false), ("123456781234567", true)] {
    let example = model.examples(
      noisy: Array(text.utf8), clean: Array(text.utf8), masking: nil, using: Random(seed: 1))
    #expect((example != nil) == isExample)
  }
}

/// The whole road in small: a model that sees the same noisy and clean sentences again and again learns to
/// repair them.
@Test func sixteenSentencesAreLearntByHeart() throws {
  let model = try model(seed: 3)
  let random = Random(seed: 4)
  let pairs =
    sentences.map { (noisy: noisy($0, random), clean: Array($0.utf8)) }
    + sentences.map { (noisy: Array($0.utf8), clean: Array($0.utf8)) }
  let examples = pairs.compactMap {
    model.examples(noisy: $0.noisy, clean: $0.clean, masking: nil, using: random)
  }
  #expect(examples.count == pairs.count)
  let batch = model.batch(examples)
  var optimizer = AdamW()
  var loss = Double.infinity
  for step in 0..<150 {
    for objective in model.objectives(batch, .training(random)) {
      let (value, gradients) = withGradients { objective.loss() }
      loss = value.total.item()
      _ = optimizer.step(
        objective.parameters, gradients, rate: 3e-3 * min(1, Float(step + 1) / 20), maximumNorm: 1)
    }
  }
  #expect(loss < 0.05)
  let repaired = model.repair(pairs.map(\.noisy), RepairOptions(minimumConfidence: 0.5))
  let right = zip(repaired, pairs).filter { $0.text == $1.clean }.count
  #expect(right >= 30, "\(right) of \(pairs.count) are repaired")
}

@Test func editsTurnTheInputIntoTheRepair() throws {
  let model = try model(seed: 5)
  try makeWild(model, seed: 5)
  let random = Random(seed: 6)
  let lines = sentences.map { noisy($0, random) } + [[], Array("👨‍👩‍👧 é 𠮷".utf8)]
  let options = RepairOptions(minimumConfidence: 0)
  // A wild model makes up most of a text, which is withheld: so what one look finds is checked too.
  let (repairs, looks) = (model.repair(lines, options), model.look(at: lines, options))
  #expect(repairs.count == lines.count)
  #expect(looks.contains { $0.changed })
  #expect(repairs.contains { $0.isWithheld })
  for (line, repair) in zip(lines + lines, repairs + looks) {
    let scalars = Array(String(decoding: line, as: UTF8.self).unicodeScalars)
    var rebuilt = String.UnicodeScalarView()
    var position = 0
    for edit in repair.edits {
      rebuilt.append(contentsOf: scalars[position..<edit.offset])
      let removed = String(decoding: edit.removed, as: UTF8.self).unicodeScalars
      #expect(Array(removed) == Array(scalars[edit.offset..<(edit.offset + removed.count)]))
      rebuilt.append(contentsOf: String(decoding: edit.inserted, as: UTF8.self).unicodeScalars)
      position = edit.offset + removed.count
    }
    rebuilt.append(contentsOf: scalars[position...])
    #expect(Array(String(rebuilt).utf8) == repair.text)
    #expect(String(validating: repair.text, as: UTF8.self) != nil)
    #expect((0...1).contains(repair.confidence))
    #expect(repair.changed == (repair.text != line))
  }
  let empty = repairs[sentences.count]
  #expect(empty.text.isEmpty && !empty.changed && empty.confidence == 1)
}

@Test func aChangeThatIsNotSureEnoughIsNotMade() throws {
  let model = try model(seed: 5)
  try makeWild(model, seed: 6)
  let lines = sentences.map { Array($0.utf8) }
  let repairs = model.repair(lines, RepairOptions(minimumConfidence: 1))
  #expect(repairs.map(\.text) == lines)
  for repair in model.repair(lines, RepairOptions(minimumConfidence: 0.01)) {
    for edit in repair.edits { #expect(edit.confidence >= 0.01) }
  }
}

@Test func aLineIsChangedOnlyWhereItIsSureToBeSpoilt() throws {
  let model = try model(seed: 5)
  try makeWild(model, seed: 6)
  let lines = sentences.map { Array($0.utf8) }
  var options = RepairOptions(minimumConfidence: 0.01)
  let all = model.repair(lines, options)
  // The probability that not all edits are wrong.
  let sure = all.map { 1 - $0.edits.reduce(1) { $0 * (1 - $1.confidence) } }
  let threshold = sure.sorted()[sure.count / 2]
  options.lineConfidence = LineConfidence(short: threshold, long: threshold)
  let some = model.repair(lines, options)
  #expect(some.contains { $0.changed } && some.contains { !$0.changed })
}

@Test func aRepairDoesNotDependOnItsNeighbours() throws {
  let model = try model(seed: 7)
  try makeWild(model, seed: 7)
  let random = Random(seed: 8)
  let lines = sentences.map { noisy($0, random) }
  let options = RepairOptions(minimumConfidence: 0.2)
  let together = model.repair(lines, options)
  for (line, expected) in zip(lines, together) {
    #expect(model.repair([line], options).first?.text == expected.text)
  }
}

@Test func aLongLineIsRepairedPieceByPiece() throws {
  let model = try model(seed: 9, positions: 16)
  let line = Array(String(repeating: "今天天气很好。我们去公园散步吧！", count: 200).utf8)
  let repair = model.repair([line], RepairOptions(minimumConfidence: 1))[0]
  #expect(repair.text == line)
  // Bytes of characters outside the vocabulary, cut at any place, stay whole or go whole.
  let rare = Array(String(repeating: "𠮷", count: 300).utf8)
  let wild = model.repair([rare], RepairOptions(minimumConfidence: 0))[0]
  #expect(String(validating: wild.text, as: UTF8.self) != nil)
}

@Test func aConfigurationThatDoesNotFitTheTokenizerIsRefused() throws {
  let tokenizer = try model(seed: 1).tokenizer
  let fitting = try DenoisingAutoencoder.configuration(for: tokenizer)
  func refusal(_ change: (inout TransformerConfiguration) -> Void) -> String? {
    var configuration = fitting
    configuration.width = 8
    configuration.heads = 1
    configuration.feedForward = 8
    change(&configuration)
    do {
      _ = try DenoisingAutoencoder(
        configuration, tokenizer: tokenizer, in: ParameterStore(.fresh(Random(seed: 1))))
      return nil
    } catch {
      return error.message
    }
  }
  #expect(refusal { _ in } == nil)
  #expect(refusal { $0.vocabularySize += 1 }?.contains("vocab_size") == true)
  #expect(refusal { $0.padding = 7 }?.contains("pad_token_id") == true)
  #expect(refusal { $0.end = 7 }?.contains("eos_token_id") == true)
  #expect(refusal { $0.maximumPositions = 8 }?.contains("max_position_embeddings") == true)
}

@Test func aTokenizerThatRewritesTextIsRefused() throws {
  let plain = try model(seed: 1).tokenizer
  let rewriting = try Tokenizer(
    characters: plain.vocabulary, normalizer: UnicodeNormalizer(.nfkc))
  let failure = #expect(throws: Failure.self) {
    try DenoisingAutoencoder(
      try DenoisingAutoencoder.configuration(for: rewriting), tokenizer: rewriting,
      in: ParameterStore(.fresh(Random(seed: 1))))
  }
  #expect(failure?.message.contains("normalizer") == true)
}

/// The loop that the parallel decoding stands in for: a pass of the decoder for each step.
private func stepwise(_ model: DenoisingAutoencoder, _ source: [TokenID]) -> [TokenID] {
  let transformer = model.transformer
  let batch = TokenBatch([source], padding: transformer.configuration.padding)
  let memory = transformer.encode(batch, beside: model.evidence(of: [source]), .inference)
  var labels: [TokenID] = []
  var place = 0
  while place < source.count {
    let inputs = [transformer.configuration.decoderStart] + labels
    let states = transformer.decode(
      TokenBatch([inputs], padding: 0).ids, at: model.labels.places(inputs.dropFirst() + [0]),
      source: batch, memory: memory, .inference)
    let last = states.sliced(1, labels.count..<(labels.count + 1)).reshaped([1, states.shape[2]])
    let operations = model.operation(last).floats()
    let token = transformer.logits(last).argMax().integers()[0]
    let isText =
      !model.tokenizer.isSpecial(token)
      && String(validating: model.tokenizer.decode([token]), as: UTF8.self) != nil
    let written = labels.filter { model.labels.operation($0) == .write }.count
    if operations[2] > max(operations[0], operations[1]), isText, written < source.count / 2 + 16 {
      labels.append(token)
    } else {
      let isEnd = place == source.count - 1
      labels.append(
        isEnd || operations[0] >= operations[1] ? model.labels.keep : model.labels.delete)
      place += 1
    }
  }
  return labels
}

@Test func allStepsAtOnceGiveWhatTheLoopGives() throws {
  let random = Random(seed: 12)
  for seed in 20..<50 {
    let model = try model(
      seed: UInt64(seed), positions: 256, decoderLayers: 1 + seed % 3, readsEvidence: seed % 2 == 0)
    try makeWild(model, seed: UInt64(seed))
    if seed % 2 == 0 { try makeListening(model, seed: UInt64(seed)) }
    let sources = sentences.map {
      model.tokenizer.encode(noisy($0, random)).ids + [model.labels.end]
    }
    let together = EditDecoder(model: model)(
      sources, sources.map { $0.map { _ in false } })
    for (source, steps) in zip(sources, together) {
      #expect(steps.map(\.label) == stepwise(model, source))
      #expect(steps.last?.label == model.labels.keep)
    }
  }
}

@Test func settledStepsAreNotAskedAgain() throws {
  // Texts of which some are settled in one pass and others in many, in one batch and alone.
  let model = try model(seed: 31, positions: 256, decoderLayers: 2)
  try makeWild(model, seed: 31)
  let random = Random(seed: 32)
  let sources = (sentences.map { noisy($0, random) } + [Array("a".utf8), []]).map {
    model.tokenizer.encode(String(decoding: $0, as: UTF8.self)).ids + [model.labels.end]
  }
  let together = EditDecoder(model: model)(sources, sources.map { $0.map { _ in false } })
  for (source, steps) in zip(sources, together) {
    let alone = EditDecoder(model: model)([source], [source.map { _ in false }])[0]
    #expect(steps.map(\.label) == alone.map(\.label))
    #expect(steps.map(\.place) == alone.map(\.place))
    #expect(steps.allSatisfy { (0...1).contains($0.probability) })
  }
}

@Test func weightsInEightBitsRepairAlmostAlike() throws {
  let model = try model(seed: 33)
  try makeWild(model, seed: 33)
  let random = Random(seed: 34)
  let lines = sentences.map { noisy($0, random) }
  var options = RepairOptions(minimumConfidence: 0)
  func labels(_ precision: WeightPrecision) -> [[UInt8]] {
    options.precision = precision
    return model.repair(lines, options).map(\.text)
  }
  let (real, eight) = (labels(.float32), labels(.int8))
  #expect(real == labels(.float32) && eight == labels(.int8))
  let alike = zip(real, eight).filter { $0 == $1 }.count
  #expect(alike >= lines.count / 2, "\(alike) of \(lines.count)")
}

// MARK: - Evidence

/// Examples of the sentences, noisy, for a model that was made with `seed`.
private func batch(_ model: DenoisingAutoencoder, isCounted: Bool = false)
  -> DenoisingAutoencoder.Batch
{
  let random = Random(seed: 41)
  return model.batch(
    sentences.compactMap {
      model.examples(
        noisy: noisy($0, random), clean: Array($0.utf8), masking: nil, isCounted: isCounted,
        using: random)
    })
}

private func loss(_ model: DenoisingAutoencoder, _ batch: DenoisingAutoencoder.Batch) -> Double {
  model.objectives(batch, .inference)[0].loss().total.item()
}

@Test func evidenceChangesNothingUntilItIsListenedTo() throws {
  let (plain, reading) = (try model(seed: 43), try model(seed: 43, readsEvidence: true))
  #expect(reading.parameters.count > plain.parameters.count)
  var weights: [String: Parameter] = [:]
  for parameter in reading.parameters { weights[parameter.name] = parameter }
  for parameter in plain.parameters {
    try #require(weights[parameter.name]).update { $0 = parameter.tensor }
  }
  let before = loss(plain, batch(plain))
  #expect(abs(loss(reading, batch(reading)) - before) < 1e-6)
  try makeListening(reading, seed: 44)
  #expect(abs(loss(reading, batch(reading)) - before) > 1e-3)
  // What a sentence says about itself is taken out of what was counted.
  let (own, others) = (batch(reading), batch(reading, isCounted: true))
  #expect(loss(reading, own) != loss(reading, others))
}

@Test func gradientsReachAllThatReadsEvidence() throws {
  let model = try model(seed: 45, readsEvidence: true)
  try makeListening(model, seed: 46)
  let batch = batch(model)
  let (_, gradients) = withGradients { model.objectives(batch, .inference)[0].loss() }
  let random = Random(seed: 47)
  for parameter in model.parameters where parameter.name.hasPrefix("evidence.") {
    let gradient = try #require(gradients[parameter]).floats()
    // ⟨g, u⟩ against central differences along a random direction u.
    let direction = gradient.indices.map { _ in Float(random.normal()) }
    let kept = parameter.tensor.floats()
    let length: Float = 2e-3
    func value(_ step: Float) -> Double {
      parameter.update {
        $0 = Tensor(zip(kept, direction).map { $0 + step * $1 }, $0.shape)
      }
      return loss(model, batch)
    }
    let slope = (value(length) - value(-length)) / Double(2 * length)
    parameter.update { $0 = Tensor(kept, $0.shape) }
    let expected = zip(gradient, direction).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    #expect(
      abs(slope - expected) < 2e-3 + 0.02 * abs(expected),
      "\(parameter.name): \(slope), by the tape \(expected)")
  }
}

@Test func paddingSaysNothing() throws {
  // A short text beside a long one has the loss that it has alone.
  let model = try model(seed: 48, readsEvidence: true)
  try makeListening(model, seed: 49)
  let random = Random(seed: 50)
  let examples = try ["处处闻啼鸟", "she sells sea shells"].map {
    try #require(
      model.examples(noisy: Array($0.utf8), clean: Array($0.utf8), masking: nil, using: random))
  }
  let alone = examples.map { loss(model, model.batch([$0])) }
  let steps = examples.map { Double($0.labels.count) }
  let together = loss(model, model.batch(examples))
  let mean = (alone[0] * steps[0] + alone[1] * steps[1]) / (steps[0] + steps[1])
  #expect(abs(together - mean) < 1e-5, "\(together), alone \(mean)")
}
