import SeqaeFiles
import Testing

/// Models that are not there, or damaged: one line, and an exit code that tells which.
struct ModelFailureTests {
  private let scratch: Scratch
  private let folder: String

  init() throws {
    scratch = try Scratch()
    folder = scratch("model 模型")
    try TinyModel.made.get().copy(to: folder)
  }

  private func denoise(_ model: String) throws -> Program.Outcome {
    try Program.run("denoise", "--model", model, "text")
  }

  /// Replaces a file of the model.
  private func change(_ name: String, _ body: ([UInt8]) throws -> [UInt8]) throws {
    let path = Path.join("model 模型", name)
    try scratch.write(path, try body(try scratch.read(path)))
  }

  private func change(_ name: String, _ text: String, to replacement: String) throws {
    try change(name) { bytes in
      let old = String(decoding: bytes, as: UTF8.self)
      try #require(old.contains(text))
      return Array(old.replacing(text, with: replacement).utf8)
    }
  }

  @Test func aPathWithSpacesAndChineseIsNoFailure() throws {
    let outcome = try denoise(folder)
    #expect(outcome.code == 0)
    #expect(outcome.text == "text\n")
    #expect(try denoise(folder + "/").text == "text\n")
  }

  @Test(arguments: ["config.json", "model.safetensors", "tokenizer.json", "evidence.safetensors"])
  func aMissingFileIsNamed(_ name: String) throws {
    try Path.removeTree(Path.join(folder, name))
    let outcome = try denoise(folder)
    #expect(outcome.code == 66)
    #expect(outcome.failedInOneLine)
    #expect(outcome.message.contains(name))
    #expect(
      outcome.message.contains("copy the whole folder") == (name == "evidence.safetensors"))
    #expect(outcome.output.isEmpty)
  }

  @Test func aModelOfAnotherKindIsNamed() throws {
    let outcome = try denoise(Path.join(Program.checkout, "Tests/Fixtures/models/bert"))
    #expect(outcome.code == 65)
    #expect(outcome.failedInOneLine)
    #expect(
      outcome.message.contains(
        "config.json: expected a denoiser, found a model of type \"bert\": give --model denoiser"))
  }

  @Test(arguments: ["config.json", "model.safetensors", "tokenizer.json", "evidence.safetensors"])
  func aTruncatedFileIsNamed(_ name: String) throws {
    let whole = try scratch.read("model 模型/\(name)")
    for count in [0, 1, 9, whole.count / 2, whole.count - 3] {
      try change(name) { _ in Array(whole.prefix(count)) }
      let outcome = try denoise(folder)
      #expect(outcome.code == 65, "\(count) bytes")
      #expect(outcome.failedInOneLine)
      #expect(outcome.message.contains(name))
    }
  }

  @Test func weightsOfAnotherShapeAreRefused() throws {
    try change("config.json", "\"encoder_ffn_dim\": 16", to: "\"encoder_ffn_dim\": 32")
    try change("config.json", "\"decoder_ffn_dim\": 16", to: "\"decoder_ffn_dim\": 32")
    let outcome = try denoise(folder)
    #expect(outcome.code == 65)
    #expect(outcome.failedInOneLine)
    #expect(outcome.message.contains("[32, 16]"))
    #expect(outcome.message.contains("[16, 16]"))
  }

  @Test func weightsThatAreLeftOverAreRefused() throws {
    try change("config.json", "\"encoder_layers\": 1", to: "\"encoder_layers\": 2")
    let missing = try denoise(folder)
    #expect(missing.code == 65)
    #expect(missing.failedInOneLine)
    #expect(missing.message.contains("layers.1"))
  }

  @Test(
    arguments: [
      ("\"seqae_format\": 2", "\"seqae_format\": 999"),
      ("\"seqae_format\": 2", "\"seqae_format\": 1"),
      ("\"d_model\": 16", "\"d_model\": 15"),
      ("\"d_model\": 16", "\"d_model\": -16"),
      ("\"d_model\": 16", "\"d_model\": \"wide\""),
      ("\"max_position_embeddings\": 32", "\"max_position_embeddings\": 99999999999999999999"),
      ("\"vocab_size\"", "\"vocabulary\""),
      ("\"d_model\": 16", "\"d_model\": 0"), ("\"d_model\": 16", "\"d_model\": 16.5"),
      ("\"d_model\": 16", "\"d_model\": 1099511627776"),
      ("\"d_model\": 16", "\"d_model\": 1e30"), ("\"d_model\": 16", "\"d_model\": 1e400"),
      ("\"encoder_layers\": 1", "\"encoder_layers\": 1000000000"),
      ("\"decoder_layers\": 1", "\"decoder_layers\": -1"),
      ("\"max_position_embeddings\": 32", "\"max_position_embeddings\": 4611686018427387904"),
      ("\"max_position_embeddings\": 32", "\"max_position_embeddings\": -1"),
      ("\"encoder_attention_heads\": 2", "\"encoder_attention_heads\": 9223372036854775807"),
      ("\"encoder_ffn_dim\": 16", "\"encoder_ffn_dim\": 1048576"),
      ("\"vocab_size\": ", "\"vocab_size\": 1099511627776, \"x\": "),
      ("\"pad_token_id\": ", "\"pad_token_id\": 4294967296, \"x\": "),
      ("\"dropout\": ", "\"dropout\": 1e30, \"x\": "),
    ])
  func aConfigurationThatMakesNoSenseIsRefused(_ text: String, _ replacement: String) throws {
    try change("config.json", text, to: replacement)
    let outcome = try denoise(folder)
    #expect(outcome.code == 65)
    #expect(outcome.failedInOneLine)
    #expect(outcome.message.contains("config.json"))
  }

  /// The largest sizes that a configuration may state, beside small weights: refused by what the weights
  /// hold, before anything of that size is made.
  @Test(
    arguments: [
      ("\"d_model\": 16", "\"d_model\": 1048576"),
      ("\"max_position_embeddings\": 32", "\"max_position_embeddings\": 1048576"),
      ("\"encoder_layers\": 1", "\"encoder_layers\": 256"),
      ("\"decoder_layers\": 1", "\"decoder_layers\": 256"),
    ])
  func sizesThatTheWeightsHaveNotAreRefusedInLittleMemory(
    _ text: String, _ replacement: String
  ) throws {
    try change("config.json", text, to: replacement)
    // A gigabyte of addresses, of which the program and its threads take a part.
    let outcome = try Program.shell(
      "ulimit -v 1000000; exec seqae denoise --threads 1 --model 'model 模型' text", in: scratch.path)
    #expect(outcome.code == 65)
    #expect(outcome.failedInOneLine, "\(outcome.message)")
    #expect(outcome.message.contains("config.json and weights belong to different models"))
  }

  @Test func aTokenizerOfAnotherSizeIsRefused() throws {
    try change("config.json") { bytes in
      let text = String(decoding: bytes, as: UTF8.self)
      return Array(text.replacing(/"vocab_size": \d+/, with: "\"vocab_size\": 700").utf8)
    }
    let outcome = try denoise(folder)
    #expect(outcome.code == 65)
    #expect(outcome.failedInOneLine)
    #expect(outcome.message.contains("700"))
  }

  @Test(arguments: ["/nowhere/at/all", "no-such-model", "./no-such-folder"])
  func aMissingModelIsReported(_ name: String) throws {
    let outcome = try denoise(name)
    #expect(outcome.code == 66)
    #expect(outcome.failedInOneLine)
    #expect(outcome.message.contains(name))
    #expect(outcome.output.isEmpty)
  }

  @Test func aFileIsNoModel() throws {
    let outcome = try denoise(Path.join(folder, "config.json"))
    #expect(outcome.code == 66)
    #expect(outcome.failedInOneLine)
  }

  @Test func aNameIsLookedForInTheFolderOfModels() throws {
    let environment = ["SEQAE_MODELS": scratch.path]
    let found = try Program.run(
      "denoise", "--model", "model 模型", "text", environment: environment)
    #expect(found.text == "text\n")
    let missing = try Program.run("denoise", "text", environment: environment)
    #expect(missing.code == 66)
    #expect(missing.message.contains(scratch.path))
    #expect(missing.message.contains("there are model 模型; or give a model's folder"))
  }
}
