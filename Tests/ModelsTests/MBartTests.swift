import SeqaeFiles
import SeqaeLayers
import SeqaeModels
import SeqaeRandom
import SeqaeTensors
import TestSupport
import Testing

/// The tiny mBART of transformers in Tests/Fixtures/models/mbart, in single precision on the CPU and in double
/// on the reference backend.
struct TinyMBart {
  let transformer: Transformer
  let store: ParameterStore
  let reference: Fixture
  let backend: any Backend
  let tolerance: Tolerance

  init(on backend: any Backend) throws {
    let folder = "models/mbart"
    let configPath = Fixture.path("\(folder)/config.json")
    let configuration = try TransformerConfiguration(
      json: try JSON.read(configPath), name: "config.json")
    let checkpoint = try Checkpoint(Fixture.path("\(folder)/model.safetensors"))
    self.backend = backend
    store = ParameterStore(.checkpoint(checkpoint), on: backend)
    transformer = try Transformer(configuration, in: store.root)
    try store.finish()
    reference = try Fixture("\(folder)/reference.safetensors")
    // In double precision what remains are constants kept as floats, such as ε and 1/√E.
    tolerance =
      backend.real == .float64
      ? Tolerance(absolute: 2e-7, relative: 2e-7) : Tolerance(absolute: 1e-5, relative: 1e-4)
  }

  /// The sources without their padding.
  func sources() throws -> [[Int32]] {
    let ids = try reference("input_ids")
    let mask = try reference("attention_mask").values
    let width = ids.shape[1]
    return (0..<ids.shape[0]).map { row in
      (0..<width).filter { mask[row * width + $0] == 1 }.map { Int32(ids.values[row * width + $0]) }
    }
  }

  func labels() throws -> Tensor {
    let labels = try reference.integers("labels", on: backend)
    return labels.reshaped([labels.shape.count])
  }

  func check(_ found: Tensor, _ name: String) throws {
    let expected = try reference(name)
    if let mismatch = mismatch(
      (found.shape, found.doubles()), expected, within: tolerance)
    {
      Issue.record("\(name): \(mismatch)")
    }
  }
}

private let backends: [any Backend] = [CPUBackend.shared, ReferenceBackend()]

@Test(arguments: [0, 1])
func lossAndEveryGradientEqualTransformers(_ index: Int) throws {
  let tiny = try TinyMBart(on: backends[index])
  let source = TokenBatch(try tiny.sources(), padding: 1, on: tiny.backend)
  let target = try tiny.reference.integers("decoder_input_ids", on: tiny.backend)
  let labels = try tiny.labels()
  let (loss, gradients) = withGradients {
    tiny.transformer.loss(source: source, target: target, labels: labels, .inference)
  }
  try tiny.check(loss, "loss")
  var compared = 0
  for parameter in tiny.store.parameters {
    let gradient = try #require(gradients[parameter], "\(parameter.name) has no gradient")
    guard tiny.reference.tensors["grad.\(parameter.name)"] != nil else { continue }
    try tiny.check(gradient, "grad.\(parameter.name)")
    compared += 1
  }
  let expected = tiny.reference.tensors.keys.filter { $0.hasPrefix("grad.") }.count
  #expect(compared == expected && expected > 80)
}

@Test(arguments: [0, 1])
func labelSmoothingEqualsPyTorch(_ index: Int) throws {
  let tiny = try TinyMBart(on: backends[index])
  let loss = tiny.transformer.loss(
    source: TokenBatch(try tiny.sources(), padding: 1, on: tiny.backend),
    target: try tiny.reference.integers("decoder_input_ids", on: tiny.backend),
    labels: try tiny.labels(), smoothing: 0.1, .inference)
  try tiny.check(loss, "loss_smoothed")
}

@Test(arguments: [0, 1])
func statesAndLogitsEqualTransformersWhereNothingIsPadding(_ index: Int) throws {
  let tiny = try TinyMBart(on: backends[index])
  let source = TokenBatch(try tiny.sources(), padding: 1, on: tiny.backend)
  let memory = tiny.transformer.encode(source, .inference)  // [3, 11, 16]
  let expected = try tiny.reference.tensor("encoder_last_hidden_state", on: tiny.backend)
  for (row, length) in source.lengths.enumerated() {
    let found = memory.sliced(0, row..<(row + 1)).sliced(1, 0..<length)
    let wanted = expected.sliced(0, row..<(row + 1)).sliced(1, 0..<length)
    if let mismatch = mismatch(found, wanted, within: tiny.tolerance) {
      Issue.record("encoder row \(row): \(mismatch)")
    }
  }
  let target = try tiny.reference.integers("decoder_input_ids", on: tiny.backend)
  let states = tiny.transformer.decode(target, source: source, memory: memory, .inference)
  let logits = tiny.transformer.logits(states.reshaped([27, 16])).reshaped([3, 9, 40])
  let wantedLogits = try tiny.reference.tensor("logits", on: tiny.backend)
  for (row, length) in [9, 5, 8].enumerated() {
    let found = logits.sliced(0, row..<(row + 1)).sliced(1, 0..<length)
    let wanted = wantedLogits.sliced(0, row..<(row + 1)).sliced(1, 0..<length)
    if let mismatch = mismatch(found, wanted, within: tiny.tolerance) {
      Issue.record("logits row \(row): \(mismatch)")
    }
  }
}

