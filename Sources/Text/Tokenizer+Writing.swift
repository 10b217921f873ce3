import SeqaeFiles

extension Tokenizer {
  /// What a decoder is in the file: byte tokens become bytes, then all is joined.
  static let decoderJSON: JSON = [
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
  public func json() throws(Failure) -> JSON {
    guard model is CharacterModel else {
      throw Failure(.data, "tokenizer.json has no place for a model of type \(type(of: model))")
    }
    return [
      "version": "1.0", "truncation": .null, "padding": .null,
      "added_tokens": .array(specialTokens.map(addedTokenJSON)),
      "normalizer": try normalizerJSON(), "pre_tokenizer": try splitterJSON(),
      "post_processor": templateJSON(), "decoder": Tokenizer.decoderJSON, "model": modelJSON(),
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
    guard let normalizer else { return .null }
    guard let normalizer = normalizer as? UnicodeNormalizer else {
      throw Failure(
        .data, "tokenizer.json has no place for a normaliser of type \(type(of: normalizer))")
    }
    return ["type": JSON(normalizer.form.rawValue)]
  }

  private func splitterJSON() throws(Failure) -> JSON {
    guard let splitter else { return .null }
    guard let splitter = splitter as? BoundarySplitter else {
      throw Failure(
        .data, "tokenizer.json has no place for a splitter of type \(type(of: splitter))")
    }
    return ["type": "UnicodeBoundaries", "unit": JSON(splitter.unit.rawValue)]
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

  private func modelJSON() -> JSON {
    let entries: [(key: ByteString, value: JSON)] = (0..<vocabulary.count).map { index in
      (ByteString(Array(vocabulary.bytes(of: TokenID(index)))), .integer(index))
    }
    let unknown = ByteString(SpecialToken.unknown.rawValue)
    return [
      "type": "BPE", "dropout": .null,
      "unk_token": vocabulary.id(of: unknown) == nil ? .null : .string(unknown),
      "continuing_subword_prefix": .null, "end_of_word_suffix": .null, "fuse_unk": false,
      "byte_fallback": true, "ignore_merges": false, "vocab": .object(JSONObject(entries)),
      "merges": [],
    ]
  }
}
