import SeqaeFiles
import SeqaeLayers
import SeqaeModels
import SeqaeRandom
import SeqaeTensors
import SeqaeText
import TestSupport
import Testing

private let pairs = [
  ("ein hund", "a dog"), ("eine katze", "a cat"), ("der hund läuft", "the dog runs"),
  ("die katze schläft", "the cat sleeps"), ("guten morgen", "good morning"),
]

private func utf8(_ text: String) -> [UInt8] { Array(text.utf8) }

private func tokenizer() throws -> Tokenizer {
  var trainer = CharacterTrainer()
  for pair in pairs {
    trainer.count(utf8(pair.0))
    trainer.count(utf8(pair.1))
  }
  return try Tokenizer(characters: try trainer.vocabulary(size: 460, including: "，。.!*~ "))
}

private func model(
  seed: UInt64 = 1, positions: Int = 40, task: Translator.Task = .translation,
  languages: [ByteString] = ["de", "en"], hasBothDirections: Bool = false
) throws -> Translator {
  let tokenizer = try tokenizer().adding(hasBothDirections ? ["<2en>", "<2de>"] : [])
  var sizes = try TransformerConfiguration(for: tokenizer)
  sizes.width = 32
  sizes.heads = 2
  sizes.feedForward = 64
  sizes.encoderLayers = 1
  sizes.decoderLayers = 1
  sizes.maximumPositions = positions
  sizes.dropout = 0
  return try Translator(
    Translator.Configuration(
      sizes, task: task, languages: languages, hasBothDirections: hasBothDirections),
    tokenizer: tokenizer, in: ParameterStore(.fresh(Random(seed: seed))))
}

private func learn(_ model: Translator, _ examples: [ReconstructionExample], steps: Int = 150) {
  var optimizer = AdamW()
  let batch = model.batch(examples)
  for step in 0..<steps {
    let objective = model.objectives(batch, .training(Random(seed: UInt64(step))))[0]
    let (_, gradients) = withGradients { objective.loss() }
    _ = optimizer.step(objective.parameters, gradients, rate: 5e-3, maximumNorm: 1)
  }
}

@Test func aModelOfBothDirectionsIsToldWhichByTheSourcesFirstToken() throws {
  let both = try model(hasBothDirections: true)
  let (end, make) = (try both.tokenizer.id(of: .eos), both.examples)
  let english = try #require(both.tokenizer.vocabulary.id(of: "<2en>"))
  let german = try #require(both.tokenizer.vocabulary.id(of: "<2de>"))
  let (x, y) = ("ein hund", "a dog")
  let (read, written) = (both.tokenizer.encode(x).ids, both.tokenizer.encode(y).ids)
  let forth = try #require(make(utf8(x), utf8(y), direction: 0))
  #expect(forth.source == [english] + read + [end] && forth.target == written + [end])
  let back = try #require(make(utf8(y), utf8(x), direction: 1))
  #expect(back.source == [german] + written + [end] && back.target == read + [end])
  let one = try model()
  #expect(one.examples(utf8(x), utf8(y))?.source == read + [end])
}

@Test func aTranslatorLearnsBothDirectionsByHeart() throws {
  let model = try model(seed: 3, hasBothDirections: true)
  let make = model.examples
  learn(
    model,
    pairs.flatMap { x, y in
      [make(utf8(x), utf8(y)), make(utf8(y), utf8(x), direction: 1)].compactMap { $0 }
    })
  for search in [BeamSearch(width: 1), BeamSearch(width: 4, count: 2)] {
    let forth = model.write(pairs.map { utf8($0.0) }, direction: 0, search)
    #expect(forth.map { $0[0].text } == pairs.map { utf8($0.1) })
    let back = model.write(pairs.map { utf8($0.1) }, direction: 1, search)
    #expect(back.map { $0[0].text } == pairs.map { utf8($0.0) })
    #expect(forth.allSatisfy { $0.count == search.count })
  }
  // Two sentences that are longer than the model reads, in pieces.
  let long = Array(repeating: "der hund läuft.", count: 4).joined(separator: " ")
  let written = model.write([utf8(long)], BeamSearch(width: 1))[0][0]
  #expect(written.pieces.count > 1)
  #expect(written.pieces.flatMap { $0.read + [0x20] }.dropLast() == utf8(long))
  #expect(written.pieces.allSatisfy { $0.source.count <= 40 })
  let tokens = written.pieces.reduce(0) { $0 + $1.target.count + 1 }
  #expect(abs(written.score - written.logProbability / Double(tokens)) < 1e-9)
  // A word is aligned with one of its own piece.
  let alignment = model.alignment(of: written)
  #expect(alignment.sourceWords.count == 16)
  let first = Words.count(of: written.pieces[0].read)
  let half = Words.count(of: model.tokenizer.decode(written.pieces[0].target))
  #expect(alignment.links.count == alignment.targetWords.count && half < alignment.links.count)
  for (source, target) in alignment.links { #expect((source < first) == (target < half)) }
  // Spaces at the ends are none of the text.
  #expect(
    model.write([utf8(" ein hund ")])[0][0].text == model.write([utf8("ein hund")])[0][0].text)
  #expect(model.write([utf8("  ")])[0].map(\.text) == [[]])
  #expect(model.write([[]])[0].map(\.text) == [[]])
}

