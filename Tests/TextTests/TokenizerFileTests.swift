import Glibc
import SeqaeFiles
import SeqaeText
import Testing

@Suite struct TokenizerFileTests {
  @Test(arguments: ["", "-nfkc"])
  func tokensAreThoseOfHuggingFace(variant: String) throws {
    let tokenizer = try Tokenizer(readingJSON: fixture("tokenizer\(variant).json"))
    let lines = try #require(
      try JSON.read(fixture("encodings\(variant).json"))["lines"]?.arrayValue)
    #expect(lines.count == 160)
    for line in lines {
      let text = try #require(line["text"]?.stringValue)
      let ids = try #require(line["ids"]?.arrayValue).compactMap(\.intValue).map(TokenID.init)
      let encoding = tokenizer.encode(text.bytes, addSpecialTokens: true)
      #expect(encoding.ids == ids, "\(text)")
      #expect(ByteString(tokenizer.decode(ids)) == line["decoded"]?.stringValue)
      if variant.isEmpty {
        let offsets = scalarOffsets(Array(encoding.ranges.dropLast()), text)
        #expect(.array(offsets) == line["offsets"], "\(text)")
      }
    }
  }

  @Test(arguments: ["", "-nfkc"])
  func whatIsWrittenIsWhatHuggingFaceWrites(variant: String) throws {
    let path = fixture("tokenizer\(variant).json")
    #expect(try Tokenizer(readingJSON: path).json() == (try JSON.read(path)))
  }

  @Test func aTokenizerComesBackFromItsFile() throws {
    let path = "/tmp/seqae-tokenizer-\(getpid()).json"
    defer { unlink(path) }
    let vocabulary = try makeTokenizer().vocabulary
    var normalizers: [UnicodeNormalizer?] = UnicodeNormalizer.Form.allCases.map {
      UnicodeNormalizer($0)
    }
    normalizers.append(nil)
    for normalizer in normalizers {
      for splitter in [nil, BoundarySplitter(.word), BoundarySplitter(.grapheme)] {
        let tokenizer = try Tokenizer(
          characters: vocabulary, normalizer: normalizer, splitter: splitter)
        try tokenizer.write(to: path)
        let copy = try Tokenizer(readingJSON: path)
        #expect((copy.normalizer as? UnicodeNormalizer)?.form == normalizer?.form)
        #expect((copy.splitter as? BoundarySplitter)?.unit == splitter?.unit)
        #expect(copy.template == tokenizer.template)
        #expect(copy.specialTokens == tokenizer.specialTokens)
        for line in ordinaryLines { #expect(copy.encode(line) == tokenizer.encode(line)) }
      }
    }
  }

  /// Replaces one member, by its path, of the fixture's document.
  private func edited(_ path: [ByteString], _ value: JSON?) throws -> JSON {
    func edit(_ json: JSON, _ path: ArraySlice<ByteString>) -> JSON {
      guard let key = path.first, let object = json.objectValue else { return value ?? .null }
      var members = object.members.filter { $0.key != key }
      let old = object[key] ?? .null
      if path.count > 1 || value != nil { members.append((key, edit(old, path.dropFirst()))) }
      return .object(JSONObject(members))
    }
    return edit(try JSON.read(fixture("tokenizer.json")), path[...])
  }

  private func message(_ path: [ByteString], _ value: JSON?) throws -> String {
    do {
      _ = try Tokenizer(json: try edited(path, value), name: "t.json")
      return "accepted"
    } catch let failure as Failure {
      #expect(failure.kind == .data)
      return failure.message
    }
  }

  @Test func whatIsNotUnderstoodIsRefusedByName() throws {
    let splitters =
      #""Split", "ByteLevel", "BertPreTokenizer", "WhitespaceSplit" or "UnicodeBoundaries""#
    let cases: [([ByteString], JSON?, String)] = [
      (
        ["normalizer"], ["type": "Lowercase"],
        #"normalizer.type: expected "NFC", "NFD", "NFKC", "NFKD", "NFKC_Casefold" or "#
          + #""BertNormalizer", found "Lowercase""#
      ),
      (["normalizer"], "NFC", "normalizer.type: expected "),
      (
        ["pre_tokenizer"], ["type": "Metaspace"],
        "pre_tokenizer.type: expected \(splitters), found \"Metaspace\""
      ),
      (
        ["pre_tokenizer"], ["type": "UnicodeBoundaries", "unit": "line"],
        #"pre_tokenizer.unit: expected "grapheme", "word" or "sentence", found "line""#
      ),
      (
        ["pre_tokenizer"], ["type": "Split", "pattern": ["String": " "]],
        "pre_tokenizer.pattern: expected the pattern of seqae's own splitter"
      ),
      (
        ["pre_tokenizer"], ["type": "ByteLevel", "use_regex": false],
        "pre_tokenizer.use_regex: expected true, found false"
      ),
      (
        ["model", "type"], "Unigram",
        #"model.type: expected "BPE", "WordPiece" or "WordLevel", found "Unigram""#
      ),
      (
        ["model", "byte_fallback"], false,
        "model.byte_fallback: expected true, or a pre_tokenizer ByteLevel, found false"
      ),
      (["model", "byte_fallback"], 1, "model.byte_fallback: expected true or false, found 1"),
      (
        ["model", "merges"], [["a", "b"]],
        #"model.merges[0]: expected tokens that together are one of model.vocab, found ["a","b"]"#
      ),
      (
        ["model", "merges"], ["a b c"], #"model.merges[0]: expected two tokens, found "a b c""#
      ),
      (
        ["model", "merges"], [["a", "nowhere"]],
        #"model.merges[0]: expected two tokens of model.vocab, found ["a","nowhere"]"#
      ),
      (["model", "merges"], [["a", 1]], "model.merges[0]: expected two tokens, found "),
      (["model", "merges"], 5, "model.merges: expected an array, found 5"),
      (["model", "vocab"], [1], "model.vocab: expected an object of numbers by token, found [1]"),
      (["model", "dropout"], 0.1, "model.dropout: expected null, found 0.1"),
      (["model", "end_of_word_suffix"], "</w>", "model.end_of_word_suffix: expected null"),
      (["model", "scores"], [], #"model: the member "scores" is not supported"#),
      (["truncation"], ["max_length": 0], "truncation.max_length: expected a number above 0"),
      (["truncation"], ["max_length": 9, "stride": 2], "truncation.stride: expected 0, found 2"),
      (["padding"], [], "padding: expected an object, found []"),
      (["decoder"], nil, "decoder: expected the Sequence of ByteFallback and Fuse, found nothing"),
      (["decoder"], ["type": "BPEDecoder"], "decoder: expected the Sequence of "),
      (
        ["post_processor", "type"], "BertProcessing",
        #"post_processor: the member "single" is not supported"#
      ),
      (["model", "vocab"], ["a": 1], #"model.vocab: "a" has the number 1; 1 tokens"#),
      (["model"], nil, "model: expected an object, found nothing"),
      (["extra"], 1, #"the file: the member "extra" is not supported"#),
      (
        ["added_tokens"], [["id": 263, "content": "x", "special": true]],
        #"added_tokens: "x" is not number 263 of the vocabulary"#
      ),
      (
        ["added_tokens"], [["id": 0, "content": "<s>", "special": false]],
        "added_tokens[0].special: expected true, found false"
      ),
      (
        ["added_tokens"], [["id": 0, "content": "<s>", "special": true, "lstrip": 2]],
        "added_tokens[0].lstrip: expected true or false, found 2"
      ),
      (
        ["added_tokens"], [["id": 5_000_000_000, "content": "<s>", "special": true]],
        "added_tokens[0].id: expected a token's number, found 5000000000"
      ),
    ]
    for (path, value, expected) in cases {
      let message = try message(path, value)
      #expect(message.hasPrefix("t.json: \(expected)"), "\(message)")
    }
  }

  @Test func addedTokensMayExtendTheVocabulary() throws {
    let count = try Tokenizer(readingJSON: fixture("tokenizer.json")).vocabulary.count
    let json = try edited(
      ["added_tokens"], [["id": .integer(count), "content": "<new>", "special": true]])
    let tokenizer = try Tokenizer(json: json, name: "t.json")
    #expect(tokenizer.vocabulary.id(of: "<new>") == TokenID(count))
    #expect(tokenizer.isSpecial(TokenID(count)))
    #expect(throws: Failure(.data, "the tokenizer has no special token <mask>")) {
      try tokenizer.id(of: .mask)
    }
  }

  @Test func aDamagedFileIsOneFailure() throws {
    let bytes = try contents(of: fixture("tokenizer.json"))
    for length in stride(from: 0, to: bytes.count, by: 997) {
      #expect(throws: Failure.self) {
        let json = try JSON.parse(Array(bytes[..<length]), name: "t.json")
        _ = try Tokenizer(json: json, name: "t.json")
      }
    }
    #expect(throws: Failure.self) { try Tokenizer(readingJSON: "/nowhere/tokenizer.json") }
  }
}
