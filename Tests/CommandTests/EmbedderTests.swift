import Glibc
import SeqaeFiles
import TestSupport
import Testing

/// The verbs on embedders, with the tiny BERT of transformers and one that has learned nothing.
struct EmbedderTests {
  private let scratch: Scratch
  private let bert = Fixture.path("models/bert")

  init() throws { scratch = try Scratch() }

  private func run(_ words: String..., input: String = "") throws -> Program.Outcome {
    try Program.run(
      Program.path, words.map { Array($0.utf8) }, input: Array(input.utf8), in: scratch.path)
  }

  private func vectors(_ output: String) throws -> [[Double]] {
    try output.split(separator: "\n").map { line in
      try #require(try JSON.parse(Array(line.utf8), name: "output")["vector"]?.arrayValue)
        .compactMap(\.doubleValue)
    }
  }

  @Test func vectorsHaveTheLengthOneUnlessToldOtherwise() throws {
    let unit = try run("embed", "--model", bert, "the dog runs", "")
    #expect(unit.code == 0, "\(unit.message)")
    let raw = try run("embed", "--model", bert, "--normalize", "false", "the dog runs", "")
    for (unit, raw) in zip(try vectors(unit.text), try vectors(raw.text)) {
      let length = raw.reduce(0) { $0 + $1 * $1 }.squareRoot()
      #expect(unit.count == 16 && abs(length - 1) > 0.1)
      #expect(zip(unit, raw).allSatisfy { abs($0 - $1 / length) < 1e-5 })
    }
  }

  @Test func filesOfAllFormatsHoldTheSameVectors() throws {
    let input = (0..<300).map { "the dog runs \($0)" }.joined(separator: "\n")
    let direct = try vectors(try run("embed", "--model", bert, input: input).text)
    #expect(direct.count == 300)
    for format in ["npy", "safetensors", "jsonl"] {
      let made = try run(
        "embed", "--model", bert, "--format", format, "--output", "v.\(format)", input: input)
      #expect(made.code == 0 && made.output.isEmpty, "\(made.message)")
    }
    let lines = try MappedFile(scratch("v.jsonl"))
    #expect(try vectors(String(decoding: lines.bytes, as: UTF8.self)) == direct)
    let matrix = try NPYFile(scratch("v.npy"))
    #expect(matrix.shape == [300, 16])
    let floats = matrix.floats()
    #expect(floats.map { Double("\($0)") ?? 0 } == direct.flatMap { $0 })
    let tensors = try SafetensorsFile(scratch("v.safetensors"))
    #expect(tensors.entries.map(\.shape) == [[300, 16]])
    // A whole file needs nothing more.
    #expect(try Path.list(scratch.path).sorted() == ["v.jsonl", "v.npy", "v.safetensors"])
    withExtendedLifetime(lines) {}
  }

