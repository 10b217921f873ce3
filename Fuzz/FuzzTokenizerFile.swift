import SeqaeFiles
import SeqaeText

/// A `tokenizer.json`, or JSON in the place of one part of a sound one, so that also deep parts are
/// reached: what is taken is written and read again, and encodes and decodes.
///
/// The first byte says which part. Refusals must be one line.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  guard count > 0, let start else { return 0 }
  let rest = UnsafeRawBufferPointer(start: start + 1, count: count - 1)
  guard let json = try? JSON.parse(rest, name: "input") else { return 0 }
  let document = place(json, Int(start[0]))
  do {
    let tokenizer = try Tokenizer(json: document, name: "input")
    use(tokenizer)
    guard let written = try? tokenizer.json() else { return 0 }
    guard let again = try? Tokenizer(json: written, name: "written") else {
      preconditionFailure("what is written is not read")
    }
    precondition(again.encode(probe) == tokenizer.encode(probe), "another tokenizer is read")
  } catch {
    precondition(!error.message.utf8.contains(0x0A), "more than one line: \(error.message)")
    precondition(error.message.utf8.count < 4_000, "a long line")
  }
  return 0
}

private let probe = Array("Ab ﬁ中é\u{301}👩‍👩‍👧<s>\u{FF}".utf8) + [0xFF, 0xC3, 0x28]

private func use(_ tokenizer: Tokenizer) {
  let encoding = tokenizer.encode(probe, addSpecialTokens: true)
  precondition(encoding.ids.allSatisfy { tokenizer.vocabulary.contains($0) }, "an unknown token")
  precondition(encoding.ranges.allSatisfy { $0.upperBound <= probe.count }, "a range outside")
  _ = tokenizer.decode(encoding.ids)
}

/// Puts a value into the sound document at the place of a number.
private func place(_ value: JSON, _ number: Int) -> JSON {
  let paths: [[ByteString]] = [
    [], ["normalizer"], ["pre_tokenizer"], ["post_processor"], ["decoder"], ["added_tokens"],
    ["model"], ["model", "vocab"], ["model", "merges"], ["model", "unk_token"], ["truncation"],
    ["padding"], ["version"], ["post_processor", "single"], ["post_processor", "special_tokens"],
    ["model", "type"], ["model", "continuing_subword_prefix"], ["model", "byte_fallback"],
    ["model", "ignore_merges"], ["model", "fuse_unk"],
  ]
  return set(value, paths[number % paths.count][...], in: sound)
}

private func set(_ value: JSON, _ path: ArraySlice<ByteString>, in json: JSON) -> JSON {
  guard let key = path.first, var object = json.objectValue else { return value }
  object[key] = set(value, path.dropFirst(), in: object[key] ?? .null)
  return .object(object)
}

/// A tokenizer of characters with everything that a file can have.
private let sound: JSON = {
  var trainer = CharacterTrainer()
  trainer.count(Array("Ab 中国".utf8))
  guard let vocabulary = try? trainer.vocabulary(size: 400),
    let tokenizer = try? Tokenizer(
      characters: vocabulary, normalizer: UnicodeNormalizer(.nfc), splitter: BoundarySplitter(.word)
    ),
    let json = try? tokenizer.json()
  else { preconditionFailure("the tokenizer to start from can't be made") }
  return json
}()