/// The words of a text without spaces, each ended by one of four marks.
private enum Words {
  static func count(of text: [UInt8]) -> Int {
    String(decoding: text, as: UTF8.self).split(separator: " ").reduce(0) {
      $0 + ($1.last == "." ? 2 : 1)
    }
  }
}

@Test(arguments: [
  ("A dog.", "It runs.", "A dog. It runs."), ("He said “no.”", "Then", "He said “no.” Then"),
  ("Он дома", "один", "Он дома один"), ("狗在跑。", "猫也是。", "狗在跑。猫也是。"),
  ("他说“好。”", "然后", "他说“好。”然后"), ("第3", "章", "第3章"), ("", "a", "a"), ("a ", "b", "a b"),
])
func piecesAreJoinedAsTheirScriptIsWritten(_ first: String, _ second: String, _ whole: String) {
  #expect(Translator.joined(utf8(first), utf8(second)) == utf8(whole))
}

@Test(arguments: [1, 4])
func whatIsStreamedIsWhatIsWritten(_ width: Int) throws {
  let model = try model(seed: 3, positions: 24)
  learn(model, pairs.compactMap { model.examples(utf8($0.0), utf8($0.1)) }, steps: 60)
  // Some known, one of several pieces, one that the model has not learnt, and none.
  let long = pairs.map { $0.0 }.joined(separator: ". ")
  for text in ["ein hund", "guten morgen", long, "中国 ~*", ""] {
    let search = BeamSearch(width: width)
    var chunks: [[UInt8]] = []
    let streamed = model.stream(utf8(text), search) { chunks.append($0) }
    let written = model.write([utf8(text)], search)[0][0]
    #expect(streamed.text == written.text && chunks.flatMap { $0 } == written.text)
    #expect(abs(streamed.logProbability - written.logProbability) < 1e-2)
    #expect(chunks.allSatisfy { !$0.isEmpty && String(validating: $0, as: UTF8.self) != nil })
    if text == "guten morgen" { #expect(chunks.count > 1) }
    if text == long { #expect(streamed.pieces.count > 1) }
  }
}

@Test func aModelOfTooFewPositionsIsRefused() throws {
  let failure = #expect(throws: Failure.self) { try model(positions: 3) }
  #expect(failure?.kind == .data)
}

@Test func overlongPairsAreLeftOutAndOverlongTextsToSummarizeAreCut() throws {
  let (x, y) = (utf8("ein hund läuft"), utf8("ein"))
  let end: TokenID = 2
  for positions in [14, 15] {
    let translator = try model(positions: positions)
    #expect((translator.examples(x, y) != nil) == (positions == 15))
    let summarizer = try model(positions: positions, task: .summarization, languages: [])
    let example = try #require(summarizer.examples(x, y))
    let ids = summarizer.tokenizer.encode(x).ids
    #expect(example.source == ids.prefix(positions - 1) + [end])
    #expect(summarizer.examples(y, x)?.target.count == (positions == 15 ? 15 : nil))
    #expect(summarizer.write([x + x + x])[0][0].pieces.map(\.source.count) == [positions])
  }
}

@Test func aTranslatorsFolderSaysWhatItWrites() throws {
  for task in Translator.Task.allCases {
    for (languages, both) in [([], false), (["en", "zh-TW"], false), (["en", "zh-TW"], true)]
      as [([ByteString], Bool)]
    {
      let sizes = TransformerConfiguration(vocabularySize: 300)
      let configuration = Translator.Configuration(
        sizes, task: task, languages: languages, hasBothDirections: both)
      let read = try Translator.Configuration(json: configuration.json, name: "config.json")
      #expect(read == configuration)
      #expect(read.directions.count == (both ? 2 : 1))
    }
  }
  var json = try #require(
    Translator.Configuration(TransformerConfiguration(vocabularySize: 300)).json.objectValue)
  json["seqae_languages"] = ["en"]
  let one = #expect(throws: Failure.self) {
    try Translator.Configuration(json: .object(json), name: "config.json")
  }
  #expect(one?.message.contains("seqae_languages: expected two, found 1") == true)
  let none = #expect(throws: Failure.self) {
    try Translator.Configuration(
      json: TransformerConfiguration(vocabularySize: 300).json, name: "config.json")
  }
  #expect(none?.kind == .data && none?.message.contains("train translator") == true)
}

@Test func aLargerVocabularyKeepsTheWeightsOfTheFirstTokens() throws {
  let folder = ScratchFolder()
  let start = try model(seed: 5)
  try Checkpoint.write(
    folder("model.safetensors"), start.state.map { (name: $0.name, tensor: $0.tensor) })
  let larger = try model(seed: 6, hasBothDirections: true)
  let (few, many) = (start.parameters[0].shape[0], larger.parameters[0].shape[0])
  #expect(few == start.tokenizer.vocabulary.count && many == few + 2)
  let tags = larger.parameters[0].tensor.sliced(0, few..<many).doubles()
  try larger.takeWeights(from: try Checkpoint(folder("model.safetensors")), tokens: few)
  for (own, given) in zip(larger.parameters, start.parameters) where own.shape == given.shape {
    #expect(own.tensor.doubles() == given.tensor.doubles())
  }
  let table = larger.parameters[0].tensor
  #expect(table.sliced(0, 0..<few).doubles() == start.parameters[0].tensor.doubles())
  #expect(table.sliced(0, few..<many).doubles() == tags)
}
