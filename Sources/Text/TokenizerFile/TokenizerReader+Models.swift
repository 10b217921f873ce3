import SeqaeFiles

extension TokenizerReader {
  /// Reads the model, whose units depend on the splitter.
  func model(
    _ value: JSON?, _ added: [(id: TokenID, token: ByteString)], _ splitter: (any Splitter)?,
    decoder: JSON?
  ) throws(Failure) -> any SubwordModel {
    guard let value, value.objectValue != nil else { throw unexpected("model", "an object", value) }
    // Files of before 2020 have no type.
    let type =
      value["type"] == nil ? "BPE" : try type(value, "model", ["BPE", "WordPiece", "WordLevel"])
    switch type {
    case "WordPiece": return try wordPieces(value, added, decoder)
    case "WordLevel": return try words(value, added)
    default: return try bytePairs(value, added, isOverBytes: splitter is ByteLevelSplitter)
    }
  }

  private func bytePairs(
    _ value: JSON, _ added: [(id: TokenID, token: ByteString)], isOverBytes: Bool
  ) throws(Failure) -> any SubwordModel {
    let keys: Set<ByteString> = [
      "type", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix",
      "fuse_unk", "byte_fallback", "ignore_merges", "vocab", "merges",
    ]
    let model = try object(value, "model", keys: keys)
    if let dropout = model["dropout"], !dropout.isNull, dropout.doubleValue != 0 {
      throw unexpected("model.dropout", "null", dropout)
    }
    for key: ByteString in ["continuing_subword_prefix", "end_of_word_suffix"] {
      if let affix = model[key], !affix.isNull, affix != "" {
        throw unexpected("model.\(key.string)", "null", affix)
      }
    }
    let fallsBack = try flag(model, "byte_fallback", "model", standard: false)
    guard fallsBack != isOverBytes else {
      throw unexpected(
        "model.byte_fallback",
        isOverBytes
          ? "false beside a pre_tokenizer ByteLevel" : "true, or a pre_tokenizer ByteLevel",
        model["byte_fallback"])
    }
    let takesWholePieces = try flag(model, "ignore_merges", "model", standard: false)
    let vocabulary = try vocabulary(model["vocab"], added)
    let merges = try merges(model["merges"], vocabulary)
    return try named { () throws(Failure) in
      if merges.isEmpty, !isOverBytes, !takesWholePieces { return try CharacterModel(vocabulary) }
      return try BytePairModel(
        vocabulary, base: isOverBytes ? .bytes : .characters, merges: merges,
        takesWholePieces: takesWholePieces)
    }
  }

  private func wordPieces(
    _ value: JSON, _ added: [(id: TokenID, token: ByteString)], _ decoder: JSON?
  ) throws(Failure) -> WordPieceModel {
    let keys: Set<ByteString> = [
      "type", "unk_token", "continuing_subword_prefix", "max_input_chars_per_word", "vocab",
    ]
    let model = try object(value, "model", keys: keys)
    let vocabulary = try vocabulary(model["vocab"], added)
    let unknown = try unknown(model, vocabulary)
    let longest = model["max_input_chars_per_word"] ?? 100
    guard let longestWord = longest.intValue, longestWord > 0 else {
      throw unexpected("model.max_input_chars_per_word", "a number above 0", longest)
    }
    guard let prefix = (model["continuing_subword_prefix"] ?? "##").stringValue, !prefix.isEmpty
    else {
      throw unexpected(
        "model.continuing_subword_prefix", "a prefix such as \"##\"",
        model["continuing_subword_prefix"])
    }
    return WordPieceModel(
      vocabulary, unknown: unknown, prefix: prefix, longestWord: longestWord,
      cleansUp: try cleansUp(decoder, prefix: prefix))
  }

  private func words(
    _ value: JSON, _ added: [(id: TokenID, token: ByteString)]
  ) throws(Failure) -> WordModel {
    let model = try object(value, "model", keys: ["type", "unk_token", "vocab"])
    let vocabulary = try vocabulary(model["vocab"], added)
    return WordModel(
      vocabulary, unknown: try unknown(model, vocabulary), specialTokens: added.map(\.id))
  }

  private func unknown(_ model: JSONObject, _ vocabulary: Vocabulary) throws(Failure) -> TokenID {
    guard let unknown = model["unk_token"]?.stringValue.flatMap({ vocabulary.id(of: $0) }) else {
      throw unexpected("model.unk_token", "a token of model.vocab", model["unk_token"])
    }
    return unknown
  }

  /// Runs `body`, whose failures don't know the file.
  private func named<Value>(_ body: () throws(Failure) -> Value) throws(Failure) -> Value {
    do throws(Failure) {
      return try body()
    } catch {
      throw Failure(error.kind, "\(name): model: \(error.message)")
    }
  }

  /// Returns the tokens of the model and those added, which must be numbered without gaps.
  private func vocabulary(
    _ value: JSON?, _ added: [(id: TokenID, token: ByteString)]
  ) throws(Failure) -> Vocabulary {
    guard let entries = value?.objectValue else {
      throw unexpected("model.vocab", "an object of numbers by token", value)
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
    return try named { () throws(Failure) in try Vocabulary(tokens.compactMap { $0 }) }
  }

  /// Reads pairs of tokens, or both in a string with a space between as before 2024.
  private func merges(
    _ value: JSON?, _ vocabulary: Vocabulary
  ) throws(Failure) -> [BytePairModel.Merge] {
    guard let value, !value.isNull else { return [] }
    guard let entries = value.arrayValue else {
      throw unexpected("model.merges", "an array", value)
    }
    var merges: [BytePairModel.Merge] = []
    merges.reserveCapacity(entries.count)
    for (index, entry) in entries.enumerated() {
      let parts: [ArraySlice<UInt8>]
      if let pair = entry.arrayValue {
        parts = pair.compactMap { $0.stringValue?.bytes[...] }
      } else {
        let bytes = entry.stringValue?.bytes ?? []
        parts = bytes.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
      }
      let place = "model.merges[\(index)]"
      guard parts.count == 2 else { throw unexpected(place, "two tokens", entry) }
      guard let left = vocabulary.id(of: parts[0]), let right = vocabulary.id(of: parts[1]) else {
        throw unexpected(place, "two tokens of model.vocab", entry)
      }
      guard vocabulary.id(of: parts[0] + parts[1]) != nil else {
        throw unexpected(place, "tokens that together are one of model.vocab", entry)
      }
      merges.append((left: left, right: right))
    }
    return merges
  }
}
