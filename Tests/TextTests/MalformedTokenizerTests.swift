import SeqaeFiles
import SeqaeRandom
import SeqaeText
import Testing

/// A `tokenizer.json` that is not right is refused in one line that names the place.
@Suite struct MalformedTokenizerTests {
  private let sound: [UInt8]

  init() throws { sound = try contents(of: fixture("tokenizer.json")) }

  /// What is said of a file; nil if it is taken.
  private func refusal(_ bytes: [UInt8]) -> Failure? {
    do throws(Failure) {
      _ = try Tokenizer(json: try JSON.parse(bytes, name: "t.json"), name: "t.json")
      return nil
    } catch {
      return error
    }
  }

  private func replacing(_ old: String, by new: String) throws -> [UInt8] {
    let (old, new) = (Array(old.utf8), Array(new.utf8))
    let place = try #require(sound.indices.first { sound[$0...].starts(with: old) })
    return Array(sound[..<place]) + new + sound[(place + old.count)...]
  }

  /// A change of the text, and the beginning of what is said of it.
  static let mutations: [(old: String, new: String, place: String)] = [
    // Syntax: line, column and byte.
    ("{", "", "line 2, column 12 (byte 12): "), ("\"version\"", "version", "line 2, column 3 "),
    ("\"1.0\"", "1.0.0", "line 2, column 17 "), ("\"1.0\",", "\"1.0\"", "line 3, column 3 "),
    ("null", "nul", "line 3, column 17 "), ("null", "NaN", "line 3, column 17 "),
    ("null", "-", "line 3, column "), ("null", "01", "line 3, column "),
    ("null", "1e999", "line 3, column "), ("null", "'x'", "line 3, column 17 "),
    ("null", "\"\u{1}\"", "line 3, column "), ("null", "\"\\ud800\"", "line 3, column "),
    ("null", "\"\\x41\"", "line 3, column "), ("null", "[1,]", "line 3, column "),
    ("null", "{\"a\":1,\"a\":2}", "line 3, column "),
    ("null", String(repeating: "[", count: 200), "line 3, column "),
    ("\"padding\"", "\"truncation\"", "line 4, column 3 "),
    // Structure: the path of the member.
    ("\"truncation\": null", "\"truncation\": {\"max_length\": 0}", "truncation.max_length: "),
    (
      "\"truncation\": null", "\"truncation\": {\"max_length\": 9, \"stride\": 2}",
      "truncation.stride: "
    ),
    ("\"truncation\": null", "\"truncation\": {\"length\": 9}", "truncation"),
    ("\"padding\": null", "\"padding\": true", "padding: "),
    ("\"truncation\": null", "\"truncations\": null", "the file: "),
    ("\"added_tokens\": [", "\"added_tokens\": [7,", "added_tokens[0]: "),
    ("\"id\": 1,", "\"id\": -1,", "added_tokens[1]"),
    ("\"id\": 2,", "\"id\": \"2\",", "added_tokens[2]"),
    ("\"id\": 2,", "\"id\": 1e3,", "added_tokens[2]"), ("\"id\": 3,", "\"id\": 4,", "added_tokens"),
    ("\"id\": 3,", "", "added_tokens[3]"),
    ("\"id\": 3,", "\"id\": 9223372036854775807,", "added_tokens[3]"),
    ("\"content\": \"<pad>\"", "\"content\": null", "added_tokens[1]"),
    ("\"content\": \"<pad>\"", "\"content\": \"<bad>\"", "added_tokens"),
    ("\"special\": true", "\"special\": 1", "added_tokens[0]"),
    ("\"lstrip\"", "\"left\"", "added_tokens[0]"),
    ("\"normalizer\": null", "\"normalizer\": \"NFC\"", "normalizer"),
    ("\"normalizer\": null", "\"normalizer\": {}", "normalizer"),
    ("\"normalizer\": null", "\"normalizer\": {\"type\": \"NFKX\"}", "normalizer"),
    ("\"pre_tokenizer\": null", "\"pre_tokenizer\": []", "pre_tokenizer"),
    ("\"pre_tokenizer\": null", "\"pre_tokenizer\": {\"type\": 3}", "pre_tokenizer"),
    (
      "\"pre_tokenizer\": null",
      "\"pre_tokenizer\": {\"type\": \"UnicodeBoundaries\", \"unit\": \"line\"}", "pre_tokenizer"
    ),
    ("\"TemplateProcessing\"", "\"Template\"", "post_processor"),
    ("\"single\": [", "\"single\": [4,", "post_processor.single"),
    ("\"single\": [", "\"singles\": [", "post_processor"),
    ("\"ids\": [", "\"ids\": [999999,", "post_processor.special_tokens"),
    ("\"ids\": [", "\"id2\": [", "post_processor.special_tokens"),
    ("\"Fuse\"", "\"Join\"", "decoder"), ("\"decoders\"", "\"all\"", "decoder"),
    ("\"BPE\"", "\"Unigram\"", "model"),
    ("\"dropout\": null", "\"dropout\": 0.5", "model.dropout"),
    ("\"vocab\": {", "\"vocab\": {\"\": 99999,", "model.vocab"),
    ("\"<s>\": 0", "\"<s>\": 0.5", "model.vocab"), ("\"<s>\": 0", "\"<s>\": 1", "model.vocab"),
    ("\"<s>\": 0", "\"<s>\": null", "model.vocab"),
    ("\"vocab\"", "\"vocabulary\"", "model"), ("\"<0x41>\"", "\"<0x4I>\"", ""),
    ("\"merges\": []", "\"merges\": [[\"a\"]]", "model.merges"),
    ("\"merges\": []", "\"merges\": [[\"a\", 1]]", "model.merges"),
  ]

  @Test func eachMutationIsRefusedByItsPlace() throws {
    for (old, new, place) in Self.mutations {
      let failure = refusal(try replacing(old, by: new))
      #expect(failure?.kind == .data, "\(old) → \(new) is taken")
      let message = failure?.message ?? "nothing"
      #expect(message.hasPrefix("t.json: \(place)"), "\(old) → \(new): \(message)")
      #expect(!message.utf8.contains(0x0A) && message.utf8.count < 500, "\(message)")
    }
    #expect(Self.mutations.count > 50)
  }

  /// Deletes, doubles or changes bytes at random: a sound tokenizer or one line, never a trap.
  @Test func randomDamageIsRefusedInOneLine() throws {
    let random = Random(seed: 41)
    var refused = 0
    for _ in 0..<400 {
      var bytes = sound
      for _ in 0...random.integer(below: 3) {
        let place = random.integer(below: bytes.count)
        switch random.integer(below: 3) {
        case 0: bytes.remove(at: place)
        case 1: bytes.insert(bytes[random.integer(below: bytes.count)], at: place)
        default: bytes[place] = UInt8(random.integer(below: 256))
        }
      }
      guard let failure = refusal(bytes) else { continue }
      refused += 1
      #expect(failure.message.hasPrefix("t.json: ") && !failure.message.utf8.contains(0x0A))
    }
    #expect(refused > 200)
  }
}
