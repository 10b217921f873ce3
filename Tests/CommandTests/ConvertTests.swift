import SeqaeFiles
import Testing

/// `seqae convert`, on a model that the command trained.
struct ConvertTests {
  private let scratch: Scratch
  private let model: String

  init() throws {
    scratch = try Scratch()
    model = try TinyModel.made.get().path
  }

  private func convert(_ arguments: String...) throws -> Program.Outcome {
    try Program.run(
      Program.path, (["convert"] + arguments).map { Array($0.utf8) }, in: scratch.path)
  }

  private func size(_ folder: String) throws -> Int {
    try Path.fileSize(Path.join(folder, "model.safetensors"))
  }

  @Test func aConvertedModelRepairsAsItsOriginal() throws {
    #expect(try convert(model, "same").code == 0)
    let text = "中，，国 a..b"
    let converted = Path.join(scratch.path, "same")
    #expect(
      try Program.run("denoise", "--model", converted, text).text
        == Program.run("denoise", "--model", model, text).text)
    #expect(try size(converted) == size(model))
  }

  @Test func bfloat16HalvesTheWeights() throws {
    #expect(try convert(model, "half", "--precision", "bfloat16").code == 0)
    let half = Path.join(scratch.path, "half")
    #expect(try Double(size(half)) < 0.6 * Double(size(model)))
    #expect(try Program.run("denoise", "--model", half, "中国").code == 0)
  }

  @Test func theDefaultConfidenceIsWrittenDown() throws {
    #expect(try convert(model, "sure", "--min-confidence", "0.75").code == 0)
    let json = try JSON.read(Path.join(scratch.path, "sure", "config.json"))
    #expect(json["seqae_min_confidence"]?.doubleValue == 0.75)
  }

  @Test func aShippedModelIsConvertedByItsName() throws {
    let environment = ["SEQAE_MODELS": Path.directory(model)]
    let words = ["convert", Path.lastComponent(model), "named"]
    let outcome = try Program.run(
      Program.path, words.map { Array($0.utf8) }, environment: environment, in: scratch.path)
    #expect(outcome.code == 0)
    #expect(try size(Path.join(scratch.path, "named")) == size(model))
  }

  @Test func aModelIsNotOverwritten() throws {
    #expect(try convert(model, "twice").code == 0)
    let outcome = try convert(model, "twice")
    #expect(outcome.code == 73)
    #expect(outcome.message.contains("twice: holds a model already"))
  }

  @Test func whatIsNotThereCannotBeConverted() throws {
    let outcome = try convert("nowhere", "out")
    #expect(outcome.code == 66)
    #expect(!Path.exists(Path.join(scratch.path, "out")))
  }
}
