import SeqaeFiles
import SeqaeLayers
import SeqaeModels
import SeqaeRandom
import SeqaeTensors
import SeqaeText
import TestSupport
import Testing

private let sentences = [
  "今天天气很好", "我们去公园散步吧", "中国的首都是北京", "she sells sea shells", "hello world",
  "the cat sat on the mat", "春眠不觉晓", "处处闻啼鸟", "good morning", "how are you?",
]

private func model(seed: UInt64, positions: Int = 64) throws -> RewritingAutoencoder {
  var trainer = CharacterTrainer()
  for sentence in sentences { trainer.count(Array(sentence.utf8)) }
  let tokenizer = try Tokenizer(
    characters: try trainer.vocabulary(size: 460, including: "，。.!*~ "))
  var configuration = try TransformerConfiguration(for: tokenizer)
  configuration.width = 32
  configuration.heads = 2
  configuration.feedForward = 64
  configuration.encoderLayers = 1
  configuration.decoderLayers = 1
  configuration.maximumPositions = positions
  configuration.dropout = 0
  return try RewritingAutoencoder(
    configuration, tokenizer: tokenizer, in: ParameterStore(.fresh(Random(seed: seed))))
}

private func loss(_ model: RewritingAutoencoder, _ examples: [RewritingAutoencoder.Example])
  -> Double
{
  model.objectives(model.batch(examples), .inference)[0].loss().total.item()
}

@Test func theTargetIsTheWholeTextWhateverBecomesOfTheSource() throws {
  let model = try model(seed: 1)
  let end = try model.tokenizer.id(of: .eos)
  for kind in TokenNoiseKind.allCases {
    let noise = try kind.noise(rate: 0.4, tokenizer: model.tokenizer)
    let make = model.examples(noise)
    for (number, sentence) in sentences.enumerated() {
      let ids = model.tokenizer.encode(sentence).ids
      let example = try #require(
        make(Array(sentence.utf8), using: Random(seed: UInt64(number))))
      #expect(example.target == ids + [end])
      #expect(example.source == noise.spoil(ids, using: Random(seed: UInt64(number))) + [end])
    }
  }
  #expect(model.examples(nil)([], using: Random(seed: 1)) == nil)
}

@Test func rewritersTakeTextsOfAsManyTokensAsTheyHavePositions() throws {
  let model = try model(seed: 1, positions: 16)
  let make = model.examples(nil)
  for (text, isExample) in [("1234567812345678", false), ("123456781234567", true)] {
    #expect((make(Array(text.utf8), using: Random(seed: 1)) != nil) == isExample)
  }
}

@Test func aBatchsLossIsTheMeanOverItsTokens() throws {
  let model = try model(seed: 2)
  let make = model.examples(try InfillingNoise(tokenizer: model.tokenizer))
  let examples = sentences.compactMap { make(Array($0.utf8), using: Random(seed: 6)) }
  let alone = examples.reduce(0) { $0 + loss(model, [$1]) * Double($1.target.count) }
  let tokens = examples.reduce(0) { $0 + $1.target.count }
  #expect(model.batch(examples).tokens == tokens)
  #expect(abs(loss(model, examples) - alone / Double(tokens)) < 1e-5)
  let right = examples.reduce(0) { $0 + model.rightTokens(model.batch([$1])) }
  #expect(model.rightTokens(model.batch(examples)) == right)
}

@Test func aRewriterLearnsSentencesByHeart() throws {
  let model = try model(seed: 3)
  let make = model.examples(try MaskNoise(rate: 0.3, tokenizer: model.tokenizer))
  let examples = sentences.compactMap { make(Array($0.utf8), using: Random(seed: 9)) }
  var optimizer = AdamW()
  let batch = model.batch(examples)
  for step in 0..<150 {
    let objective = model.objectives(batch, .training(Random(seed: UInt64(step))))[0]
    let (_, gradients) = withGradients { objective.loss() }
    _ = optimizer.step(objective.parameters, gradients, rate: 5e-3, maximumNorm: 1)
  }
  #expect(model.rightTokens(batch) == batch.tokens)
  let written = model.writeGreedily(examples.map(\.source)).map {
    String(decoding: $0, as: UTF8.self)
  }
  #expect(written == sentences)
}

@Test func theMeanStateOfATextIsItsOwnWhateverItIsBatchedWith() throws {
  let model = try model(seed: 4)
  let rows = sentences.map { model.tokenizer.encode($0).ids + [2] }
  let width = 32
  let together = model.transformer.meanState(TokenBatch(rows, padding: 1), .inference).doubles()
  for (number, row) in rows.enumerated() {
    let states = model.transformer.encode(TokenBatch([row], padding: 1), .inference).doubles()
    for channel in 0..<width {
      let mean = row.indices.reduce(0) { $0 + states[$1 * width + channel] } / Double(row.count)
      #expect(abs(together[number * width + channel] - mean) < 1e-5)
    }
  }
}

@Test func aModelOfOtherTokensIsRefused() throws {
  let model = try model(seed: 1)
  for change in [
    { (c: inout TransformerConfiguration) in c.vocabularySize += 1 },
    { $0.end = 0 }, { $0.readsAlignedSource = true },
  ] {
    var configuration = model.transformer.configuration
    change(&configuration)
    let failure = #expect(throws: Failure.self) {
      try RewritingAutoencoder(
        configuration, tokenizer: model.tokenizer,
        in: ParameterStore(.fresh(Random(seed: 1))))
    }
    #expect(failure?.kind == .data)
    #expect(failure?.message.hasPrefix("config.json: ") == true)
  }
}
