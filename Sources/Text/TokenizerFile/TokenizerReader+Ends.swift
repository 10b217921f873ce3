import SeqaeFiles

/// What follows the model: special tokens around the text, and the way back.
extension TokenizerReader {
  /// What a post-processor does.
  struct PostProcessing {
    var template = Tokenizer.Template(prefix: [], suffix: [])
    var trimming = Tokenizer.OffsetTrimming.none
  }

  /// Reads what is put around one text; what is put around two is not used.
  func postProcessor(
    _ value: JSON?, _ vocabulary: Vocabulary
  ) throws(Failure) -> PostProcessing {
    guard let value, !value.isNull else { return PostProcessing() }
    return try postProcessor(value, "post_processor", vocabulary, mayNest: true)
  }

  private func postProcessor(
    _ value: JSON, _ place: String, _ vocabulary: Vocabulary, mayNest: Bool
  ) throws(Failure) -> PostProcessing {
    let types = [
      "TemplateProcessing", "BertProcessing", "RobertaProcessing", "ByteLevel",
    ]
    var result = PostProcessing()
    switch try type(value, place, types + (mayNest ? ["Sequence"] : [])) {
    case "TemplateProcessing":
      let keys: Set<ByteString> = ["type", "single", "pair", "special_tokens"]
      result.template = try template(try object(value, place, keys: keys), place, vocabulary)
    case "BertProcessing":
      let part = try object(value, place, keys: ["type", "sep", "cls"])
      result.template = try around(part, place, vocabulary)
    case "RobertaProcessing":
      let keys: Set<ByteString> = ["type", "sep", "cls", "trim_offsets", "add_prefix_space"]
      let part = try object(value, place, keys: keys)
      result.template = try around(part, place, vocabulary)
      result.trimming = try trimming(part, place)
    case "ByteLevel":
      let keys: Set<ByteString> = ["type", "trim_offsets", "add_prefix_space", "use_regex"]
      result.trimming = try trimming(try object(value, place, keys: keys), place)
    default:
      let sequence = try object(value, place, keys: ["type", "processors"])
      guard let parts = sequence["processors"]?.arrayValue else {
        throw unexpected("\(place).processors", "an array", sequence["processors"])
      }
      for (index, part) in parts.enumerated() {
        let place = "\(place).processors[\(index)]"
        let next = try postProcessor(part, place, vocabulary, mayNest: false)
        // Each goes around what the ones before it have made.
        result.template = Tokenizer.Template(
          prefix: next.template.prefix + result.template.prefix,
          suffix: result.template.suffix + next.template.suffix)
        if next.trimming != .none { result.trimming = next.trimming }
      }
    }
    return result
  }

  private func trimming(
    _ part: JSONObject, _ place: String
  ) throws(Failure) -> Tokenizer.OffsetTrimming {
    guard try flag(part, "trim_offsets", place, standard: true) else { return .none }
    let hasPrefix = try flag(part, "add_prefix_space", place, standard: true)
    return hasPrefix ? .spacesButTheFirst : .spaces
  }

  /// Reads the two tokens of BERT and RoBERTa, `["[SEP]", 102]` each.
  private func around(
    _ part: JSONObject, _ place: String, _ vocabulary: Vocabulary
  ) throws(Failure) -> Tokenizer.Template {
    func token(_ key: ByteString) throws(Failure) -> TokenID {
      let pair = part[key]?.arrayValue ?? []
      guard pair.count == 2, let spelling = pair[0].stringValue, let number = pair[1].intValue,
        let id = TokenID(exactly: number), vocabulary.id(of: spelling) == id
      else {
        throw unexpected(
          "\(place).\(key.string)", "a token of model.vocab and its number", part[key])
      }
      return id
    }
    return Tokenizer.Template(prefix: [try token("cls")], suffix: [try token("sep")])
  }

  /// Returns what stands around `$A`.
  private func template(
    _ part: JSONObject, _ place: String, _ vocabulary: Vocabulary
  ) throws(Failure) -> Tokenizer.Template {
    guard let entries = part["single"]?.arrayValue else {
      throw unexpected("\(place).single", "an array", part["single"])
    }
    var prefix: [TokenID] = []
    var suffix: [TokenID] = []
    var hasText = false
    for (index, entry) in entries.enumerated() {
      if entry["Sequence"]?["id"]?.stringValue == "A", !hasText {
        hasText = true
        continue
      }
      guard let token = entry["SpecialToken"]?["id"]?.stringValue else {
        throw unexpected("\(place).single[\(index)]", "a SpecialToken or one Sequence A", entry)
      }
      let ids = try templateIDs(token, part["special_tokens"]?[token], place, vocabulary)
      if hasText { suffix += ids } else { prefix += ids }
    }
    guard hasText else {
      throw unexpected("\(place).single", "a Sequence A among its parts", part["single"])
    }
    return Tokenizer.Template(prefix: prefix, suffix: suffix)
  }

  private func templateIDs(
    _ token: ByteString, _ entry: JSON?, _ place: String, _ vocabulary: Vocabulary
  ) throws(Failure) -> [TokenID] {
    let place = "\(place).special_tokens.\(token.string).ids"
    guard let numbers = entry?["ids"]?.arrayValue else {
      throw unexpected(place, "an array", entry?["ids"])
    }
    var ids: [TokenID] = []
    for number in numbers {
      guard let id = number.intValue.flatMap({ TokenID(exactly: $0) }), vocabulary.contains(id)
      else { throw unexpected(place, "numbers of model.vocab", number) }
      ids.append(id)
    }
    return ids
  }

  /// Refuses a decoder that doesn't undo what the model does.
  func checkDecoder(_ value: JSON?, _ model: any SubwordModel) throws(Failure) {
    switch model {
    case is WordPieceModel: break  // read with the model
    case let model as BytePairModel where model.base == .bytes:
      guard let value else { throw unexpected("decoder", "a ByteLevel", value) }
      _ = try type(value, "decoder", ["ByteLevel"])
    case is WordModel:
      if let value, !value.isNull { throw unexpected("decoder", "null", value) }
    default:
      guard value == Tokenizer.fallbackDecoder else {
        throw unexpected("decoder", "the Sequence of ByteFallback and Fuse", value)
      }
    }
  }

  /// Returns whether the decoder of word pieces cleans up, whose prefix must be that of the model.
  func cleansUp(_ value: JSON?, prefix: ByteString) throws(Failure) -> Bool {
    guard let value else { throw unexpected("decoder", "a WordPiece", value) }
    _ = try type(value, "decoder", ["WordPiece"])
    let decoder = try object(value, "decoder", keys: ["type", "prefix", "cleanup"])
    guard decoder["prefix"]?.stringValue == prefix else {
      throw unexpected("decoder.prefix", "that of the model, \(prefix.quoted)", decoder["prefix"])
    }
    return try flag(decoder, "cleanup", "decoder", standard: true)
  }
}
