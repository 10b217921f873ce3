import SeqaeFiles
import Testing

/// `seqae evaluate translation` and `rouge` from outside.
struct TextScoreTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func evaluate(_ arguments: String...) throws -> Program.Outcome {
    try Program.run(
      Program.path, (["evaluate"] + arguments).map { Array($0.utf8) }, in: scratch.path)
  }

  private func metric(_ name: ByteString, of outcome: Program.Outcome) throws -> Double {
    let json = try JSON.parse(outcome.output, name: "output")
    return try #require(json["metrics"]?[name]?.doubleValue)
  }

  private static let pair = "a b C d x e\ta b c D e f g\n"

  @Test func translationHasAllScoresAndSignatures() throws {
    try scratch.write("pairs.tsv", Self.pair)
    let outcome = try evaluate("translation", "--data", "pairs.tsv", "--json")
    #expect(outcome.code == 0)
    let json = try JSON.parse(outcome.output, name: "output")
    #expect(json["task"] == "translation" && json["metrics"]?["lines"] == 1)
    // x is left out, f and g are put in: 3 edits to 7 words.
    #expect(try metric("ter", of: outcome) == 100 * (3.0 / 7))
    // abCdxe and abcDefg share a, b and e, of pairs ab, and nothing longer.
    // P = (3/6 + 1/5) / 6, R = (3/7 + 1/6) / 6: 5 · P · R / (4 · P + R)
    let (precision, recall) = ((3.0 / 6 + 1.0 / 5) / 6, (3.0 / 7 + 1.0 / 6) / 6)
    let chrF = 100 * (5 * precision * recall / (4 * precision + recall))
    #expect(abs(try metric("chrf", of: outcome) - chrF) < 1e-9)
    let signatures = try #require(json["signatures"]?.objectValue)
    #expect(signatures.members.map(\.key.string) == ["bleu", "chrf", "chrf++", "ter"])
    let ter = try #require(signatures["ter"]?.stringValue?.string)
    #expect(ter.hasPrefix("nrefs:1|case:lc|tok:tercom|norm:no|punct:yes|asian:no|version:seqae-"))
    let table = try evaluate("translation", "--data", "pairs.tsv")
    #expect(table.code == 0 && table.text.contains("42.86") && table.text.contains(ter))
  }

  @Test func editsDependOnTheOptions() throws {
    try scratch.write("pairs.tsv", "我们 去 Park。\t我们去park!\n")
    for (options, edits) in [
      (["--ter-case-sensitive"], 3.0),  // of one word
      (["--ter-normalized", "--ter-asian-support"], 1.0 / 5),
      (["--ter-normalized", "--ter-no-punct", "--ter-asian-support"], 0),
    ] {
      let words = ["evaluate", "translation", "--data", "pairs.tsv", "--json"] + options
      let outcome = try Program.run(
        Program.path, words.map { Array($0.utf8) }, in: scratch.path)
      #expect(try metric("ter", of: outcome) == 100 * edits, "\(options)")
    }
  }

  @Test func rougeHasTheMeansOfTheBestReferences() throws {
    // Of the first "the cat" is right, of the second all.
    try scratch.write("references.tsv", "the cat sat\tnothing\nno\tdogs bark\n")
    try scratch.write("summaries.txt", "the cat\ndogs bark\n")
    let outcome = try evaluate(
      "rouge", "--data", "references.tsv", "--predictions", "summaries.txt", "--json")
    #expect(outcome.code == 0)
    #expect(try metric("rouge1_recall", of: outcome) == (2.0 / 3 + 1) / 2)
    let bigrams: Double = 2 * 0.5 / 1.5  // F of precision 1 and recall ½
    #expect(try metric("rouge2", of: outcome) == (bigrams + 1) / 2)
    #expect(try metric("rougeL_precision", of: outcome) == 1)
    let table = try evaluate("rouge", "--data", "references.tsv", "--predictions", "summaries.txt")
    #expect(table.code == 0 && table.text.contains("ROUGE-L") && table.text.contains("0.8333"))
  }

  // Words: cats is not cat. Characters: of 猫 在 睡 觉 cats three are among 猫 睡 觉 cat.
  @Test func rougeCountsWhatItIsTold() throws {
    try scratch.write("pairs.tsv", "猫在睡觉 cats\t猫睡觉 cat\n")
    for (units, f1) in [("words", 0), ("stems", 1), ("characters", 2 * 0.6 * 0.75 / 1.35)] {
      let outcome = try evaluate("rouge", "--data", "pairs.tsv", "--units", units, "--json")
      #expect(abs(try metric("rouge1", of: outcome) - f1) < 1e-12, "\(units)")
    }
  }

  @Test func whatChangesNothingIsRefused() throws {
    try scratch.write("pairs.tsv", Self.pair)
    for (words, part) in [
      (["translation", "--ter-asian-support"], "without --ter-normalized or --ter-no-punct"),
      (["translation", "--units", "stems"], "--units changes nothing with the task translation"),
      (["rouge", "--tokenize", "zh"], "--tokenize changes nothing with the task rouge"),
      (["bleu", "--ter-normalized"], "--ter-normalized changes nothing with the task bleu"),
      (["rouge", "--units", "sentences"], "one of words, stems, characters"),
      (["rouge", "--model", "denoiser"], "--model changes nothing with the task rouge"),
    ] {
      let arguments = ["evaluate"] + words + ["--data", "pairs.tsv"]
      let outcome = try Program.run(
        Program.path, arguments.map { Array($0.utf8) }, in: scratch.path)
      #expect(outcome.code == 64 && outcome.failedInOneLine, "\(words)")
      #expect(outcome.message.contains(part), "\(outcome.message)")
    }
  }
}
