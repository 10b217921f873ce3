import SeqaeFiles

/// Turns text into tokens and back: normalise, split, model, post-process.
///
/// Immutable: share it between threads freely. Without a normaliser any byte string comes back from
/// its tokens; with one, the normalised text does.
///
/// ```swift
/// let tokenizer = try Tokenizer(readingJSON: "tokenizer.json")
/// let encoding = tokenizer.encode("中，国")
/// encoding.ranges[1]                // 3..<6, the comma's bytes
/// tokenizer.decode(encoding.ids)    // the bytes of "中，国"
/// ```
///
/// The spelling of a special token inside a text is ordinary text: no text can make one. (Hugging Face
/// reads it as the token itself unless told `encode_special_tokens`.)
public struct Tokenizer: Sendable {
  /// The special tokens put around a text, such as `</s>` after it.
  public struct Template: Sendable, Equatable {
    /// The tokens before the text.
    public let prefix: [TokenID]
    /// The tokens after the text.
    public let suffix: [TokenID]

    /// Creates a template.
    public init(prefix: [TokenID], suffix: [TokenID]) {
      self.prefix = prefix
      self.suffix = suffix
    }
  }

  /// What rewrites the text first; nil leaves it as it is.
  public let normalizer: (any Normalizer)?
  /// What cuts the text into pieces that no token crosses; nil takes it as one piece.
  public let splitter: (any Splitter)?
  /// What cuts a piece into tokens.
  public let model: any SubwordModel
  /// What is put around a text when special tokens are asked for.
  public let template: Template
  /// The numbers of the special tokens, in order.
  public let specialTokens: [TokenID]

  /// Whether the spaces at the ends of a token are left out of its range, as byte-level files ask.
  public let offsetTrimming: OffsetTrimming
  /// The most tokens of a text, special ones included, that the tokenizer's file asks for; nil if it doesn't.
  ///
  /// `encode` gives all tokens: who feeds a model cuts.
  public let lengthLimit: Int?

  /// What the file says besides the model, for writing it back; nil for a tokenizer made of parts.
  let origin: Origin?
  private let isSpecial: [Bool]  // by token

  /// A file that a tokenizer was read from.
  struct Origin: Sendable {
    /// Its members but the model.
    let members: JSONObject
    /// The number of tokens that the model lists; the rest are added.
    let modelTokens: Int
  }

  /// What of a token's spaces its range leaves out.
  public enum OffsetTrimming: Sendable {
    /// Nothing.
    case none
    /// The spaces at both ends.
    case spaces
    /// The same, but for a space that the text begins with (Hugging Face's, beside `add_prefix_space`).
    case spacesButTheFirst
  }

  /// Creates a tokenizer of parts.
  ///
  /// Every token named must be in the model's vocabulary.
  public init(
    normalizer: (any Normalizer)? = nil, splitter: (any Splitter)? = nil, model: any SubwordModel,
    template: Template, specialTokens: [TokenID], offsetTrimming: OffsetTrimming = .none
  ) {
    self.init(
      normalizer: normalizer, splitter: splitter, model: model, template: template,
      specialTokens: specialTokens, offsetTrimming: offsetTrimming, lengthLimit: nil, origin: nil)
  }

  init(
    normalizer: (any Normalizer)?, splitter: (any Splitter)?, model: any SubwordModel,
    template: Template, specialTokens: [TokenID], offsetTrimming: OffsetTrimming,
    lengthLimit: Int?, origin: Origin?
  ) {
    let vocabulary = model.vocabulary
    var isSpecial = [Bool](repeating: false, count: vocabulary.count)
    for id in template.prefix + template.suffix + specialTokens {
      precondition(
        vocabulary.contains(id), "special token \(id) is not in a vocabulary of \(vocabulary.count)"
      )
    }
    for id in specialTokens { isSpecial[Int(id)] = true }
    self.normalizer = normalizer
    self.splitter = splitter
    self.model = model
    self.template = template
    self.specialTokens = specialTokens.sorted()
    self.offsetTrimming = offsetTrimming
    self.lengthLimit = lengthLimit
    self.origin = origin
    self.isSpecial = isSpecial
  }

  /// Creates the tokenizer of a character vocabulary, such as `CharacterTrainer` makes.
  ///
  /// The special tokens are those of `SpecialToken` that the vocabulary has; `</s>` follows a text.
  /// Throws a data failure if a byte token or `</s>` is missing.
  public init(
    characters vocabulary: Vocabulary, normalizer: (any Normalizer)? = nil,
    splitter: (any Splitter)? = nil
  ) throws(Failure) {
    try self.init(
      trained: try CharacterModel(vocabulary), normalizer: normalizer, splitter: splitter)
  }

  /// Creates the tokenizer of a model that was trained here.
  ///
  /// - Parameters:
  ///   - model: whose vocabulary has the special tokens of `SpecialToken`; `</s>` follows a text.
  ///   - normalizer: what rewrote the text that it was trained on.
  ///   - splitter: what cut it.
  /// - Throws: `Failure(.data)` if `</s>` is missing.
  public init(
    trained model: any SubwordModel, normalizer: (any Normalizer)? = nil,
    splitter: (any Splitter)? = nil
  ) throws(Failure) {
    let vocabulary = model.vocabulary
    guard let eos = vocabulary.id(of: ByteString(SpecialToken.eos.rawValue)) else {
      throw Failure(.data, "the vocabulary lacks the token \(SpecialToken.eos.rawValue)")
    }
    self.init(
      normalizer: normalizer, splitter: splitter, model: model,
      template: Template(prefix: [], suffix: [eos]),
      specialTokens: SpecialToken.allCases.compactMap {
        vocabulary.id(of: ByteString($0.rawValue))
      })
  }

