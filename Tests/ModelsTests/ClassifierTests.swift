import Glibc
import SeqaeFiles
import SeqaeLayers
import SeqaeModels
import SeqaeRandom
import SeqaeTensors
import SeqaeText
import TestSupport
import Testing

private func classifier(
  seed: UInt64 = 1, causal: Bool = false, on backend: any Backend = CPUBackend.shared,
  width: Int = 32
) throws -> Classifier {
  var configuration = Classifier.Configuration(
    try latentSizes(width: width).transformer, classes: ["zh", "en"])
  configuration.isCausal = causal
  return try Classifier(
    configuration, tokenizer: try sentenceTokenizer(),
    in: ParameterStore(.fresh(Random(seed: seed)), on: backend))
}

/// The sixteen sentences: 0 for Chinese, 1 for English.
private func examples(_ model: Classifier) -> [Classifier.Example] {
  let reader = model.reader
  return sixteenSentences.map { text in
    Classifier.Example(
      tokens: reader(Array(text.utf8)), label: text.utf8.allSatisfy { $0 < 0x80 } ? 1 : 0)
  }
}

private func learn(_ model: Classifier, steps: Int) {
  var optimizer = AdamW()
  let batch = model.batch(examples(model))
  for step in 0..<steps {
    let objective = model.objectives(batch, .training(Random(seed: UInt64(step))))[0]
    let (_, gradients) = withGradients { objective.loss() }
    _ = optimizer.step(objective.parameters, gradients, rate: 5e-3, maximumNorm: 1)
  }
}

@Test(arguments: [false, true])
func aClassifierLearnsSixteenSentences(_ causal: Bool) throws {
  let model = try classifier(causal: causal)
  learn(model, steps: 60)
  let examples = examples(model)
  let loss = model.objectives(model.batch(examples), .inference)[0].loss().total.item()
  #expect(loss < 0.05)
  let found = model.logPosteriors(examples.map(\.tokens))
  // The loss is the mean of −log p of the classes.
  let mean = zip(found, examples).reduce(0) { $0 - $1.0[$1.1.label] } / 16
  #expect(abs(mean - loss) < 1e-4)
  for (row, example) in zip(found, examples) {
    #expect(row[example.label] > log(0.5))
    #expect(abs(exp(row[0]) + exp(row[1]) - 1) < 1e-5)
  }
}

@Test(arguments: [false, true])
func aTextsClassIsItsOwnWhateverItIsBatchedWith(_ causal: Bool) throws {
  let model = try classifier(causal: causal)
  let tokens = examples(model).map(\.tokens)
  let together = model.logPosteriors(tokens)
  for (row, own) in tokens.enumerated() {
    let alone = model.logPosteriors([own])[0]
    #expect(zip(alone, together[row]).allSatisfy { abs($0 - $1) < 1e-4 })
  }
}

@Test(arguments: [false, true])
func theGradientOfAClassifierIsThatOfDifferences(_ causal: Bool) throws {
  let model = try classifier(seed: 4, causal: causal, on: ReferenceBackend(), width: 8)
  let batch = model.batch(Array(examples(model)[..<5]))
  // A constant added to every key changes no softmax.
  let parameters = model.parameters.filter { !$0.name.hasSuffix("k_proj.bias") }
  let mismatch = gradientMismatch(parameters, tolerance: 1e-6) {
    model.objectives(batch, .inference)[0].loss().total
  }
  #expect(mismatch == nil)
}

@Test func anEncoderIsTakenFromALanguageModelAndFromAnAutoencoder() throws {
  let folder = ScratchFolder()
  let sizes = try latentSizes()
  let language = try LanguageModel(
    sizes.transformer, tokenizer: try sentenceTokenizer(),
    in: ParameterStore(.fresh(Random(seed: 8))))
  let autoencoder = try SentenceAutoencoder(
    SentenceAutoencoder.Configuration(sizes), tokenizer: try sentenceTokenizer(),
    in: ParameterStore(.fresh(Random(seed: 9))))
  for (causal, state, prefix) in [
    (true, language.state, "model.decoder."), (false, autoencoder.state, "model.encoder."),
  ] {
    let path = folder("model-\(causal).safetensors")
    try Checkpoint.write(path, state, as: .float32)
    let model = try classifier(causal: causal)
    let head = model.parameters.filter { $0.name.hasPrefix("classification") }.map {
      $0.tensor.floats()
    }
    try model.takeEncoder(from: try Checkpoint(path))
    let names = Dictionary(uniqueKeysWithValues: state.map { ($0.name, $0.tensor.floats()) })
    var taken = 0
    for parameter in model.parameters where parameter.name.hasPrefix("model.encoder.") {
      let theirs = prefix + parameter.name.dropFirst("model.encoder.".count)
      #expect(names[theirs] == parameter.tensor.floats(), "\(theirs)")
      taken += 1
    }
    #expect(taken > 10)
    let tokens = model.parameters.first { $0.name == "model.shared.weight" }?.tensor.floats()
    #expect(tokens == names[causal ? "model.decoder.embed_tokens.weight" : "model.shared.weight"])
    #expect(
      head
        == model.parameters.filter { $0.name.hasPrefix("classification") }.map {
          $0.tensor.floats()
        })
    // One of the other kind has no such names.
    let other = try classifier(causal: !causal)
    #expect(throws: Failure.self) { try other.takeEncoder(from: try Checkpoint(path)) }
  }
}

@Test func aClassifiersConfigurationComesBackAndNamesWhatIsWrong() throws {
  let configuration = try classifier(causal: true).configuration
  #expect(
    try Classifier.Configuration(json: configuration.json, name: "config.json") == configuration)
  for (key, value, message) in [
    ("model_type", "seqae_lm", "expected a classifier, found a model of type \"seqae_lm\""),
    ("seqae_format", 99, "seqae_format 99 is newer than 1"),
    ("classes", ["one"], "classes: expected two names or more, found 1"),
    ("causal", "yes", "causal: expected true or false"),
    ("transformer", 3, "transformer: expected an object of sizes"),
  ] as [(ByteString, JSON, String)] {
    var json = try #require(configuration.json.objectValue)
    json[key] = value
    let failure = #expect(throws: Failure.self) {
      try Classifier.Configuration(json: .object(json), name: "config.json")
    }
    #expect(failure?.kind == .data)
    #expect(failure?.message.contains(message) == true, "\(failure?.message ?? "")")
  }
}
