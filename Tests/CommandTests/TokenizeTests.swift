import SeqaeFiles
import Testing

/// `seqae tokenize` from outside.
struct TokenizeTests {
  private let tokenizer: String

  init() throws { tokenizer = Path.join(try TinyModel.made.get().path, "tokenizer.json") }

  private func tokenize(_ arguments: String..., input: String = "") throws -> Program.Outcome {
    let words = ["tokenize"] + arguments + ["--tokenizer", tokenizer]
    return try Program.run(Program.path, words.map { Array($0.utf8) }, input: Array(input.utf8))
  }

  @Test func offsetsAreCodePointsOfTheText() throws {
    let text = "我🦤们"  // the bird is no token: four bytes, one code point
    let outcome = try tokenize("encode", "--no-special-tokens", text)
    let json = try JSON.parse(outcome.output, name: "output")
    #expect(json["ids"]?.arrayValue?.count == 6)
    #expect(json["tokens"]?.arrayValue?.first?.stringValue == "我")
    #expect(json["tokens"]?.arrayValue?.last?.stringValue == "们")
    let bird: JSON = [1, 2]
    #expect(json["offsets"] == [[0, 1], bird, bird, bird, bird, [2, 3]])
  }

  @Test func theFileSaysWhichSpecialTokensAreAdded() throws {
    let with = try JSON.parse(try tokenize("encode", "a").output, name: "output")
    #expect(with["tokens"] == ["a", "</s>"])
    #expect(with["offsets"] == [[0, 1], [1, 1]])
    let without = try tokenize("encode", "--no-special-tokens", "a")
    #expect(try JSON.parse(without.output, name: "output")["tokens"] == ["a"])
  }

  @Test func decodingUndoesEncoding() throws {
    let texts = "Plain, 中文 和 “quotes”\n\n🙂\u{200B}e\u{301}\t\u{1}\n"
    let encoded = try tokenize("encode", input: texts)
    #expect(encoded.code == 0)
    let decoded = try tokenize("decode", input: encoded.text)
    #expect(decoded.text == texts)
    let json = try tokenize("decode", "--json", input: encoded.text)
    #expect(json.text.hasPrefix("{\"text\":\"Plain, 中文"))
  }

  @Test func idsMayBePlainNumbersOrAnArray() throws {
    let encoded = try JSON.parse(
      try tokenize("encode", "--no-special-tokens", "中文").output, name: "output")
    let ids = try #require(encoded["ids"]?.arrayValue).compactMap(\.intValue).map { "\($0)" }
    #expect(try tokenize("decode", ids.joined(separator: " ")).text == "中文\n")
    #expect(try tokenize("decode", "[\(ids.joined(separator: ", "))]").text == "中文\n")
  }

  @Test(arguments: [
    "1 2 x", "99999999", "-1", "{\"ids\": 3}", "[1.5]", "{", "99999999999999999999",
  ])
  func whatIsNoTokenIsRefused(_ line: String) throws {
    let outcome = try tokenize("decode", input: line)
    #expect(outcome.code == 65)
    #expect(outcome.failedInOneLine)
    #expect(outcome.message.contains("item 1"))
  }

  @Test func whatIsNoNumberIsShown() throws {
    for (line, found) in [("1 abc 2", "abc"), ("[1, 1.5]", "1.5")] {
      let outcome = try tokenize("decode", line)
      #expect(
        outcome.message
          == "seqae: item 1: expected token numbers, found \"\(found)\": give ids with spaces between, or "
          + "lines of seqae tokenize encode\n")
    }
  }

  @Test func inspectSaysWhatATokenizerIs() throws {
    let text = try tokenize("inspect").text
    #expect(text.contains("</s> 2"))
    #expect(text.contains("byte for byte"))
    let json = try JSON.parse(try tokenize("inspect", "--json").output, name: "output")
    #expect(json["lossless"] == true)
    #expect(json["model"] == "characters, byte fallback")
    #expect(json["normalizer"] == .null)
    #expect(json["special_tokens"]?["<mask>"] == 4)
  }

  @Test func inspectShowsThePiecesOfAText() throws {
    let text = try tokenize("inspect", "我a").text
    let rows = text.split(separator: "\n").suffix(4).map { line in
      line.split(separator: " ").map { String($0) }
    }
    #expect(rows[0] == ["id", "from", "to", "token", "text"])
    #expect(Array(rows[1].dropFirst()) == ["0", "1", "\"我\"", "\"我\""])
    #expect(Array(rows[2].dropFirst()) == ["1", "2", "\"a\"", "\"a\""])
    #expect(rows[3] == ["2", "2", "2", "\"</s>\"", "\"\""])
    let json = try JSON.parse(try tokenize("inspect", "--json", "我a").output, name: "output")
    #expect(json["texts"]?.arrayValue?.first?["tokens"] == ["我", "a", "</s>"])
  }

  @Test func manyLinesComeInOrder() throws {
    let lines = (0..<1_000).map { "line \($0) 第\($0)行" }
    let encoded = try tokenize("encode", input: lines.joined(separator: "\n") + "\n")
    let again = try tokenize(
      "encode", "--threads", "1", input: lines.joined(separator: "\n") + "\n")
    #expect(encoded.output == again.output)
    #expect(
      try tokenize("decode", input: encoded.text).text == lines.joined(separator: "\n") + "\n")
  }

  @Test func aTokenizerThatIsNotThereIsNamed() throws {
    let outcome = try Program.run("tokenize", "encode", "--tokenizer", "/no tokenizer.json", "a")
    #expect(outcome.code == 66)
    #expect(outcome.failedInOneLine)
    #expect(outcome.message.contains("/no tokenizer.json"))
  }
}
