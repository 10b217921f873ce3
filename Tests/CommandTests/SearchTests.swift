import Glibc
import SeqaeFiles
import TestSupport
import Testing

/// `seqae index` and `seqae search` from outside.
struct SearchTests {
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    try scratch.write(
      "docs.jsonl",
      """
      {"id":"a","title":"Wings","text":"The wing in a slipstream.","year":1958}
      {"id":"b","text":"Heat transfer through a wall.","year":1959}
      {"id":"c","text":"今天天气很好。資訊檢索。","year":1959,"tags":["zh"]}

      """)
  }

  private func seqae(_ arguments: String..., input: String = "") throws -> Program.Outcome {
    try Program.run(
      Program.path, arguments.map { Array($0.utf8) }, input: Array(input.utf8), in: scratch.path)
  }

  /// Makes an index of the documents.
  private func make(_ more: String...) throws {
    let words = ["index", "create", "i", "--documents", "docs.jsonl", "--quiet"] + more
    let outcome = try Program.run(Program.path, words.map { Array($0.utf8) }, in: scratch.path)
    try #require(outcome.code == 0, "\(outcome.message)")
  }

  @Test func documentsAreFoundByTheirWords() throws {
    try make()
    let found = try seqae("search", "i", "slipstream wall")
    #expect(found.code == 0 && found.message.isEmpty)
    let lines = found.text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count == 4 && lines[2].isEmpty && lines[3].isEmpty)
    // A longer word has more letters in a row to be found by.
    #expect(
      lines[0].hasPrefix("1\t") && lines[0].hasSuffix("\ta\tWings: The wing in a *slipstream*."))
    #expect(lines[1].hasPrefix("2\t") && lines[1].hasSuffix("\tb\tHeat transfer through a *wall*."))
    let chinese = try seqae("search", "i", "--top", "1", input: "天氣\n资讯\nnothing\n")
    #expect(chinese.text.contains("\tc\t今天*天气*很好。資訊檢索。\n\n1\t"))
    #expect(chinese.text.hasSuffix("天气很好。*資訊*檢索。\n\n\n"))
    let colored = try seqae("search", "i", "heat", "--color", "always")
    #expect(colored.text.contains("\u{1B}[1;31mHeat\u{1B}[m transfer"))
  }

  @Test func jsonHasAllThatIsKnown() throws {
    try make()
    let found = try seqae("search", "i", "資訊", "none", "--json", "--filter", "tags=zh")
    let lines = found.text.split(separator: "\n")
    #expect(lines.count == 2 && lines[1] == #"{"query":"none","results":[]}"#)
    let json = try JSON.parse(Array(lines[0].utf8), name: "line")
    let result = try #require(json["results"]?.arrayValue?.first)
    #expect(result["id"]?.stringValue == "c" && result["title"] == nil)
    #expect(result["matches"] == [[7, 9]] && result["metadata"] == ["year": 1959, "tags": ["zh"]])
    #expect(try seqae("search", "i", "wall", "--filter", "year=1958").text == "\n")
  }

  /// What the codes of a VAE are found by finds the vectors of an embedder too.
  @Test func documentsAreFoundByTheVectorsOfAnEmbedder() throws {
    try make("--model", Fixture.path("models/bert"))
    // The same text has the same vector; the index knows its model.
    let found = try seqae(
      "search", "i", "Heat transfer through a wall.", "--method", "dense", "--top", "1", "--json")
    let json = try JSON.parse(Array(found.text.utf8), name: "line")
    let result = try #require(json["results"]?.arrayValue?.first)
    #expect(result["id"]?.stringValue == "b")
    #expect(abs(try #require(result["score"]?.doubleValue) - 1) < 1e-4)
    let other = try TinyLatent.made.get().vae
    let refused = try seqae("search", "i", "wall", "--method", "dense", "--model", other)
    #expect(refused.code == 65 && refused.message.contains("its vectors have"))
  }

  @Test func anIndexIsKept() throws {
    let created = try seqae("index", "create", "i")
    #expect(created.code == 0)
    #expect(created.message == "i: made, without documents: seqae index add adds some\n")
    let added = try seqae("index", "add", "i", input: #"{"id":"x","text":"one"}"#)
    #expect(added.code == 0 && added.message == "i: documents: 1 added\n")
    let more = try seqae("index", "add", "i", "--documents", "docs.jsonl", "--json")
    #expect(more.text == #"{"index":"i","added":3,"replaced":0,"unchanged":0}"# + "\n")
    let again = try seqae("index", "add", "i", "--documents", "docs.jsonl")
    #expect(again.message == "i: documents: 3 unchanged\n")
    let changed = #"{"id":"x","text":"two"}"#
    let refused = try seqae("index", "add", "i", input: changed)
    #expect(refused.code == 65 && refused.message.contains("seqae index update"))
    #expect(
      try seqae("index", "update", "i", input: changed).message == "i: documents: 1 replaced\n")
    #expect(try seqae("search", "i", "two").text.contains("\tx\t*two*"))
    let removed = try seqae("index", "remove", "i", "x", "nobody")
    #expect(
      removed.message
        == "i: no document \"nobody\"\ni: documents: 1 removed, 1 not there\n")
    #expect(
      try seqae("index", "remove", "i", "--json", input: "a\n").text.contains("\"removed\":1"))
    let info = try seqae("index", "info", "i", "--json")
    let json = try JSON.parse(Array(info.text.utf8), name: "info")
    #expect(json["documents"] == 2 && json["keywords"] == "both" && json["metric"] == nil)
    let verified = try seqae("index", "verify", "i")
    #expect(verified.code == 0 && verified.message == "i: undamaged\n" && verified.text.isEmpty)
  }

  @Test func vectorsAreOfTheModelThatMadeTheIndex() throws {
    let models = try TinyLatent.made.get()
    try make("--model", models.vae, "--metric", "dot")
    let info = try seqae("index", "info", "i", "--json")
    let json = try JSON.parse(Array(info.text.utf8), name: "info")
    #expect(json["metric"] == "dot" && json["dimensions"] == .integer(TinyLatent.size))
    let found = try seqae("search", "i", "wing", "--method", "dense", "--json")
    #expect(found.code == 0, "\(found.message)")
    let hits = try JSON.parse(Array(found.text.utf8), name: "line")["results"]?.arrayValue ?? []
    // Inner products of the codes that seqae embed prints.
    let lines = try seqae(
      "embed", "--model", models.vae, "wing", "Wings The wing in a slipstream.",
      "Heat transfer through a wall.", "今天天气很好。資訊檢索。"
    ).text.split(separator: "\n")
    let vectors = try lines.map { line in
      try JSON.parse(Array(line.utf8), name: "line")["vector"]?.arrayValue?.compactMap(
        \.doubleValue)
        ?? []
    }
    let products = vectors.dropFirst().map { zip($0, vectors[0]).reduce(0) { $0 + $1.0 * $1.1 } }
    let order = products.indices.sorted { products[$0] > products[$1] }
    #expect(hits.compactMap { $0["id"]?.stringValue?.string } == order.map { ["a", "b", "c"][$0] })
    for (hit, index) in zip(hits, order) {
      #expect(abs((hit["score"]?.doubleValue ?? .nan) - products[index]) < 1e-4)
    }
    let other = try seqae("search", "i", "wing", "--method", "dense", "--model", models.autoencoder)
    #expect(other.code == 65 && other.failedInOneLine)
    for words in [[models.conditional], [models.vae, "--hnsw", "8"]] {
      let told = try Program.run(
        Program.path, (["index", "create", "j", "--model"] + words).map { Array($0.utf8) },
        in: scratch.path)
      #expect(told.code == 64 && told.failedInOneLine && !Path.exists(scratch("j")))
    }
  }

  @Test func anIndexWhoseDocumentsAreInPartWrongIsGoneOnWith() throws {
    try scratch.write("bad.jsonl", "{\"id\":\"x\",\"text\":\"one\"}\nnothing\n")
    let told = try seqae("index", "create", "p", "--documents", "bad.jsonl", "--quiet")
    #expect(told.code == 65 && told.failedInOneLine)
    #expect(told.message.contains("bad.jsonl"))
    #expect(told.message.contains("p is made: mend this, then seqae index add goes on"))
    try scratch.write(
      "bad.jsonl", "{\"id\":\"x\",\"text\":\"one\"}\n{\"id\":\"y\",\"text\":\"two\"}\n")
    let mended = try seqae("index", "add", "p", "--documents", "bad.jsonl")
    #expect(mended.message == "p: documents: 1 added, 1 unchanged\n")
  }

  @Test func whatIsWrongIsSaidInOneLine() throws {
    try make()
    let greedy = try seqae("search", "i", "--filter", "year=1959", "heat transfer")
    #expect(
      greedy.message == "seqae: --filter: expected KEY=VALUE, found \"heat transfer\": put texts "
        + "before the option, or -- between\n")
    #expect(try seqae("search", "i", "--filter", "year=1959", "--", "heat").code == 0)
    let denoiser = try TinyModel.made.get().path
    let wrong = try seqae("index", "create", "j", "--model", denoiser)
    #expect(wrong.code == 65 && wrong.failedInOneLine && !Path.exists(scratch("j")))
    #expect(
      wrong.message.contains(
        "expected an embedder or a model with sentence codes, found a model of type \"mbart\": give "
          + "--model embedder, or train one (seqae train embedder, bow, autoencoder, vae"))
    try scratch.write("text", "no index\n")
    for (words, code) in [
      (["search", "none", "x"], 66), (["search", "text", "x"], 65), (["search", ".", "x"], 66),
      (["search", "i", "x", "--method", "dense"], 64), (["search", "i", "x", "--filter", "y"], 64),
      (["index", "create", "i"], 73), (["index", "create", "none/i"], 73),
      (["index", "create", "j", "--documents", "none"], 66),
      (["index", "create", "j", "--metric", "dot"], 64), (["index", "info", "i", "x"], 64),
      (["index", "add", "i", "--keywords", "both"], 64), (["index", "shrink", "i"], 64),
      (["index", "create", "j", "--model", "none"], 66),
      (["search", "i", "x", "--ef-search", "9"], 64),
      (["search", "i", "x", "--ef-search", "9", "--method", "dense"], 64),
      (["search", "i", "x", "--ef-search", "9", "--method", "dense", "--filter", "a=b"], 64),
      (["index", "create", "j", "--hnsw", "16"], 64),
      (["index", "create", "j", "--hnsw", "16", "--ef-construction", "31", "--model", "m"], 64),
      (["index", "add", "i", "--hnsw", "16"], 64),
    ] {
      let outcome = try Program.run(
        Program.path, words.map { Array($0.utf8) }, in: scratch.path)
      #expect(outcome.code == code && outcome.failedInOneLine, "\(words): \(outcome.message)")
    }
    let bytes = try scratch.read("i")
    try scratch.write("i", Array(bytes[..<(bytes.count / 2)]))
    let damaged = try seqae("index", "verify", "i")
    #expect(damaged.code == 65 && damaged.failedInOneLine, "\(damaged.message)")
  }

  @Test func addingThatIsKilledAgainAndAgainLosesNothing() throws {
    let lines = (0..<20_000).map {
      #"{"id":"d\#($0)","text":"line \#($0) of the wing, number \#($0 % 97). 今天天气"}"# + "\n"
    }
    try scratch.write("many.jsonl", lines.joined())
    var kills = 0
    var known = 0
    srandom(UInt32(truncatingIfNeeded: getpid()))
    while kills < 8 {
      let action = Path.exists(scratch("k")) && known > 0 ? "add" : "create"
      if action == "create" { try Path.removeTree(scratch("k")) }
      var process = try Running(
        Program.path,
        ["index", action, "k", "--documents", "many.jsonl", "--quiet"].map { Array($0.utf8) },
        environment: [:], in: scratch.path, input: .file("/dev/null"), output: .file("/dev/null"),
        error: .file(scratch("error")))
      usleep(UInt32(truncatingIfNeeded: random()) % 300_000)
      process.send(SIGKILL)
      let code = try process.wait()
      let said = String(decoding: try scratch.read("error"), as: UTF8.self)
      #expect(code == -SIGKILL || code == 0, "\(said)")
      kills += 1
      guard Path.exists(scratch("k")) else { continue }
      let info = try seqae("index", "info", "k", "--json")
      // Killed before it was an index.
      guard info.code == 0 else {
        #expect(info.code == 65 && known == 0)
        continue
      }
      let count = try JSON.parse(Array(info.text.utf8), name: "info")["documents"]?.intValue ?? -1
      #expect(count >= known)
      known = count
      let verified = try seqae("index", "verify", "k")
      #expect(verified.code == 0, "\(verified.text)\(verified.message)")
    }
    if known == 0 {
      try Path.removeTree(scratch("k"))
      #expect(try seqae("index", "create", "k").code == 0)
    }
    let last = try seqae("index", "add", "k", "--documents", "many.jsonl", "--json")
    #expect(last.code == 0)
    let json = try JSON.parse(Array(last.text.utf8), name: "last")
    #expect(json["unchanged"] == .integer(known) && json["added"] == .integer(20_000 - known))
    #expect(try seqae("index", "create", "w", "--documents", "many.jsonl", "--quiet").code == 0)
    let query = ["search", "", "line 77 wing 天气", "--top", "50"]
    let found = try ["k", "w"].map { name in
      try Program.run(
        Program.path, query.map { Array(($0.isEmpty ? name : $0).utf8) }, in: scratch.path
      ).text
    }
    #expect(found[0] == found[1] && found[0].split(separator: "\n").count == 50)
  }
}
