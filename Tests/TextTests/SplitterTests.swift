import SeqaeFiles
import SeqaeRandom
import SeqaeText
import Testing

@Suite struct SplitterTests {
  private func pieces(_ splitter: some Splitter, _ text: String) -> [String] {
    let aligned = splitter.prepare(AlignedText(Array(text.utf8)))
    return splitter.pieces(of: aligned).map { String(decoding: aligned.bytes[$0], as: UTF8.self) }
  }

  @Test func scriptsMarksAndNumbersAreApart() {
    let cases: [(String, [String])] = [
      ("Hi, all 中文 2024", ["Hi", ",", " all", " ", "中文", " ", "202", "4"]),
      ("中，，国", ["中", "，", "，", "国"]), ("e\u{301}a １２３４", ["e\u{301}a", " ", "１２３", "４"]),
      ("a  b", ["a", " ", " b"]), ("👍🏽", ["👍", "🏽"]), ("", []), (" ", [" "]),
      ("Привет мир", ["Привет", " мир"]),
    ]
    for (text, expected) in cases { #expect(pieces(ScriptSplitter(), text) == expected) }
  }

  @Test func gpt2CutsSoToo() {
    let splitter = ByteLevelSplitter(addsPrefixSpace: false)
    let cases: [(String, [String])] = [
      ("Hello  world's  12中", ["Hello", " ", " world", "'s", " ", " 12", "中"]),
      ("it'll 'twas", ["it", "'ll", " '", "twas"]), ("a\n\n b  ", ["a", "\n\n", " b", "  "]),
      ("a \n", ["a", " \n"]), ("?!x", ["?!", "x"]),
    ]
    for (text, expected) in cases { #expect(pieces(splitter, text) == expected) }
    let prefixed = ByteLevelSplitter(addsPrefixSpace: true)
    #expect(pieces(prefixed, "a b") == [" a", " b"])
    #expect(pieces(prefixed, " a") == [" a"])
    #expect(pieces(prefixed, "") == [])
  }

  @Test func bertDropsSpacesOnly() {
    #expect(pieces(BertSplitter(), " a$b  中文，c\n") == ["a", "$", "b", "中文", "，", "c"])
  }

  @Test func noPieceIsEmptyAndNoneOverlap() {
    let random = Random(seed: 17)
    let splitters: [any Splitter] = [
      ScriptSplitter(), ByteLevelSplitter(addsPrefixSpace: false), BertSplitter(),
    ]
    for _ in 0..<1_000 {
      let bytes = random.bytes(count: random.integer(below: 60))
      for splitter in splitters {
        let pieces = splitter.pieces(of: AlignedText(bytes))
        #expect(pieces.allSatisfy { !$0.isEmpty })
        #expect(zip(pieces, pieces.dropFirst()).allSatisfy { $0.upperBound <= $1.lowerBound })
        if !(splitter is BertSplitter) {
          #expect(pieces.flatMap(Array.init) == Array(bytes.indices))
        }
      }
    }
  }
}
