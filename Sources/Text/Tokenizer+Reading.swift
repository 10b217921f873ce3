import SeqaeFiles

extension Tokenizer {
  /// Reads a tokenizer from a Hugging Face `tokenizer.json`.
  ///
  /// Understood: a BPE model without merges and with byte fallback, a normaliser that is a Unicode
  /// form or none, the pre-tokenizer of `BoundarySplitter` or none, a template of special tokens around
  /// one text. Anything else is a data failure that names it.
  public init(readingJSON path: String) throws(Failure) {
    try self.init(json: try JSON.read(path), name: path)
  }

  /// Creates a tokenizer from the contents of a `tokenizer.json`.
  ///
  /// - Parameters:
  ///   - json: The file's value.
  ///   - name: What messages call the file.
  /// - Throws: `Failure(.data)` for what `init(readingJSON:)` refuses.
  public init(json: JSON, name: String) throws(Failure) {
    let reader = TokenizerReader(name: name)
    let file = try reader.object(json, "the file", keys: TokenizerReader.fileKeys)
    for key: ByteString in ["truncation", "padding"] {
      guard file[key]?.isNull ?? true else { throw reader.unsupported("\(key)", file[key]) }
    }
    let normalizer = try reader.normalizer(file["normalizer"])
    let splitter = try reader.splitter(file["pre_tokenizer"])
    let added = try reader.addedTokens(file["added_tokens"])
    let vocabulary = try reader.vocabulary(file["model"], added)
    let template = try reader.template(file["post_processor"], vocabulary)
    try reader.checkDecoder(file["decoder"])
    let model: CharacterModel
    do throws(Failure) {
      model = try CharacterModel(vocabulary)
    } catch {
      throw Failure(error.kind, "\(name): \(error.message)")
    }
    self.init(
      normalizer: normalizer, splitter: splitter, model: model, template: template,
      specialTokens: added.map(\.id))
  }
}

/// Reads the parts of a `tokenizer.json`, refusing by name what it doesn't know.
private struct TokenizerReader {
  static let fileKeys: Set<ByteString> = [
    "version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer",
    "post_processor", "decoder", "model",
  ]

  let name: String

  func unsupported(_ what: String, _ value: JSON?) -> Failure {
    let text =
      value.map { String(decoding: $0.serialized().prefix(80), as: UTF8.self) } ?? "nothing"
    return Failure(.data, "\(name): \(what): \(text) is not supported")
  }

  /// Returns an object that has no keys but `keys`.
  func object(
    _ value: JSON?, _ what: String, keys: Set<ByteString>
  ) throws(Failure) -> JSONObject {
    guard let object = value?.objectValue else {
      throw Failure(
        .data, "\(name): \(what): expected an object, found \(value?.kindName ?? "nothing")")
    }
    for (key, _) in object.members where !keys.contains(key) {
      throw Failure(.data, "\(name): \(what): the member \(key.quoted) is not supported")
    }
    return object
  }

  func normalizer(_ value: JSON?) throws(Failure) -> UnicodeNormalizer? {
    guard let value, !value.isNull else { return nil }
    guard let form = UnicodeNormalizer.Form.allCases.first(where: { isType($0.rawValue, value) })
    else { throw unsupported("normalizer", value) }
    return UnicodeNormalizer(form)
  }

  func splitter(_ value: JSON?) throws(Failure) -> BoundarySplitter? {
    guard let value, !value.isNull else { return nil }
    guard isType("UnicodeBoundaries", value),
      let unit = TextUnit.allCases.first(where: {
        value["unit"]?.stringValue == ByteString($0.rawValue)
      })
    else { throw unsupported("pre_tokenizer", value) }
    return BoundarySplitter(unit)
  }

  private func isType(_ type: String, _ value: JSON) -> Bool {
    value["type"]?.stringValue == ByteString(type)
  }

  func addedTokens(_ value: JSON?) throws(Failure) -> [(id: TokenID, token: ByteString)] {
    guard let value, !value.isNull else { return [] }
    guard let entries = value.arrayValue else {
      throw Failure(.data, "\(name): added_tokens: expected an array, found \(value.kindName)")
    }
    var tokens: [(id: TokenID, token: ByteString)] = []
    let keys: Set<ByteString> = [
      "id", "content", "single_word", "lstrip", "rstrip", "normalized", "special",
    ]
    for (index, entry) in entries.enumerated() {
      let members = try object(entry, "added_tokens[\(index)]", keys: keys)
      guard let number = members["id"]?.intValue, let id = TokenID(exactly: number), id >= 0,
        let content = members["content"]?.stringValue
      else { throw unsupported("added_tokens[\(index)]", entry) }
      guard members["special"]?.boolValue == true else {
        throw Failure(
          .data,
          "\(name): added_tokens[\(index)]: \(content.quoted) is not special; added tokens that are "
            + "found in the text are not supported")
      }
      tokens.append((id, content))
    }
    return tokens
  }

