import Glibc
import SeqaeFiles
import Testing

/// The figures of `seqae evaluate denoise`, worked out by hand.
struct EvaluateTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func evaluate(_ arguments: String...) throws -> Program.Outcome {
    let words = ["evaluate", "denoise"] + arguments
    return try Program.run(Program.path, words.map { Array($0.utf8) }, in: scratch.path)
  }

  // 中，国 has one error in two code points, a.b two in two; the clean texts have five code points.
  private static let pairs = "中，国\t中国\na..b\tab\nxyz\txyz\n"

  @Test func anotherSystemsRepairsAreScored() throws {
    try scratch.write("pairs.tsv", Self.pairs)
    // The first is repaired, the second half, and in the clean xyz one letter is taken away.
    try scratch.write("predictions.tsv", "中国\t中国\na.b\tab\nxyz\txy\n")
    let outcome = try evaluate("--data", "pairs.tsv", "--predictions", "predictions.tsv", "--json")
    #expect(outcome.code == 0)
    let json = try JSON.parse(outcome.output, name: "output")
    #expect(json["task"] == "denoise")
    let zh = try #require(json["languages"]?["zh"])
    let en = try #require(json["languages"]?["en"])
    #expect(zh["cer_before"]?.doubleValue == 0.5)  // 1 of 2
    #expect(zh["cer_after"]?.doubleValue == 0)
    #expect(zh["exact"]?.doubleValue == 1)
    #expect(zh["clean_unchanged"]?.doubleValue == 1)
    #expect(en["cer_before"]?.doubleValue == 0.4)  // 2 of 5
    // One full stop is left in ab; xyz as noisy text came back as it is: 1 of 5.
    #expect(en["cer_after"]?.doubleValue == 0.2)
    #expect(en["clean_unchanged"]?.doubleValue == 0.5)  // ab, not xyz
    #expect(en["false_edits_per_1000"]?.doubleValue == 200)  // 1 of 5
    #expect(json["metrics"]?["pairs"]?.doubleValue == 3)
  }

  @Test func theTableHasARowForEachLanguage() throws {
    try scratch.write("pairs.tsv", Self.pairs)
    try scratch.write("predictions.tsv", "中国\t中国\nab\tab\nxyz\txyz\n")
    let outcome = try evaluate("--data", "pairs.tsv", "--predictions", "predictions.tsv")
    #expect(
      outcome.text == """
             pairs  errors before   after      cut    exact  clean unchanged  false edits/1000
        zh       1        50.00 %  0.00 %  100.0 %  100.0 %          100.0 %              0.00
        en       2        40.00 %  0.00 %  100.0 %  100.0 %          100.0 %              0.00
        all      3        42.86 %  0.00 %  100.0 %  100.0 %          100.0 %              0.00

        """)
  }

  @Test func aModelThatChangesNothingCutsNothing() throws {
    try scratch.write("pairs.tsv", Self.pairs)
    let model = try TinyModel.made.get()
    let outcome = try evaluate("--data", "pairs.tsv", "--model", model.path, "--json")
    #expect(outcome.code == 0)
    let json = try JSON.parse(outcome.output, name: "output")
    #expect(json["metrics"]?["errors_cut"]?.doubleValue == 0)
    #expect(json["metrics"]?["clean_unchanged"]?.doubleValue == 1)
    #expect(json["metrics"]?["cer_after"] == json["metrics"]?["cer_before"])
  }

  @Test func calibrationIsPrintedAndDrawn() throws {
    try scratch.write("pairs.tsv", Self.pairs)
    let model = try TinyModel.made.get()
    func calibration(_ words: String...) throws -> Program.Outcome {
      let all = ["evaluate", "calibration", "--data", "pairs.tsv", "--model", model.path] + words
      return try Program.run(Program.path, all.map { Array($0.utf8) }, in: scratch.path)
    }
    let outcome = try calibration("--json", "--plot", "plot.svg")
    #expect(outcome.code == 0)
    let json = try JSON.parse(outcome.output, name: "output")
    #expect(json["idempotent"]?.doubleValue == 1)  // it changes nothing
    let bins = try #require(json["bins"]?.arrayValue)
    #expect(bins.count == 10)
    #expect(bins.reduce(0) { $0 + ($1["edits"]?.intValue ?? 0) } == json["edits"]?.intValue)
    #expect(try scratch.read("plot.svg").starts(with: Array("<svg ".utf8)))
    #expect(try calibration().text.contains("expected calibration error"))
    let refused = try calibration("--min-confidence", "0.5")
    #expect(refused.code == 64)
    #expect(refused.failedInOneLine)
  }

  @Test(
    arguments: [
      ("only one column\n", 65), ("a\tb\tc\n", 65), ("", 65), ("a\tb\n\u{0}", 65),
    ])
  func dataOfAnotherFormIsRefused(_ text: String, _ code: Int32) throws {
    try scratch.write("pairs.tsv", text)
    let model = try TinyModel.made.get()
    let outcome = try evaluate("--data", "pairs.tsv", "--model", model.path)
    #expect(outcome.code == code)
    #expect(outcome.failedInOneLine)
    #expect(outcome.message.contains("pairs.tsv"))
  }

  @Test func gzipIsReadWhereItsLibraryIsInstalled() throws {
    let without = getenv("SEQAE_WITHOUT").map { String(cString: $0) } ?? ""
    let isInstalled =
      Path.exists("/usr/include/zlib.h") && !without.split(separator: ",").contains("zlib")
    let path = Path.join(Program.checkout, "Tests/Fixtures/files/members.txt.gz")
    let outcome = try evaluate("--data", path)
    // Its lines are no pairs, which only one who can read them can tell.
    #expect(outcome.code == (isInstalled ? 65 : 69))
    #expect(outcome.failedInOneLine)
    #expect(outcome.message.contains(isInstalled ? "column" : "make build"))
  }

  @Test func dataThatIsNotThereIsNamed() throws {
    let outcome = try evaluate("--data", "no such pairs.tsv")
    #expect(outcome.code == 66)
    #expect(outcome.failedInOneLine)
    #expect(outcome.message.contains("no such pairs.tsv"))
  }

  @Test(arguments: ["a\tb\n", "a\tb\na\tb\na\tb\na\tb\n", "a\nb\nc\n"])
  func predictionsOfAnotherFormAreRefused(_ text: String) throws {
    try scratch.write("pairs.tsv", Self.pairs)
    try scratch.write("predictions.tsv", text)
    let outcome = try evaluate("--data", "pairs.tsv", "--predictions", "predictions.tsv")
    #expect(outcome.code == 65)
    #expect(outcome.failedInOneLine)
    #expect(outcome.message.contains("predictions.tsv"))
  }
}
