import SeqaeFiles

/// What a tokenizer's parts are, in words.
extension Tokenizer {
  /// The model: `BPE over characters, byte fallback, 4,321 merges`.
  public var modelDescription: String {
    switch model {
    case is CharacterModel: "characters, byte fallback"
    case let model as BytePairModel:
      (model.base == .bytes ? "BPE over bytes" : "BPE over characters, byte fallback")
        + ", \(model.merges.count) merges"
    case let model as WordPieceModel:
      "word pieces, \(model.prefix.quoted) for those that go on, words of up to "
        + "\(model.longestWord) characters"
    case let model as WordModel:
      "words, \(ByteString(Array(vocabulary.bytes(of: model.unknown))).quoted) for the unknown ones"
    default: "\(type(of: model))"
    }
  }

  /// The normaliser, nil if there is none: `NFKC`.
  public var normalizerDescription: String? {
    switch normalizer {
    case nil: return nil
    case let normalizer as UnicodeNormalizer: return normalizer.form.rawValue
    case let normalizer as BertNormalizer:
      let steps = [
        ("controls out", normalizer.cleansText),
        ("Chinese characters apart", normalizer.separatesChinese),
        ("accents off", normalizer.stripsAccents ?? normalizer.lowercases),
        ("lower case", normalizer.lowercases),
      ]
      return "BERT: " + steps.filter(\.1).map(\.0).joined(separator: ", ")
    case let normalizer?: return "\(type(of: normalizer))"
    }
  }

  /// The splitter, nil if there is none.
  public var splitterDescription: String? {
    switch splitter {
    case nil: nil
    case is ScriptSplitter:
      "words with the space before, runs of Chinese characters, up to three digits, single marks"
    case let splitter as ByteLevelSplitter:
      "GPT-2: words, numbers and marks with the space before"
        + (splitter.addsPrefixSpace ? ", a space before the text" : "")
    case is SpaceSplitter: "white space, dropped"
    case is BertSplitter: "BERT: words and single marks, spaces dropped"
    case let splitter as BoundarySplitter: "Unicode boundaries: \(splitter.unit.rawValue)"
    case let splitter?: "\(type(of: splitter))"
    }
  }
}
