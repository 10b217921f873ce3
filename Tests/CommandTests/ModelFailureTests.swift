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

  @Test(arguments: ["config.json", "model.safetensors", "tokenizer.json"])
  func aMissingFileIsNamed(_ name: String) throws {
    try Path.removeTree(Path.join(folder, name))
    let outcome = try denoise(folder)
    #expect(outcome.code == 66)
    #expect(outcome.failedInOneLine)
    #expect(outcome.message.contains(name))
    #expect(outcome.output.isEmpty)
  }

  @Test(arguments: ["config.json", "model.safetensors", "tokenizer.json"])
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
      ("\"seqae_format\": 1", "\"seqae_format\": 999"),
      ("\"d_model\": 16", "\"d_model\": 15"),
      ("\"d_model\": 16", "\"d_model\": -16"),
      ("\"d_model\": 16", "\"d_model\": \"wide\""),
      ("\"max_position_embeddings\": 32", "\"max_position_embeddings\": 99999999999999999999"),
      ("\"vocab_size\"", "\"vocabulary\""),
    ])
  func aConfigurationThatMakesNoSenseIsRefused(_ text: String, _ replacement: String) throws {
    try change("config.json", text, to: replacement)
    let outcome = try denoise(folder)
    #expect(outcome.code == 65)
    #expect(outcome.failedInOneLine)
    #expect(outcome.message.contains("config.json"))
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
  }
}
