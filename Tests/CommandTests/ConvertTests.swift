import SeqaeFiles
import TestSupport
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

  @Test func translatorsGetSmallerAndStillWrite() throws {
    let models = try TinyLatent.made.get()
    for (model, verb) in [(models.translator, "translate"), (models.summarizer, "summarize")] {
      for (precision, share) in [("bfloat16", 0.6), ("int8", 0.45)] {
        let name = "\(verb)-\(precision)"
        let outcome = try convert(model, name, "--precision", precision)
        #expect(outcome.code == 0, "\(outcome.message)")
        let folder = Path.join(scratch.path, name)
        #expect(try Double(size(folder)) < share * Double(size(model)))
        let written = try Program.run(verb, "--model", folder, "They like tea.")
        #expect(written.code == 0 && written.text.hasSuffix("\n"), "\(written.message)")
        let said = try JSON.read(Path.join(folder, "config.json"))["quantization_config"]
        #expect((said != nil) == (precision == "int8"))
      }
    }
  }

  @Test func modelsWithCodesAndOfLanguageGetSmallerToo() throws {
    let models = try TinyLatent.made.get()
    for (name, model) in [
      ("vae", models.vae), ("vqvae", models.discrete), ("lm", models.language),
      ("classifier", models.classifier),
    ] {
      #expect(try convert(model, name, "--precision", "bfloat16").code == 0)
      let folder = Path.join(scratch.path, name)
      #expect(try Double(size(folder)) < 0.7 * Double(size(model)))
      #expect(
        try JSON.read(Path.join(folder, "config.json"))
          == JSON.read(Path.join(model, "config.json")))
      let refused = try convert(model, "eight", "--precision", "int8")
      #expect(refused.code == 64)
      #expect(refused.message.contains("or an embedder for --precision int8"))
    }
    // A code of rounded weights is nearly that of the others.
    func code(_ model: String) throws -> [Double] {
      let line = try Program.run("embed", "--model", model, "a dog").text
      let json = try JSON.parse(Array(line.utf8), name: "embed")
      return try #require(json["vector"]?.arrayValue).compactMap(\.doubleValue)
    }
    let codes = (try code(models.vae), try code(Path.join(scratch.path, "vae")))
    #expect(codes.0.count == TinyLatent.size && codes.0 != codes.1)
    for (whole, rounded) in zip(codes.0, codes.1) { #expect(abs(whole - rounded) < 0.05) }
  }

  @Test func int8QuartersTheWeightsAndIsComputedIn() throws {
    #expect(try convert(model, "eight", "--precision", "int8").code == 0)
    let eight = Path.join(scratch.path, "eight")
    // A quarter, and for rows as short as the tiny model's nearly as much again in scales and names.
    #expect(try Double(size(eight)) < 0.55 * Double(size(model)))
    let json = try JSON.read(Path.join(eight, "config.json"))
    #expect(json["quantization_config"]?["quant_method"]?.stringValue == "compressed-tensors")
    func repair(_ model: String, _ precision: String...) throws -> String {
      let words = ["denoise", "--model", model, "--min-confidence", "0", "--json", "中，，国 a..b"]
      return try Program.run(Program.path, (words + precision).map { Array($0.utf8) }).text
    }
    let repaired = try repair(eight)
    #expect(try repair(eight, "--precision", "int8") == repaired)
    // What is rounded when it is written is rounded alike when it is computed.
    #expect(try repair(model, "--precision", "int8") == repaired)
    // And back: real numbers, in the same places.
    #expect(try convert("eight", "back").code == 0)
    #expect(try size(Path.join(scratch.path, "back")) == size(model))
    #expect(
      try repair(Path.join(scratch.path, "back"), "--precision", "float32")
        == repair(eight, "--precision", "float32"))
    let back = try JSON.read(Path.join(scratch.path, "back", "config.json"))
    #expect(back["quantization_config"] == nil)
  }

  @Test func anEmbedderGetsSmallerAndItsVectorsStayWhereTheyAre() throws {
    let bert = Fixture.path("models/bert")
    func vector(_ model: String, _ options: String...) throws -> [Double] {
      let words = ["embed", "--model", model] + options + ["the dog runs"]
      let line = try Program.run(Program.path, words.map { Array($0.utf8) }, in: scratch.path).text
      let json = try JSON.parse(Array(line.utf8), name: "embed")
      return try #require(json["vector"]?.arrayValue).compactMap(\.doubleValue)
    }
    let whole = try vector(bert)
    for (precision, share, near) in [("bfloat16", 0.65, 0.999), ("int8", 0.6, 0.99)] {
      #expect(try convert(bert, precision, "--precision", precision).code == 0)
      #expect(try Double(size(Path.join(scratch.path, precision))) < share * Double(size(bert)))
      let found = try vector(precision)
      #expect(found != whole)
      #expect(zip(found, whole).reduce(0) { $0 + $1.0 * $1.1 } > near)
    }
    #expect(try vector("int8") == vector("int8", "--precision", "int8"))
    #expect(try vector("int8") != vector("int8", "--precision", "float32"))
    let json = try JSON.read(Path.join(scratch.path, "int8", "config.json"))
    #expect(json["quantization_config"]?["ignore"]?.arrayValue == [])
    // From such weights nothing can be learnt.
    try scratch.write("lines.txt", Array("the dog runs\n".utf8))
    let started = try Program.run(
      Program.path,
      ["train", "embedder", "--from", "int8", "--data", "lines.txt", "--output", "run"].map {
        Array($0.utf8)
      },
      in: scratch.path)
    #expect(started.code == 65 && started.message.contains("eight bits"))
  }

  @Test func aModelInEightBitsWithoutItsScalesIsRefused() throws {
    #expect(try convert(model, "broken", "--precision", "int8").code == 0)
    let path = Path.join("broken", "model.safetensors")
    let text = try scratch.read(path)
    let name = Array("q_proj.weight_scale".utf8)
    let start = try #require(text.indices.first { text[$0...].starts(with: name) })
    var changed = text
    changed[start + name.count - 1] = UInt8(ascii: "s")
    try scratch.write(path, changed)
    let outcome = try Program.run("denoise", "--model", Path.join(scratch.path, "broken"), "text")
    #expect(outcome.code == 65)
    #expect(outcome.failedInOneLine)
    #expect(outcome.message.contains("q_proj.weight_scale"))
  }

  @Test func theDefaultConfidenceIsWrittenDown() throws {
    #expect(try convert(model, "sure", "--min-confidence", "0.75").code == 0)
    let json = try JSON.read(Path.join(scratch.path, "sure", "config.json"))
    #expect(json["seqae_min_confidence"]?.doubleValue == 0.75)
    #expect(json["seqae_line_confidence"] == nil)
    #expect(try convert("sure", "surer", "--line-confidence", "0.9", "0.999").code == 0)
    let surer = try JSON.read(Path.join(scratch.path, "surer", "config.json"))
    #expect(surer["seqae_min_confidence"]?.doubleValue == 0.75)
    #expect(surer["seqae_line_confidence"] == .array([.number(0.9), .number(0.999)]))
    let one = try convert("sure", "one", "--line-confidence", "0.9")
    #expect(one.code == 64)
    #expect(one.message.contains("--line-confidence: expected two numbers"))
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
