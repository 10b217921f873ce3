import SeqaeFiles

extension Tokenizer {
  /// Reads a tokenizer from a Hugging Face `tokenizer.json`.
  ///
  /// Understood: BPE with byte fallback, with or without merges; BPE over bytes (GPT-2, RoBERTa); word
  /// pieces (BERT); whole words; what these go with: Unicode forms and BERT's normaliser, the splitters of this library,
  /// special tokens around one text. Anything else is a data failure that names its place in the file.
  /// Special tokens are never found in a text, so how they would be is kept for writing only; what a
  /// file says of padding is, too, and of truncation all but the length.
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
    let limit = try reader.lengthLimit(file["truncation"])
    if let padding = file["padding"], !padding.isNull {
      _ = try reader.object(padding, "padding", keys: TokenizerReader.paddingKeys)
    }
    let normalizer = try reader.normalizer(file["normalizer"])
    let splitter = try reader.splitter(file["pre_tokenizer"])
    let added = try reader.addedTokens(file["added_tokens"])
    let model = try reader.model(file["model"], added, splitter, decoder: file["decoder"])
    let post = try reader.postProcessor(file["post_processor"], model.vocabulary)
    try reader.checkDecoder(file["decoder"], model)
    self.init(
      normalizer: normalizer, splitter: splitter, model: model, template: post.template,
      specialTokens: added.map(\.id), offsetTrimming: post.trimming, lengthLimit: limit,
      origin: Origin(
        members: JSONObject(file.members.filter { $0.key != "model" }),
        modelTokens: file["model"]?["vocab"]?.objectValue?.count ?? 0))
  }
}

/// Reads the parts of a `tokenizer.json`, refusing by its place what it doesn't know.
struct TokenizerReader {
  static let fileKeys: Set<ByteString> = [
    "version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer",
    "post_processor", "decoder", "model",
  ]
  static let paddingKeys: Set<ByteString> = [
    "strategy", "direction", "pad_to_multiple_of", "pad_id", "pad_type_id", "pad_token",
  ]

  /// What messages call the file.
  let name: String

  /// Returns the failure for a value that is not what it must be.
  func unexpected(_ place: String, _ expected: String, _ found: JSON?) -> Failure {
    let text =
      found.map { value in
        let bytes = value.serialized()
        let head = String(decoding: bytes.prefix(80), as: UTF8.self)
        return bytes.count > 80 ? head + "…" : head
      } ?? "nothing"
    return Failure(.data, "\(name): \(place): expected \(expected), found \(text)")
  }

  /// Returns an object that has no keys but `keys`.
  func object(
    _ value: JSON?, _ place: String, keys: Set<ByteString>
  ) throws(Failure) -> JSONObject {
    guard let object = value?.objectValue else { throw unexpected(place, "an object", value) }
    for (key, _) in object.members where !keys.contains(key) {
      throw Failure(.data, "\(name): \(place): the member \(key.quoted) is not supported")
    }
    return object
  }

  /// Returns the value of a member that says yes or no; absent and null are `standard`.
  func flag(
    _ object: JSONObject, _ key: ByteString, _ place: String, standard: Bool
  ) throws(Failure) -> Bool {
    guard let value = object[key], !value.isNull else { return standard }
    guard let flag = value.boolValue else {
      throw unexpected("\(place).\(key.string)", "true or false", value)
    }
    return flag
  }

  /// Returns the type of a part, one of `types`; its message lists them.
  func type(_ value: JSON, _ place: String, _ types: [String]) throws(Failure) -> String {
    let found = value["type"]
    guard let type = types.first(where: { found?.stringValue == ByteString($0) }) else {
      throw unexpected("\(place).type", oneOf(types), found)
    }
    return type
  }

  /// Returns the words in quotes, joined by "or".
  func oneOf(_ words: [String]) -> String {
    let quoted = words.map { ByteString($0).quoted }
    guard let last = quoted.last, quoted.count > 1 else { return quoted.joined() }
    return quoted.dropLast().joined(separator: ", ") + " or " + last
  }

  func lengthLimit(_ value: JSON?) throws(Failure) -> Int? {
    guard let value, !value.isNull else { return nil }
    let keys: Set<ByteString> = ["direction", "max_length", "strategy", "stride"]
    let truncation = try object(value, "truncation", keys: keys)
    guard let limit = truncation["max_length"]?.intValue, limit > 0 else {
      throw unexpected(
        "truncation.max_length", "a number above 0", truncation["max_length"])
    }
    if let direction = truncation["direction"], direction != "Right" {
      throw unexpected("truncation.direction", oneOf(["Right"]), direction)
    }
    if let stride = truncation["stride"], stride != 0 {
      throw unexpected("truncation.stride", "0", stride)
    }
    return limit
  }

