import SeqaeFiles
import Testing

/// `seqae evaluate retrieval` from outside.
struct RetrievalEvaluationTests {
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    try Path.makeDirectories(scratch("set/qrels"))
    let texts = ["the wing in a slipstream", "heat transfer", "a wall", "wall and wing", "other"]
    let corpus = texts.enumerated().map { #"{"_id":"\#($0)","title":"","text":"\#($1)"}"# + "\n" }
    try scratch.write("set/corpus.jsonl", corpus.joined())
    try scratch.write(
      "set/queries.jsonl",
      #"{"_id":"x","text":"slipstream"}"# + "\n" + #"{"_id":"y","text":"heat wall"}"# + "\n")
    try scratch.write(
      "set/qrels/test.tsv", "query-id\tcorpus-id\tscore\nx\t0\t1\ny\t1\t1\ny\t4\t2\n")
  }

  private func evaluate(_ arguments: String...) throws -> Program.Outcome {
    let words = (["evaluate", "retrieval", "--data", "set", "--quiet"] + arguments)
    return try Program.run(Program.path, words.map { Array($0.utf8) }, in: scratch.path)
  }

  @Test(arguments: ["bm25", "tfidf", "tfidf-dot"])
  func figuresAreThoseOfTheRankings(_ method: String) throws {
    let outcome = try evaluate("--method", method, "--json")
    #expect(outcome.code == 0, "\(outcome.message)")
    let json = try JSON.parse(Array(outcome.text.utf8), name: "line")
    #expect(json["task"] == "retrieval" && json["method"] == JSON(method) && json["queries"] == 2)
    // x finds its one document first. Of y's two the first is found first, the better one never.
    let metrics = try #require(json["metrics"])
    func value(_ name: ByteString) -> Double? { metrics[name]?.doubleValue }
    #expect(value("map") == 0.75 && value("mrr") == 1 && value("recall@100") == 0.75)
    // (1 + 1 / (2 + 1 / log₂ 3)) / 2
    #expect(abs((value("ndcg@10") ?? 0) - 0.6900) < 1e-4)
  }

  @Test func methodsAreComparedAndQueriesSpoilt() throws {
    let outcome = try evaluate(
      "--method", "bm25", "--compare", "tfidf", "--noise", "deletion", "keyboard", "--noise-rate",
      "0.2", "1")
    #expect(outcome.code == 0, "\(outcome.message)")
    let lines = outcome.text.split(separator: "\n")
    #expect(lines.count == 1 + 2 * 5 && lines[0].hasPrefix("method"))
    #expect(lines[2].hasPrefix("tfidf") && lines[2].hasSuffix("1.0000"))
    // Without letters nothing is found.
    #expect(lines.contains { $0.contains("deletion") && $0.contains("0.0000  0.0000  0.0000") })
    let again = try evaluate(
      "--method", "bm25", "--compare", "tfidf", "--noise", "deletion", "keyboard", "--noise-rate",
      "0.2", "1")
    #expect(again.text == outcome.text)
  }

  @Test func aModelsVectorsAreJudged() throws {
    let model = try TinyLatent.made.get().autoencoder
    let outcome = try evaluate(
      "--method", "dense", "hybrid", "--model", model, "--metric", "dot", "--repair", "off",
      "--json")
    #expect(outcome.code == 0, "\(outcome.message)")
    // All five documents are found by their vectors.
    for line in outcome.text.split(separator: "\n") {
      let json = try JSON.parse(Array(line.utf8), name: "line")
      #expect(json["metrics"]?["recall@100"]?.doubleValue == 1)
    }
  }

  @Test func whatIsWrongIsSaidInOneLine() throws {
    for (words, code) in [
      ([], 64), (["--method", "dense"], 64), (["--method", "naive-bayes"], 64),
      (["--method", "bm25", "--noise-rate", "0.1"], 64),
      (["--method", "bm25", "--draws", "3"], 64),
      (["--method", "hamming", "--model", "m", "--metric", "dot"], 64),
      (["--method", "lsa", "--keywords", "characters"], 64),
      (["--method", "bm25", "--repair", "off"], 64),
      (["--method", "hamming", "--model", "m", "--terms", "words"], 64),
      (["--method", "lsa", "--compare", "tfidf", "--model", "m"], 64),
    ] as [([String], Int32)] {
      let all = ["evaluate", "retrieval", "--data", "set"] + words
      let outcome = try Program.run(Program.path, all.map { Array($0.utf8) }, in: scratch.path)
      #expect(outcome.code == code && outcome.failedInOneLine, "\(words): \(outcome.message)")
    }
    let none = try Program.run(
      "evaluate", "retrieval", "--data", "none", "--method", "bm25", in: scratch.path)
    #expect(none.code == 66 && none.failedInOneLine)
  }
}
