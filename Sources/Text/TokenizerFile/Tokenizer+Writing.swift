import SeqaeFiles

extension Tokenizer {
  /// What a decoder with byte fallback is in the file: byte tokens become bytes, then all is joined.
  static let fallbackDecoder: JSON = [
    "type": "Sequence", "decoders": [["type": "ByteFallback"], ["type": "Fuse"]],
  ]

  /// Writes the tokenizer as a Hugging Face `tokenizer.json`, replacing the file at once.
  ///
  /// Hugging Face's own reader takes it unless it has a splitter or the form NFKC_Casefold, which
  /// that library doesn't have. Throws a data failure for a part that has no place in the format.
  public func write(to path: String) throws(Failure) {
    try AtomicFile.write(path, bytes: try json().serialized(pretty: true) + [UInt8(ascii: "\n")])
  }

  /// Returns the contents of the tokenizer's `tokenizer.json`.
  ///
  /// What was read from a file and is no part of the model is written as it was.
  public func json() throws(Failure) -> JSON {
    let model = try modelJSON()
    if let origin {
      return .object(JSONObject(origin.members.members + [(key: "model", value: model)]))
    }
    return [
      "version": "1.0", "truncation": .null, "padding": .null,
      "added_tokens": .array(specialTokens.map(addedTokenJSON)),
      "normalizer": try normalizerJSON(), "pre_tokenizer": try splitterJSON(),
      "post_processor": postProcessorJSON(), "decoder": decoderJSON(), "model": model,
    ]
  }

  private func name(of id: TokenID) -> JSON { .string(ByteString(Array(vocabulary.bytes(of: id)))) }

  private func addedTokenJSON(_ id: TokenID) -> JSON {
    [
      "id": .integer(Int(id)), "content": name(of: id), "single_word": false, "lstrip": false,
      "rstrip": false, "normalized": false, "special": true,
    ]
  }

  private func normalizerJSON() throws(Failure) -> JSON {
    switch normalizer {
    case nil: return .null
    case let normalizer as UnicodeNormalizer: return ["type": JSON(normalizer.form.rawValue)]
    case let normalizer as BertNormalizer:
      return [
        "type": "BertNormalizer", "clean_text": .bool(normalizer.cleansText),
        "handle_chinese_chars": .bool(normalizer.separatesChinese),
        "strip_accents": normalizer.stripsAccents.map { .bool($0) } ?? .null,
        "lowercase": .bool(normalizer.lowercases),
      ]
    case let normalizer?:
      throw Failure(
        .data, "tokenizer.json has no place for a normaliser of type \(type(of: normalizer))")
    }
  }

  private func splitterJSON() throws(Failure) -> JSON {
    switch splitter {
    case nil: return .null
    case is ScriptSplitter:
      return [
        "type": "Split", "pattern": ["Regex": JSON(ScriptSplitter.pattern)],
        "behavior": "Isolated", "invert": false,
      ]
    case let splitter as ByteLevelSplitter: return byteLevel(splitter.addsPrefixSpace)
    case is BertSplitter: return ["type": "BertPreTokenizer"]
    case is SpaceSplitter: return ["type": "WhitespaceSplit"]
    case let splitter as BoundarySplitter:
      return ["type": "UnicodeBoundaries", "unit": JSON(splitter.unit.rawValue)]
    case let splitter?:
      throw Failure(
        .data, "tokenizer.json has no place for a splitter of type \(type(of: splitter))")
    }
  }

  private func byteLevel(_ addsPrefixSpace: Bool) -> JSON {
    [
      "type": "ByteLevel", "add_prefix_space": .bool(addsPrefixSpace),
      "trim_offsets": .bool(offsetTrimming != .none), "use_regex": true,
    ]
  }

  private func postProcessorJSON() -> JSON {
    guard offsetTrimming != .none else { return templateJSON() }
    let trimming = byteLevel(offsetTrimming == .spacesButTheFirst)
    let template = templateJSON()
    return template.isNull
      ? trimming : ["type": "Sequence", "processors": [trimming, template]]
  }

  private func decoderJSON() -> JSON {
    switch model {
    case let model as WordPieceModel:
      [
        "type": "WordPiece", "prefix": .string(model.prefix), "cleanup": .bool(model.cleansUp),
      ]
    case let model as BytePairModel where model.base == .bytes:
      byteLevel((splitter as? ByteLevelSplitter)?.addsPrefixSpace ?? false)
    case is WordModel: .null  // which Hugging Face takes for words with spaces between
    default: Tokenizer.fallbackDecoder
    }
  }

  private func templateJSON() -> JSON {
    let used = Set(template.prefix + template.suffix).sorted()
    guard !used.isEmpty else { return .null }
    func around(_ text: JSON) -> [JSON] {
      func special(_ id: TokenID) -> JSON {
        ["SpecialToken": ["id": name(of: id), "type_id": 0]]
      }
      return template.prefix.map(special) + [text] + template.suffix.map(special)
    }
    func text(_ id: JSON) -> JSON { ["Sequence": ["id": id, "type_id": 0]] }
    let tokens: [(key: ByteString, value: JSON)] = used.map { id in
      let entry: JSON = [
        "id": name(of: id), "ids": [.integer(Int(id))], "tokens": [name(of: id)],
      ]
      return (ByteString(Array(vocabulary.bytes(of: id))), entry)
    }
    return [
      "type": "TemplateProcessing", "single": .array(around(text("A"))),
      "pair": .array(around(text("A")) + around(text("B"))),
      "special_tokens": .object(JSONObject(tokens)),
    ]
  }

  private func modelJSON() throws(Failure) -> JSON {
    let entries: [(key: ByteString, value: JSON)] = (0..<listedTokens).map { index in
      (ByteString(Array(vocabulary.bytes(of: TokenID(index)))), .integer(index))
    }
    let vocab = JSON.object(JSONObject(entries))
    switch model {
    case is CharacterModel: return bytePairs(vocab, [], isOverBytes: false, false)
    case let model as BytePairModel:
      let merges = model.merges.map { merge -> JSON in
        [name(of: merge.left), name(of: merge.right)]
      }
      return bytePairs(vocab, merges, isOverBytes: model.base == .bytes, model.takesWholePieces)
    case let model as WordPieceModel:
      return [
        "type": "WordPiece", "unk_token": name(of: model.unknown),
        "continuing_subword_prefix": .string(model.prefix),
        "max_input_chars_per_word": .integer(model.longestWord), "vocab": vocab,
      ]
    case let model as WordModel:
      return ["type": "WordLevel", "unk_token": name(of: model.unknown), "vocab": vocab]
    default:
      throw Failure(.data, "tokenizer.json has no place for a model of type \(type(of: model))")
    }
  }

  private func bytePairs(
    _ vocab: JSON, _ merges: [JSON], isOverBytes: Bool, _ takesWholePieces: Bool
  ) -> JSON {
    let unknown = ByteString(SpecialToken.unknown.rawValue)
    return [
      "type": "BPE", "dropout": .null,
      "unk_token": isOverBytes || vocabulary.id(of: unknown) == nil ? .null : .string(unknown),
      "continuing_subword_prefix": .null, "end_of_word_suffix": .null, "fuse_unk": false,
      "byte_fallback": .bool(!isOverBytes), "ignore_merges": .bool(takesWholePieces),
      "vocab": vocab, "merges": .array(merges),
    ]
  }
}
