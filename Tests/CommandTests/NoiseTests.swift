import SeqaeFiles
import Testing

/// `seqae noise`: texts spoilt by a seed, and test sets out of what is held out.
struct NoiseTests {
  private func noise(_ arguments: String..., input: String = "") throws -> Program.Outcome {
    let words = ["noise"] + arguments
    return try Program.run(Program.path, words.map { Array($0.utf8) }, input: Array(input.utf8))
  }

  private static let line = "今天天气很好，we go to the park and read books there."

  @Test func theSeedDecides() throws {
    let first = try noise("--seed", "5", Self.line)
    #expect(first.code == 0)
    #expect(first.text != Self.line + "\n")
    #expect(try noise("--seed", "5", Self.line).text == first.text)
    #expect(try noise("--seed", "6", Self.line).text != first.text)
  }

  @Test func atRateZeroNothingIsInserted() throws {
    #expect(try noise("--rate", "0", Self.line, "中国").text == Self.line + "\n中国\n")
  }

  @Test func aPairHoldsTheCleanText() throws {
    let outcome = try noise("--pairs", input: "\(Self.line)\n中国人民\n")
    let pairs = outcome.text.split(separator: "\n").map { $0.split(separator: "\t") }
    #expect(pairs.map(\.count) == [2, 2])
    #expect(pairs.map { $0[1] } == [Self.line[...], "中国人民"])
  }

  @Test func equalLinesGetNoiseOfTheirOwn() throws {
    let outcome = try noise(input: String(repeating: Self.line + "\n", count: 5))
    #expect(Set(outcome.text.split(separator: "\n")).count == 5)
  }

  @Test func aSeparatorStandsInEveryGapOrInARun() throws {
    let outcome = try noise("--kind", "separator", "--json", "--seed", "2", "天地玄黄宇宙洪荒")
    let json = try JSON.parse(outcome.output, name: "output")
    let noisy = try #require(json["noisy"]?.stringValue).string
    #expect(json["clean"]?.stringValue == "天地玄黄宇宙洪荒")
    // What was put in is the same at every place.
    let separators = Set(noisy.split { "天地玄黄宇宙洪荒".contains($0) })
    #expect(separators.count == 1)
  }

  @Test func everyKindIsKnown() throws {
    for kind in ["insertion", "separator", "mixed"] {
      #expect(try noise("--kind", kind, Self.line).code == 0, "\(kind)")
    }
    #expect(try noise("--kind", "loud", Self.line).code == 64)
  }

  @Test func aTabCannotBeInAPair() throws {
    let outcome = try noise("--pairs", "a\tb")
    #expect(outcome.code == 65)
    #expect(outcome.failedInOneLine)
  }

  @Test func aTestSetHoldsWhatIsHeldOutOnly() throws {
    let model = try TinyModel.made.get()
    func set(_ arguments: String...) throws -> [[Substring]] {
      let words =
        ["noise", "--data", model.corpus, "--splits", model.splits, "--pairs"] + arguments
      let outcome = try Program.run(Program.path, words.map { Array($0.utf8) })
      #expect(outcome.code == 0)
      return outcome.text.split(separator: "\n").map { $0.split(separator: "\t") }
    }
    let test = try set()
    let development = try set("--split", "development")
    #expect(!test.isEmpty && !development.isEmpty)
    #expect(test.allSatisfy { $0.count == 2 && $0[0] != $0[1] })
    let corpus = try MappedFile(model.corpus)
    let lines = Set(String(decoding: corpus.bytes, as: UTF8.self).split(separator: "\n"))
    let (clean, other) = (Set(test.map { $0[1] }), Set(development.map { $0[1] }))
    #expect(clean.isSubset(of: lines) && other.isSubset(of: lines))
    #expect(clean.isDisjoint(with: other))
    #expect(try set("--limit", "1").count <= 2)  // one for each language
    #expect(try set() == test)
    #expect(try set("--seed", "9") != test)
    let all = try set("--all-lines")
    #expect(clean.isSubset(of: Set(all.map { $0[1] })))
    #expect(other.isDisjoint(with: all.map { $0[1] }))
  }

  @Test func dataThatIsNotThereIsNamed() throws {
    let model = try TinyModel.made.get()
    let outcome = try noise("--data", "/no such file", "--splits", model.splits)
    #expect(outcome.code == 66)
    #expect(outcome.failedInOneLine)
    let splits = try noise("--data", model.corpus, "--splits", "/no such splits")
    #expect(splits.code == 66)
    #expect(splits.failedInOneLine)
  }
}
