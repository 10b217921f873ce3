import SeqaeFiles
import Testing

/// `seqae translate`, `seqae summarize` and their evaluation from outside.
struct TranslateTests {
  private let scratch: Scratch
  private let models: TinyLatent

  init() throws {
    scratch = try Scratch()
    models = try TinyLatent.made.get()
  }

  private func run(_ words: [String], input: String = "") throws -> Program.Outcome {
    try Program.run(
      Program.path, words.map { Array($0.utf8) }, input: Array(input.utf8), in: scratch.path)
  }

  private func translate(_ words: String..., input: String = "") throws -> Program.Outcome {
    try run(["translate", "--model", models.translator] + words, input: input)
  }

  @Test func eachLineHasItsTranslationInOrder() throws {
    let input = "我们喜欢看书。\n\nThey like tea.\n"
    let outcome = try translate(input: input)
    #expect(outcome.code == 0 && outcome.message.isEmpty, "\(outcome.message)")
    let lines = outcome.text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count == 4 && lines[1].isEmpty && lines[3].isEmpty)
    // Each alone, and told its direction, comes out the same.
    for (text, language, line) in [
      ("我们喜欢看书。", "en", lines[0]), ("They like tea.", "zh", lines[2]),
    ] {
      #expect(try translate("--to", language, text).text == line + "\n")
    }
  }

  @Test func theBestTextsComeFirst() throws {
    let outcome = try translate("--n-best", "3", "They like tea.")
    let rows = outcome.text.split(separator: "\n").map { $0.split(separator: "\t") }
    #expect(rows.map { $0[0] } == ["0", "1", "2"])
    let scores = rows.compactMap { Double($0[$0.count - 1]) }
    #expect(scores == scores.sorted(by: >) && scores.count == 3)
    let json = try JSON.parse(
      try translate("--n-best", "3", "--json", "They like tea.").output, name: "output")
    #expect(json["input"]?.stringValue == "They like tea.")
    let hypotheses = try #require(json["hypotheses"]?.arrayValue)
    #expect(hypotheses.compactMap { $0["score"]?.doubleValue } == scores)
    let one = try JSON.parse(try translate("--json", "They like tea.").output, name: "output")
    #expect(one["text"] == hypotheses[0]["text"])
    #expect(one.objectValue?.members.map(\.key) == ["input", "text", "score", "log_probability"])
  }

  @Test func aStreamedTextIsTheSameText() throws {
    let input = "我们喜欢看书。\n\nThey like tea.\n"
    for beam in ["1", "4"] {
      let whole = try translate("--beam", beam, input: input)
      let streamed = try translate("--beam", beam, "--stream", input: input)
      #expect(streamed.code == 0 && streamed.output == whole.output, "\(streamed.message)")
    }
    for other in ["--json", "--alignments", "--n-best=2", "--attention=x.svg"] {
      let refused = try translate("--stream", other, "a")
      #expect(refused.code == 64 && refused.message.contains("--stream prints texts alone"))
    }
  }

  @Test func anArgumentToSummarizeIsOneTextWhateverLinesItHas() throws {
    let summarize = ["summarize", "--model", models.summarizer]
    #expect(try run(summarize + ["They like tea.\nWe read.\n"]).text.count { $0 == "\n" } == 1)
    #expect(
      try run(summarize, input: "They like tea.\nWe read.\n").text.count { $0 == "\n" } == 2)
  }

  @Test func alignmentsArePairsOfWords() throws {
    let text = "They like tea."
    let json = try JSON.parse(try translate("--json", "--alignments", text).output, name: "output")
    let words = try #require(json["source_words"]?.arrayValue).compactMap(\.stringValue)
    #expect(words == ["They", "like", "tea", "."])
    let count = try #require(json["target_words"]?.arrayValue).count
    let links = try #require(json["alignment"]?.arrayValue).map {
      $0.arrayValue?.compactMap(\.intValue) ?? []
    }
    #expect(links.map { $0[1] } == Array(0..<count) && links.allSatisfy { (0..<4).contains($0[0]) })
    let line = try translate("--alignments", text).text
    let pharaoh = links.map { "\($0[0])-\($0[1])" }.joined(separator: " ")
    #expect(line.hasSuffix("\t\(pharaoh)\n"))
    let map = scratch("map.svg")
    #expect(try translate("--attention", map, text).code == 0)
    let file = try MappedFile(map)
    let svg = withExtendedLifetime(file) { String(decoding: file.bytes, as: UTF8.self) }
    #expect(svg.contains(">They</text>") && svg.contains("class=\"weight\""))
  }

  @Test func aModelIsMeasuredOnPairs() throws {
    let source = try scratch.write("a.txt", "They like tea.\nWe read.\n")
    let target = try scratch.write("b.txt", "他们想喝茶。\n我们看书。\n")
    let pairs = try scratch.write("pairs.tsv", "They like tea.\t他们想喝茶。\nWe read.\t我们看书。\n")
    let words = ["evaluate", "translation", "--model", models.translator, "--json", "--quiet"]
    let files = try run(words + ["--source", source, "--target", target, "--tokenize", "zh"])
    #expect(files.code == 0 && files.message.isEmpty, "\(files.message)")
    #expect(try run(words + ["--data", "\(pairs):1,2", "--tokenize", "zh"]).output == files.output)
    // It equals what is measured of the texts that are written.
    let input = "They like tea.\nWe read.\n"
    let written = try scratch.write("written.txt", try translate(input: input).text)
    let apart = try run(
      ["evaluate", "translation", "--json", "--tokenize", "zh", "--data", target, "--predictions"]
        + [written])
    #expect(apart.output == files.output)
    let rouge = try run(
      ["evaluate", "rouge", "--model", models.summarizer, "--data", "\(pairs):2,1", "--quiet"])
    #expect(rouge.code == 0 && rouge.text.hasPrefix("2 lines"), "\(rouge.message)")
  }

  @Test func aPartOfACorpusIsWhatItsSplitsSay() throws {
    let splits = try scratch.write(
      "splits.json",
      #"{"seqae_splits": 2, "modulus": 10, "test_below": 2, "development_below": 4, "lists": {}}"#)
    let pairs = (0..<60).map { "Text \($0)\t第\($0)篇。" }
    let file = try scratch.write("pairs.tsv", pairs.joined(separator: "\n") + "\n")
    func lines(_ words: [String]) throws -> Int? {
      let outcome = try run(
        [
          "evaluate", "translation", "--model", models.translator, "--data", "\(file):1,2",
          "--beam",
        ]
          + ["1", "--json"] + words)
      return try JSON.parse(outcome.output, name: "output")["metrics"]?["lines"]?.intValue
    }
    let test = try #require(try lines(["--split", "test", "--splits", splits]))
    let development = try #require(try lines(["--split", "development", "--splits", splits]))
    #expect(test > 0 && development > 0 && test + development < 60)
    #expect(try lines([]) == 60)
    let none = try run(
      ["evaluate", "translation", "--data", file, "--split", "test", "--splits", splits])
    #expect(none.code == 64 && none.message.contains("--split expects pairs"))
  }

  @Test func firstSentencesStandBesideSummaries() throws {
    let texts = try scratch.write(
      "texts.tsv", "They like tea. We read.\tTea is liked\nWe read books! And more.\tBooks\n\t\n")
    let own = try run(
      ["evaluate", "rouge", "--model", models.summarizer, "--data", "\(texts):1,2", "--json"])
    #expect(own.message.contains("without a reference: 1 pair, left out"))
    let leads = try scratch.write(
      "leads.tsv", "They like tea.\tTea is liked\nWe read books!\tBooks\n")
    let lead = try run(["evaluate", "rouge", "--data", leads, "--json"])
    let (found, wanted) = (
      try JSON.parse(own.output, name: "output")["metrics"],
      try JSON.parse(lead.output, name: "output")["metrics"]
    )
    for name in ["rouge1", "rouge2", "rougeL"] {
      #expect(found?[ByteString("lead_\(name)")] == wanted?[ByteString(name)])
    }
    #expect(try #require(wanted?["rouge1"]?.doubleValue) > 0.2)
  }

  @Test func whatIsMissingOrWrongIsNamed() throws {
    let pairs = try scratch.write("pairs.tsv", "a\tb\n")
    let translate = ["translate", "--model", models.translator]
    let train = ["train", "translator", "--output", scratch("run")]
    for (words, code, message) in [
      (translate + ["--to", "de", "a"], 64, "--to de: the model writes zh and en"),
      (translate + ["--n-best", "5", "a"], 64, "--n-best 5 is more than --beam 4"),
      (
        translate + ["--attention", "x.svg", "a", "b"], 64, "--attention draws one text of one line"
      ),
      (["translate", "a"], 64, "expected --model"),
      (["translate", "--model", models.summarizer, "a"], 65, "found one for summarization"),
      (["translate", "--model", models.vae, "a"], 65, "no model of train translator"),
      (
        ["translate", "--model", models.vae, "a"], 65,
        "it has no seqae_task: train one with seqae train translator or summarizer"
      ),
      (["summarize", "--model", models.translator, "a"], 65, "train summarizer"),
      (train, 64, "expected --data FILE:1,2 or --source FILE --target FILE"),
      (train + ["--source", pairs], 64, "expected a --target for each --source, found 0 for 1"),
      (train + ["--data", pairs], 64, "expects pairs: FILE:1,2"),
      (
        train + ["--source", pairs, "--target", scratch("none")], 66, scratch("none")
      ),
      (
        ["train", "lm", "--output", scratch("run"), "--source", pairs, "--target", pairs], 64,
        "--source changes nothing with the recipe lm"
      ),
      (
        ["evaluate", "translation", "--data", pairs, "--beam", "2"], 64,
        "--beam changes nothing"
      ),
    ] as [([String], Int32, String)] {
      let outcome = try run(words)
      #expect(outcome.code == code, "\(words): \(outcome.message)")
      #expect(outcome.message.contains(message), "\(words): \(outcome.message)")
    }
  }
}