  func normalizer(_ value: JSON?) throws(Failure) -> (any Normalizer)? {
    guard let value, !value.isNull else { return nil }
    let forms = UnicodeNormalizer.Form.allCases
    let bert = "BertNormalizer"
    let type = try type(value, "normalizer", forms.map(\.rawValue) + [bert])
    if let form = UnicodeNormalizer.Form(rawValue: type) {
      _ = try object(value, "normalizer", keys: ["type"])
      return UnicodeNormalizer(form)
    }
    let keys: Set<ByteString> = [
      "type", "clean_text", "handle_chinese_chars", "strip_accents", "lowercase",
    ]
    let object = try object(value, "normalizer", keys: keys)
    let accents = object["strip_accents"].flatMap { $0.isNull ? nil : $0 }
    return BertNormalizer(
      cleansText: try flag(object, "clean_text", "normalizer", standard: true),
      separatesChinese: try flag(object, "handle_chinese_chars", "normalizer", standard: true),
      stripsAccents: accents == nil
        ? nil : try flag(object, "strip_accents", "normalizer", standard: false),
      lowercases: try flag(object, "lowercase", "normalizer", standard: true))
  }

  func splitter(_ value: JSON?) throws(Failure) -> (any Splitter)? {
    guard let value, !value.isNull else { return nil }
    let place = "pre_tokenizer"
    let types = ["Split", "ByteLevel", "BertPreTokenizer", "WhitespaceSplit", "UnicodeBoundaries"]
    switch try type(value, place, types) {
    case "Split":
      let keys: Set<ByteString> = ["type", "pattern", "behavior", "invert"]
      let split = try object(value, place, keys: keys)
      guard split["pattern"] == ["Regex": JSON(ScriptSplitter.pattern)] else {
        throw unexpected(
          "\(place).pattern", "the pattern of seqae's own splitter", split["pattern"])
      }
      guard split["behavior"] == "Isolated" else {
        throw unexpected("\(place).behavior", oneOf(["Isolated"]), split["behavior"])
      }
      guard try !flag(split, "invert", place, standard: false) else {
        throw unexpected("\(place).invert", "false", split["invert"])
      }
      return ScriptSplitter()
    case "ByteLevel":
      let keys: Set<ByteString> = ["type", "add_prefix_space", "trim_offsets", "use_regex"]
      let bytes = try object(value, place, keys: keys)
      guard try flag(bytes, "use_regex", place, standard: true) else {
        throw unexpected("\(place).use_regex", "true", bytes["use_regex"])
      }
      return ByteLevelSplitter(
        addsPrefixSpace: try flag(bytes, "add_prefix_space", place, standard: true))
    case "BertPreTokenizer":
      _ = try object(value, place, keys: ["type"])
      return BertSplitter()
    case "WhitespaceSplit":
      _ = try object(value, place, keys: ["type"])
      return SpaceSplitter()
    default:
      let boundaries = try object(value, place, keys: ["type", "unit"])
      let units = TextUnit.allCases
      guard
        let unit = units.first(where: {
          boundaries["unit"]?.stringValue == ByteString($0.rawValue)
        })
      else { throw unexpected("\(place).unit", oneOf(units.map(\.rawValue)), boundaries["unit"]) }
      return BoundarySplitter(unit)
    }
  }

  func addedTokens(_ value: JSON?) throws(Failure) -> [(id: TokenID, token: ByteString)] {
    guard let value, !value.isNull else { return [] }
    guard let entries = value.arrayValue else {
      throw unexpected("added_tokens", "an array", value)
    }
    var tokens: [(id: TokenID, token: ByteString)] = []
    let flags: [ByteString] = ["single_word", "lstrip", "rstrip", "normalized"]
    let keys = Set(flags + ["id", "content", "special"])
    for (index, entry) in entries.enumerated() {
      let place = "added_tokens[\(index)]"
      let members = try object(entry, place, keys: keys)
      guard let number = members["id"]?.intValue, let id = TokenID(exactly: number), id >= 0 else {
        throw unexpected("\(place).id", "a token's number", members["id"])
      }
      guard let content = members["content"]?.stringValue, !content.isEmpty else {
        throw unexpected("\(place).content", "a token", members["content"])
      }
      for key in flags { _ = try flag(members, key, place, standard: false) }
      guard try flag(members, "special", place, standard: false) else {
        throw Failure(
          .data,
          "\(name): \(place).special: expected true, found false: \(content.quoted) would be looked "
            + "for in every text, which is not supported")
      }
      tokens.append((id, content))
    }
    return tokens
  }
}
