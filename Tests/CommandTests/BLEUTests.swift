import SeqaeFiles
import Testing

/// `seqae evaluate bleu` from outside.
struct BLEUTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func bleu(_ arguments: String...) throws -> Program.Outcome {
    let words = ["evaluate", "bleu"] + arguments
    return try Program.run(Program.path, words.map { Array($0.utf8) }, in: scratch.path)
  }

  // 6 words, the reference has 7. Of the words 5 are right, of the pairs 3, of the triples 2, and 1 of the 3 fours.
  private static let pair = "a b c d x e\ta b c d e f g\n"

  @Test func scoresAndSignatureArePrinted() throws {
    try scratch.write("pairs.tsv", Self.pair)
    let outcome = try bleu("--data", "pairs.tsv", "--json")
    #expect(outcome.code == 0)
    let json = try JSON.parse(outcome.output, name: "output")
    #expect(json["task"] == "bleu")
    let metrics = try #require(json["metrics"])
    // exp(1 − 7/6) · (5/6 · 3/5 · 2/4 · 1/3)^¼ = 0.846482 · 0.537285
    let score = try #require(metrics["bleu"]?.doubleValue)
    #expect(abs(score - 45.4802) < 1e-3)
    #expect(metrics["precision_3"] == 50)
    #expect(metrics["hypothesis_length"] == 6 && metrics["reference_length"] == 7)
    #expect(metrics["lines"] == 1)
    let signature = try #require(json["signature"]?.stringValue?.string)
    #expect(signature.hasPrefix("nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:seqae-"))
    let table = try bleu("--data", "pairs.tsv")
    #expect(table.code == 0 && table.text.contains("45.48") && table.text.contains(signature))
  }

  @Test func referencesAndHypothesesMayLieInTwoFiles() throws {
    try scratch.write("pairs.tsv", Self.pair)
    try scratch.write("references.txt", "a b c d e f g\n")
    try scratch.write("hypotheses.txt", "a b c d x e\n")
    let one = try bleu("--data", "pairs.tsv", "--json")
    let two = try bleu("--data", "references.txt", "--predictions", "hypotheses.txt", "--json")
    #expect(one.code == 0 && one.text == two.text)
  }

  @Test func eachTokenizerHasItsOwnWords() throws {
    try scratch.write("pairs.tsv", "今天很好。\t今天真好。\n")
    for (tokenizer, words) in [("13a", 1), ("zh", 5), ("char", 5), ("none", 1)] {
      let outcome = try bleu("--data", "pairs.tsv", "--tokenize", tokenizer, "--json")
      let json = try JSON.parse(outcome.output, name: "output")
      #expect(json["metrics"]?["hypothesis_length"]?.intValue == words, "\(tokenizer)")
      #expect(json["signature"]?.stringValue?.string.contains("|tok:\(tokenizer)|") == true)
    }
  }

  @Test func whatCanNotBeScoredIsRefusedInOneLine() throws {
    try scratch.write("pairs.tsv", Self.pair)
    try scratch.write("untabbed.txt", "a b\tc\nno reference\n")
    try scratch.write("empty.txt", "")
    try scratch.write("long.txt", "a\nb\n")
    for (arguments, code, part) in [
      (["--data", "untabbed.txt"], 65, "untabbed.txt: line 2"),
      (["--data", "empty.txt"], 65, "found none"),
      (["--data", "no such file"], 66, "no such file"),
      (["--data", "pairs.tsv", "--predictions", "long.txt"], 65, "expected 1 lines"),
      (["--data", "pairs.tsv", "--predictions", "empty.txt"], 65, "a line for each"),
      (["--data", "pairs.tsv", "--tokenize", "intl"], 64, "one of 13a, zh, char, none"),
      (["--data", "pairs.tsv", "--model", "denoiser"], 64, "--model changes nothing"),
      ([], 64, "expected --data FILE"),
    ] as [([String], Int32, String)] {
      let words = (["evaluate", "bleu"] + arguments).map { Array($0.utf8) }
      let outcome = try Program.run(Program.path, words, in: scratch.path)
      #expect(outcome.code == code && outcome.failedInOneLine, "\(arguments)")
      #expect(outcome.message.contains(part), "\(outcome.message)")
    }
  }
}
