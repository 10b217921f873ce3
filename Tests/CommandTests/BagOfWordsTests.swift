import SeqaeFiles
import Testing

/// `seqae train bow` and what its runs are given to.
struct BagOfWordsTests {
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    try Path.makeDirectories(scratch("set/qrels"))
    let texts = (0..<40).map {
      $0 % 2 == 0
        ? "the wing lifts in air \($0)" : "heat flows through the wall \($0)"
    }
    let corpus = texts.enumerated().map { #"{"_id":"\#($0)","title":"t","text":"\#($1)"}"# + "\n" }
    try scratch.write("set/corpus.jsonl", corpus.joined())
    try scratch.write(
      "set/queries.jsonl",
      #"{"_id":"x","text":"wing in air"}"# + "\n" + #"{"_id":"y","text":"heat wall"}"# + "\n")
    let judgements = (0..<40).map { "\($0 % 2 == 0 ? "x" : "y")\t\($0)\t1\n" }
    try scratch.write("set/qrels/test.tsv", "query-id\tcorpus-id\tscore\n" + judgements.joined())
    try scratch.write(
      "splits.json",
      """
      {"seqae_splits": 2, "modulus": 10, "test_below": 0, "development_below": 2, "lists": {}}
      """)
  }

  private func run(_ words: [String]) throws -> Program.Outcome {
    try Program.run(Program.path, words.map { Array($0.utf8) }, in: scratch.path)
  }

  private func train(_ more: [String]) throws -> Program.Outcome {
    try run(
      ["train", "bow", "--data", "set", "--splits", "splits.json", "--quiet", "--output", "run"]
        + more)
  }

  private let settings = [
    "--set", "hidden=8", "code=8", "batch=16", "learning_rate=1e-2", "warmup_steps=1",
  ]

  @Test func aRunServesWhereverVectorsAreAskedFor() throws {
    let trained = try train(
      ["--steps", "200"] + settings + [
        "binary=true", "most_documents=0.6", "bit_noise=1", "word_dropout=0",
      ])
    #expect(trained.code == 0, "\(trained.message)")
    let embedded = try run(["embed", "--model", "run", "the wing", ""])
    #expect(embedded.code == 0, "\(embedded.message)")
    for line in embedded.text.split(separator: "\n") {
      let values = try JSON.parse(Array(line.utf8), name: "line")["vector"]?.arrayValue ?? []
      #expect(values.count == 8 && values.allSatisfy { abs($0.doubleValue ?? 0) == 1 })
    }
    let unit = try run(["embed", "--model", "run", "--normalize", "true", "the wing"])
    let values = try JSON.parse(unit.output, name: "line")["vector"]?.arrayValue ?? []
    // 1 / √8
    #expect(values.allSatisfy { abs(abs($0.doubleValue ?? 0) - 0.3535534) < 1e-6 })
    let made = try run(
      ["index", "create", "i.index", "--documents", "set", "--model", "run", "--quiet"])
    #expect(made.code == 0, "\(made.message)")
    let found = try run(["search", "i.index", "wing in air", "--method", "dense", "--top", "1"])
    #expect(found.code == 0 && found.text.contains("*wing* lifts"), "\(found.message)")
    let judged = try run([
      "evaluate", "retrieval", "--data", "set", "--method", "dense", "hamming", "lsa", "--model",
      "run", "--metric", "dot", "--dimensions", "2", "--json", "--quiet",
    ])
    #expect(judged.code == 0, "\(judged.message)")
    let lines = try judged.text.split(separator: "\n").map {
      try JSON.parse(Array($0.utf8), name: "line")
    }
    // Documents are shorter than a piece: the product of bits, a whole number, ranks as their distance does, ties by the ids in
    // both.
    #expect(lines.map { $0["method"] } == ["dense", "hamming", "lsa"])
    #expect(lines[0]["metrics"] == lines[1]["metrics"])
    #expect(lines[2]["metrics"]?["ndcg@10"]?.doubleValue == 1)
    let converted = try run(["convert", "run", "half", "--precision", "bfloat16", "--quiet"])
    #expect(converted.code == 0, "\(converted.message)")
    #expect(try run(["embed", "--model", "half", "the wing"]).code == 0)
  }

  @Test func anInterruptedRunGoesOn() throws {
    #expect(try train(["--steps", "5"] + settings).code == 0)
    let resumed = try run([
      "train", "bow", "--output", "run", "--resume", "--steps", "8", "--quiet",
    ])
    #expect(resumed.code == 0, "\(resumed.message)")
    let log = try MappedFile(scratch("run/log.jsonl"))
    #expect(String(decoding: log.bytes, as: UTF8.self).contains("\"step\":8"))
    withExtendedLifetime(log) {}
  }

  @Test func whatIsWrongIsSaidInOneLine() throws {
    for (words, code) in [
      (["train", "bow", "--data", "none", "--splits", "splits.json", "--output", "r"], 66),
      (["train", "bow", "--splits", "splits.json", "--output", "r"], 64),
      (["train", "bow", "--data", "set:2", "--splits", "splits.json", "--output", "r"], 64),
      (["train", "bow", "--data", "set", "--set", "bit_noise=2", "--output", "r"], 64),
      (["train", "bow", "--data", "set", "--output", "r", "--tokenizer", "t.json"], 64),
      (["train", "bow", "--data", "set", "--output", "r", "--from", "x"], 64),
      (["train", "bow", "--data", "set", "--output", "r", "--set", "hidden=x"], 64),
      (["evaluate", "retrieval", "--data", "set", "--method", "hamming"], 64),
      (["evaluate", "retrieval", "--data", "set", "--method", "tfidf", "--dimensions", "3"], 64),
    ] as [([String], Int32)] {
      let outcome = try run(words)
      #expect(outcome.code == code && outcome.failedInOneLine, "\(words): \(outcome.message)")
    }
  }
}
