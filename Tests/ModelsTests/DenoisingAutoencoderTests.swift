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
private func model(seed: UInt64, positions: Int = 64) throws -> DenoisingAutoencoder {
  var trainer = CharacterTrainer()
  for sentence in sentences { trainer.count(Array(sentence.utf8)) }
  let tokenizer = try Tokenizer(
    characters: try trainer.vocabulary(size: 460, including: "，。.!*~ "))
  var configuration = TransformerConfiguration(vocabularySize: tokenizer.vocabulary.count)
  configuration.width = 32
  configuration.heads = 2
  configuration.feedForward = 64
  configuration.encoderLayers = 2
  configuration.decoderLayers = 1
  configuration.maximumPositions = positions
  configuration.dropout = 0
  configuration.readsAlignedSource = true
  return try DenoisingAutoencoder(
    configuration, tokenizer: tokenizer, in: ParameterStore(.fresh(Random(seed: seed))))
}

private func noisy(_ text: String, _ random: Random) -> [UInt8] {
  Array(InsertionNoise(rate: 0.4).corrupt(text, using: random).utf8)
}

@Test func labelsSayWhatBecomesOfEachToken() throws {
  let model = try model(seed: 1)
  let tokenizer = model.tokenizer
  let example = try #require(
    model.examples(
      noisy: Array("中，，国".utf8), clean: Array("中国".utf8), masking: nil, using: Random(seed: 1)))
  let (keep, delete, end) = (
    try tokenizer.id(of: .keep), try tokenizer.id(of: .delete), try tokenizer.id(of: .eos)
  )
  #expect(example.labels == [keep, delete, delete, keep, end])
  #expect(example.source == tokenizer.encode("中，，国").ids + [end])
}

@Test func onlyWhatStaysIsMaskedAndItsLabelIsTheTokenItself() throws {
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
  for (index, token) in plain.enumerated() {
    if example.source[index] == mask {
      masked += 1
      #expect(example.labels[index] == token)
    } else {
      #expect(example.source[index] == token)
      #expect([keep, delete].contains(example.labels[index]))
    }
  }
  #expect(masked > 0 && masked < plain.count)
  #expect(example.labels.filter { $0 == delete }.count == 2)
}

@Test func pairsThatLabelsCannotRepairAreNoExamples() throws {
  let model = try model(seed: 1, positions: 16)
  let random = Random(seed: 1)
  #expect(
    model.examples(noisy: Array("中".utf8), clean: Array("中国".utf8), masking: nil, using: random)
      == nil)
  // 16 tokens and the end are one more than the positions.
  #expect(
    model.examples(
      noisy: Array("1234567812345678".utf8), clean: Array("1234567812345678".utf8), masking: nil,
      using: random)
      == nil)
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
  // An untrained model edits wildly, which is what this law wants.
  let model = try model(seed: 5)
  let random = Random(seed: 6)
  let lines = sentences.map { noisy($0, random) } + [[], Array("👨‍👩‍👧 é 𠮷".utf8)]
  let repairs = model.repair(lines, RepairOptions(minimumConfidence: 0))
  #expect(repairs.count == lines.count)
  #expect(repairs.contains { $0.changed })
  for (line, repair) in zip(lines, repairs) {
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
  let lines = sentences.map { Array($0.utf8) }
  let repairs = model.repair(lines, RepairOptions(minimumConfidence: 1))
  #expect(repairs.map(\.text) == lines)
  for repair in model.repair(lines, RepairOptions(minimumConfidence: 0.01)) {
    for edit in repair.edits { #expect(edit.confidence >= 0.01) }
  }
}

@Test func aRepairDoesNotDependOnItsNeighbours() throws {
  let model = try model(seed: 7)
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