@Test(arguments: [0, 1])
func cachedGreedyDecodingEqualsTransformers(_ index: Int) throws {
  let tiny = try TinyMBart(on: backends[index])
  let ids = try tiny.reference("greedy_ids")  // [3, 12]
  let wantedLogits = try tiny.reference.tensor("greedy_logits", on: tiny.backend)  // [3, 12, 40]
  let written = decode(
    TransformerDecoder(tiny.transformer), try tiny.sources(), start: 2, limits: [12, 12, 12]
  ) { logits, rows, step in
    #expect(rows == [0, 1, 2])
    let wanted = wantedLogits.sliced(1, step..<(step + 1)).reshaped([3, 40])
    if let mismatch = mismatch(logits, wanted, within: tiny.tolerance) {
      Issue.record("step \(step): \(mismatch)")
    }
    return logits.argMax().integers()
  }
  #expect(written.flatMap { $0 } == ids.values.map { Int32($0) })
}

@Test func greedyRowsEndByThemselvesOrAtTheirLimit() throws {
  let tiny = try TinyMBart(on: CPUBackend.shared)
  let ids = try tiny.reference("greedy_ids").values.map { Int32($0) }
  let whole = (0..<3).map { Array(ids[$0 * 12..<($0 + 1) * 12]) }
  let decoder = TransformerDecoder(tiny.transformer)
  let sources = try tiny.sources()  // of 7, 11 and 4 tokens
  let limited = greedy(decoder, sources, start: 2, end: -1) { $0 - 3 }
  #expect(limited == [Array(whole[0].prefix(4)), Array(whole[1].prefix(8)), [whole[2][0]]])
  let end = whole[0][2]
  let ended = greedy(decoder, sources, start: 2, end: end) { _ in 12 }
  #expect(ended == whole.map { row in Array(row.prefix { $0 != end }) })
}

@Test func gradientsThroughAlignedReadingAreDerivatives() throws {
  var configuration = TransformerConfiguration(vocabularySize: 12)
  configuration.width = 8
  configuration.heads = 2
  configuration.feedForward = 8
  configuration.encoderLayers = 1
  configuration.decoderLayers = 1
  configuration.maximumPositions = 6
  configuration.dropout = 0
  configuration.readsAlignedSource = true
  let reference = ReferenceBackend()
  let store = ParameterStore(.fresh(Random(seed: 4)), on: reference)
  let transformer = try Transformer(configuration, in: store.root)
  let source = TokenBatch([[5, 6, 7, 2], [9, 10, 2]], padding: 1, on: reference)
  let target = TokenBatch([[2, 5, 6, 5], [2, 6, 5]], padding: 1, on: reference).ids
  let labels = Tensor(integers: [5, 6, 5, 2, 6, 5, 2, -100], [8], on: reference)
  // A constant added to every key changes no softmax.
  let parameters = store.parameters.filter { !$0.name.hasSuffix("k_proj.bias") }
  let mismatch = gradientMismatch(parameters, tolerance: 1e-6) {
    // Steps stand still, move on, and may skip a place.
    let states = transformer.decode(
      target, at: [0, 0, 1, 3, 0, 1, 1, 0], source: source,
      memory: transformer.encode(source, .inference), .inference)
    return crossEntropy(transformer.logits(states.reshaped([8, 8])), targets: labels)
  }
  #expect(mismatch == nil)
}

@Test func reorderedRowsDecodeAsTheyWouldAlone() throws {
  let tiny = try TinyMBart(on: CPUBackend.shared)
  let decoder = TransformerDecoder(tiny.transformer)
  let sources = try tiny.sources()
  var all = decoder.start(sources)
  _ = decoder.step([2, 2, 2], &all)
  decoder.reorder(&all, [2, 0])
  let reordered = decoder.step([7, 9], &all)  // rows 2 and 0
  for (row, (source, token)) in zip([sources[2], sources[0]], [Int32(7), 9]).enumerated() {
    var alone = decoder.start([source])
    _ = decoder.step([2], &alone)
    let expected = decoder.step([token], &alone)
    #expect(
      mismatch(
        reordered.sliced(0, row..<(row + 1)), expected, within: Tolerance(absolute: 1e-5)) == nil)
  }
}

@Test func aConfigurationSurvivesItsFile() throws {
  var configuration = TransformerConfiguration(vocabularySize: 123)
  configuration.width = 48
  configuration.heads = 3
  configuration.dropout = 0.15
  configuration.embeddingNoise = 0.2
  configuration.latentDropout = .spatial(0.3)
  configuration.readsAlignedSource = true
  let bytes = configuration.json.serialized(pretty: true)
  let read = try TransformerConfiguration(
    json: try JSON.parse(bytes, name: "config.json"), name: "config.json")
  #expect(read == configuration)
}

@Test(arguments: [
  ("d_model", JSON.integer(0)), ("dropout", .number(0.99999999)), ("seqae_format", .string("2")),
  ("tie_word_embeddings", .bool(false)), ("d_model", .string("wide")), ("vocab_size", .null),
  ("encoder_attention_heads", .integer(5)), ("dropout", .number(1.5)),
  ("model_type", .string("t5")), ("seqae_embedding_noise", .number(-1)),
  ("seqae_latent_dropout", .string("some")), ("seqae_latent_dropout_rate", .number(1)),
  ("seqae_format", .integer(1)), ("seqae_format", .integer(3)),
  ("pad_token_id", .integer(123)),
])
func aWrongConfigurationNamesItsKey(_ key: String, _ value: JSON) throws {
  guard case .object(var object) = TransformerConfiguration(vocabularySize: 123).json else {
    Issue.record("a configuration is an object")
    return
  }
  object = JSONObject(
    object.members.map { $0.key == ByteString(key) ? (key: $0.key, value: value) : $0 })
  let failure = #expect(throws: Failure.self) {
    try TransformerConfiguration(json: .object(object), name: "config.json")
  }
  #expect(failure?.kind == .data)
  #expect(failure?.message.contains(key) == true || key == "encoder_attention_heads")
}