  @Test func noiseMovesVectorsByADistance() throws {
    let pairs = "the dgo runs\tthe dog runs\na mna eats\ta man eats\nfood\tfood\n"
    try scratch.write("pairs.tsv", Array(pairs.utf8))
    let outcome = try run(
      "evaluate", "distance", "--model", bert, "--data", "pairs.tsv", "--json", "--pair", "food",
      "food")
    #expect(outcome.code == 0, "\(outcome.message)")
    let json = try JSON.parse(Array(outcome.text.utf8), name: "output")
    let metrics = try #require(json["metrics"])
    #expect(metrics["pairs"]?.doubleValue == 2 && metrics["texts"]?.doubleValue == 3)
    #expect(metrics["pair_rank"]?.doubleValue == 1)
    #expect(try abs(#require(metrics["pair_distance"]?.doubleValue)) < 1e-3)
    // Distance and rank follow from the vectors that embed gives.
    let texts = ["the dog runs", "a man eats", "food", "the dgo runs", "a mna eats"]
    let found = try vectors(
      run("embed", "--model", bert, input: texts.joined(separator: "\n")).text)
    var (inverse, share) = (0.0, 0.0)
    for (noisy, clean) in [(3, 0), (4, 1)] {
      let distances = (0..<3).map { row in
        zip(found[noisy], found[row]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
      }
      inverse += 1 / Double(1 + distances.filter { $0 < distances[clean] }.count) / 2
      share += distances[clean] / ((distances.reduce(0, +) - distances[clean]) / 2) / 2
    }
    #expect(try abs(#require(metrics["reciprocal_rank"]?.doubleValue) - inverse) < 1e-4)
    #expect(try abs(#require(metrics["distance"]?.doubleValue) - share) < 1e-3)
    #expect(metrics["reconstruction"] == nil)
  }

  @Test func anOptionThatTheModelHasNoUseForIsOneLine() throws {
    for words in [
      ["--label", "1", "a"], ["--resume", "a"], ["--format", "npy", "a"],
      ["--output", "/dev/null", "a"],
    ] {
      let outcome = try Program.run(
        Program.path, (["embed", "--model", bert] + words).map { Array($0.utf8) },
        in: scratch.path)
      #expect([64, 73].contains(outcome.code) && outcome.failedInOneLine, "\(words)")
    }
    let latent = try TinyLatent.made.get().vae
    let outcome = try run("embed", "--model", latent, "--precision", "int8", "a")
    #expect(outcome.code == 64 && outcome.failedInOneLine)
  }

  @Test func pairsAreScoredForEachFile() throws {
    let lines = ["a dog\ta cat\t3", "the man\tthe food\t0", "the dog\tthe dog\t5"]
    for name in ["a.tsv", "b.tsv"] {
      try AtomicFile.write(scratch(name), bytes: Array(lines.joined(separator: "\n").utf8))
    }
    let table = try run("evaluate", "sts", "--model", bert, "--data", "a.tsv", "b.tsv")
    #expect(table.code == 0, "\(table.message)")
    #expect(table.text.split(separator: "\n").count == 3)
    let json = try run("evaluate", "sts", "--model", bert, "--data", "a.tsv", "--json")
    let metrics = try JSON.parse(json.output, name: "output")["metrics"]
    #expect(metrics?["pairs"]?.intValue == 3)
    #expect((-1...1).contains(try #require(metrics?["spearman"]?.doubleValue)))
    try AtomicFile.write(scratch("bad.tsv"), bytes: Array("a\tb\n".utf8))
    let bad = try run("evaluate", "sts", "--model", bert, "--data", "bad.tsv")
    #expect(bad.code == 65 && bad.failedInOneLine && bad.message.contains("line 1"))
  }

  @Test func aTrainedEmbedderEmbeds() throws {
    let path = scratch("run")
    let model = try TinyModel.made.get()
    func train(_ output: String, _ settings: String...) throws -> Program.Outcome {
      let words = [
        "train", "embedder", "--data", model.corpus, "--splits", model.splits, "--output", output,
        "--steps", "3", "--quiet", "--from", bert, "--set", "objective=contrast", "positions=24",
        "validation_lines=5",
      ]
      return try Program.run(
        Program.path, (words + settings).map { Array($0.utf8) }, in: scratch.path)
    }
    let wide = try train(scratch("wide"), "width=32")
    #expect(wide.code == 64 && wide.failedInOneLine)
    let trained = try train(path)
    #expect(trained.code == 0, "\(trained.message)")
    let found = try run("embed", "--model", path, "我们", "the dog")
    #expect(try vectors(found.text).map(\.count) == [16, 16])
    let report = try run("report", path)
    #expect(report.code == 0, "\(report.message)")
  }

  @Test func theBenchmarkMeasuresEachPrecisionAndBatch() throws {
    func run(_ environment: [String: String]) throws -> Program.Outcome {
      try Program.run(
        "benchmark", "embed", "--seconds", "0.001", "--json", "--data", scratch("cache"),
        environment: environment)
    }
    let missing = try run([:])
    #expect(missing.code == 69 && missing.failedInOneLine)
    #expect(missing.message.contains("SEQAE_MINILM"))
    try Path.makeDirectories(scratch("cache/corpus"))
    let sentences = (0..<40).map { "a man \($0) is eating the food of the dog" }
    try AtomicFile.write(
      scratch("cache/corpus/sentences.txt"), bytes: Array(sentences.joined(separator: "\n").utf8))
    let outcome = try run(["SEQAE_MINILM": bert])
    #expect(outcome.code == 0, "\(outcome.message)")
    let json = try JSON.parse(outcome.output, name: "output")
    let results = try #require(json["results"]?.arrayValue)
    #expect(
      results.map { $0["name"] } == [
        "fp32 batch32", "fp32 batch1", "bf16 batch32", "bf16 batch1", "int8 batch32", "int8 batch1",
      ])
    for result in results {
      #expect(try #require(result["value"]?.doubleValue) > 0)
      #expect(try #require(result["min_cosine_to_fp32"]?.doubleValue) > 0.9)
    }
  }
}