  /// Returns the tokens of the model and those added, which must be numbered without gaps.
  func vocabulary(
    _ value: JSON?, _ added: [(id: TokenID, token: ByteString)]
  ) throws(Failure) -> Vocabulary {
    let keys: Set<ByteString> = [
      "type", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix",
      "fuse_unk", "byte_fallback", "ignore_merges", "vocab", "merges",
    ]
    let model = try modelObject(value, keys)
    guard let entries = model["vocab"]?.objectValue else {
      throw unsupported("model.vocab", model["vocab"])
    }
    var tokens = [ByteString?](repeating: nil, count: entries.count)
    for (token, value) in entries.members {
      guard let id = value.intValue, tokens.indices.contains(id), tokens[id] == nil else {
        let text = String(decoding: value.serialized(), as: UTF8.self)
        throw Failure(
          .data,
          "\(name): model.vocab: \(token.quoted) has the number \(text); \(entries.count) tokens "
            + "must have the numbers 0 to \(entries.count - 1), each once")
      }
      tokens[id] = token
    }
    for (id, token) in added.sorted(by: { $0.id < $1.id }) {
      if Int(id) == tokens.count { tokens.append(token) }
      guard tokens.indices.contains(Int(id)), tokens[Int(id)] == token else {
        throw Failure(
          .data, "\(name): added_tokens: \(token.quoted) is not number \(id) of the vocabulary")
      }
    }
    do throws(Failure) {
      return try Vocabulary(tokens.compactMap { $0 })
    } catch {
      throw Failure(error.kind, "\(name): \(error.message)")
    }
  }

  private func modelObject(_ value: JSON?, _ keys: Set<ByteString>) throws(Failure) -> JSONObject {
    if let type = value?["type"]?.stringValue, type != "BPE" {
      throw Failure(.data, "\(name): model: the type \(type.quoted) is not supported, only \"BPE\"")
    }
    let model = try object(value, "model", keys: keys)
    let isPlain = [
      ("dropout", model["dropout"]?.isNull ?? true),
      ("continuing_subword_prefix", isAbsentOrEmpty(model["continuing_subword_prefix"])),
      ("end_of_word_suffix", isAbsentOrEmpty(model["end_of_word_suffix"])),
      ("byte_fallback", model["byte_fallback"]?.boolValue == true),
      ("ignore_merges", !(model["ignore_merges"]?.boolValue ?? false)),
      ("merges", model["merges"]?.arrayValue?.isEmpty ?? true),
    ]
    for (key, isPlain) in isPlain where !isPlain {
      throw unsupported("model.\(key)", model[ByteString(key)])
    }
    return model
  }

  private func isAbsentOrEmpty(_ value: JSON?) -> Bool {
    guard let value, !value.isNull else { return true }
    return value.stringValue?.isEmpty ?? false
  }

  /// Returns what stands around `$A` in the template for one text; that for two is not used.
  func template(_ value: JSON?, _ vocabulary: Vocabulary) throws(Failure) -> Tokenizer.Template {
    guard let value, !value.isNull else { return Tokenizer.Template(prefix: [], suffix: []) }
    guard isType("TemplateProcessing", value), let parts = value["single"]?.arrayValue else {
      throw unsupported("post_processor", value)
    }
    var prefix: [TokenID] = []
    var suffix: [TokenID] = []
    var hasText = false
    for part in parts {
      if part["Sequence"]?["id"]?.stringValue == "A", !hasText {
        hasText = true
        continue
      }
      guard let token = part["SpecialToken"]?["id"]?.stringValue else {
        throw unsupported("post_processor.single", part)
      }
      let ids = try templateIDs(of: token, value["special_tokens"]?[token], vocabulary)
      if hasText { suffix += ids } else { prefix += ids }
    }
    guard hasText else { throw unsupported("post_processor.single", value["single"]) }
    return Tokenizer.Template(prefix: prefix, suffix: suffix)
  }

  private func templateIDs(
    of token: ByteString, _ entry: JSON?, _ vocabulary: Vocabulary
  ) throws(Failure) -> [TokenID] {
    guard let numbers = entry?["ids"]?.arrayValue else {
      throw Failure(
        .data, "\(name): post_processor.special_tokens has no ids for \(token.quoted)")
    }
    var ids: [TokenID] = []
    for number in numbers {
      guard let id = number.intValue.flatMap({ TokenID(exactly: $0) }), vocabulary.contains(id)
      else { throw unsupported("post_processor.special_tokens.\(token.string).ids", number) }
      ids.append(id)
    }
    return ids
  }

  func checkDecoder(_ value: JSON?) throws(Failure) {
    guard value == Tokenizer.decoderJSON else { throw unsupported("decoder", value) }
  }
}