  /// Creates the tokenizer of a vocabulary of words, such as `WordTrainer` makes.
  ///
  /// The special tokens are those of `SpecialToken` but the unknown one, which is a word; `</s>` follows a text.
  ///
  /// - Parameters:
  ///   - vocabulary: the special tokens and words.
  ///   - normalizer: what rewrites a text first.
  /// - Throws: `Failure(.data)` if `</s>` or the unknown token is missing.
  public init(
    words vocabulary: Vocabulary, normalizer: (any Normalizer)? = nil
  ) throws(Failure) {
    func id(of token: SpecialToken) throws(Failure) -> TokenID {
      guard let id = vocabulary.id(of: ByteString(token.rawValue)) else {
        throw Failure(.data, "the vocabulary lacks the token \(token.rawValue)")
      }
      return id
    }
    let (eos, unknown) = (try id(of: .eos), try id(of: .unknown))
    let special = SpecialToken.allCases.compactMap { vocabulary.id(of: ByteString($0.rawValue)) }
      .filter { $0 != unknown }
    self.init(
      normalizer: normalizer, splitter: SpaceSplitter(),
      model: WordModel(vocabulary, unknown: unknown, specialTokens: special),
      template: Template(prefix: [], suffix: [eos]), specialTokens: special)
  }

  /// The model's tokens.
  public var vocabulary: Vocabulary { model.vocabulary }

  /// The number of tokens that the file lists with the model; those that follow are added ones.
  var listedTokens: Int { origin?.modelTokens ?? vocabulary.count }

  /// Returns the tokenizer with another model, whose first tokens are those of its own and which lists all of its tokens.
  func replacing(_ model: any SubwordModel) -> Tokenizer {
    Tokenizer(
      normalizer: normalizer, splitter: splitter, model: model, template: template,
      specialTokens: specialTokens, offsetTrimming: offsetTrimming, lengthLimit: lengthLimit,
      origin: origin.map { Origin(members: $0.members, modelTokens: model.vocabulary.count) })
  }

  /// Returns the number of a special token, found by its spelling.
  ///
  /// Throws a data failure if the tokenizer has no such special token.
  public func id(of token: SpecialToken) throws(Failure) -> TokenID {
    guard let id = vocabulary.id(of: ByteString(token.rawValue)), isSpecial[Int(id)] else {
      throw Failure(.data, "the tokenizer has no special token \(token.rawValue)")
    }
    return id
  }

  /// Whether `id` is a special token.
  public func isSpecial(_ id: TokenID) -> Bool {
    vocabulary.contains(id) && isSpecial[Int(id)]
  }

  /// Returns the tokens of `text` and the bytes of it that each stands for; linear.
  public func encode(_ text: [UInt8], addSpecialTokens: Bool = false) -> Encoding {
    var encoding = Encoding()
    if addSpecialTokens {
      for id in template.prefix { encoding.append(id, 0..<0) }
    }
    var aligned = AlignedText(text)
    if let normalizer { aligned = normalizer.normalize(aligned) }
    if let splitter {
      aligned = splitter.prepare(aligned)
      model.encode(aligned.bytes, splitter.pieces(of: aligned), into: &encoding)
    } else if !aligned.bytes.isEmpty {
      model.encode(aligned.bytes, [0..<aligned.bytes.count], into: &encoding)
    }
    let first = addSpecialTokens ? template.prefix.count : 0
    if offsetTrimming != .none { trimRanges(&encoding, from: first, aligned) }
    if !aligned.isOriginal {
      aligned.toSources(&encoding.ranges, from: first)
    }
    if addSpecialTokens {
      for id in template.suffix { encoding.append(id, text.count..<text.count) }
    }
    return encoding
  }

  /// Leaves out the spaces at the ends of ranges of the normalised text.
  private func trimRanges(_ encoding: inout Encoding, from first: Int, _ text: AlignedText) {
    let space = UInt8(ascii: " ")
    for index in first..<encoding.count {
      var range = encoding.ranges[index]
      let isKept = offsetTrimming == .spacesButTheFirst && index == first && text.isOriginal
      let kept = isKept ? 1 : 0
      while range.count > kept, text.bytes[range.lowerBound + kept] == space {
        range = range.lowerBound + 1..<range.upperBound
      }
      while !range.isEmpty, text.bytes[range.upperBound - 1] == space { range = range.dropLast() }
      encoding.ranges[index] = range
    }
  }

  /// Returns the tokens of `text` and the bytes of its UTF-8 that each stands for.
  public func encode(_ text: String, addSpecialTokens: Bool = false) -> Encoding {
    encode(Array(text.utf8), addSpecialTokens: addSpecialTokens)
  }

  /// Returns the bytes that `ids` stand for, leaving out special tokens; linear.
  ///
  /// Each id must be in the vocabulary.
  public func decode(_ ids: some Sequence<TokenID>) -> [UInt8] {
    var bytes: [UInt8] = []
    for id in ids where !isSpecial(id) { model.decode(id, into: &bytes) }
    return bytes
  }
}
