import SeqaeFiles

/// Counts the characters of a corpus that a tokenizer of word pieces does not know, and adds the most frequent to its tokens.
///
/// BERT cuts Chinese into characters, of which an English vocabulary has few. Only characters that are a word by themselves
/// count: whatever could be spelled before is spelled by the same tokens after.
///
/// ```swift
/// var more = try CharacterExtension(tokenizer)
/// while let line = try lines.next() { more.count(line) }
/// let larger = try more.tokenizer(size: 34_000)
/// ```
///
/// The result depends on the counts only.
public struct CharacterExtension: Sendable {
  private let tokenizer: Tokenizer
  private let model: WordPieceModel
  private var counts = PieceCounts()

  /// Creates a counter that has seen nothing.
  ///
  /// - Parameter tokenizer: of word pieces.
  /// - Throws: `Failure(.data)` for another one, and for one whose file adds tokens behind those of its model, which would have
  ///   to get other numbers.
  public init(_ tokenizer: Tokenizer) throws(Failure) {
    guard let model = tokenizer.model as? WordPieceModel else {
      throw Failure(
        .data, "the tokenizer is not one of word pieces: only to such a one tokens are added")
    }
    guard tokenizer.listedTokens == model.vocabulary.count else {
      throw Failure(
        .data,
        "the tokenizer has \(model.vocabulary.count - tokenizer.listedTokens) tokens behind those of its model: none "
          + "can be added between")
    }
    (self.tokenizer, self.model) = (tokenizer, model)
  }

  /// Checks, before anything is counted, that a tokenizer of a size has room for a character.
  ///
  /// - Parameter size: the most tokens.
  /// - Throws: `Failure(.usage)` if it has none.
  public func requireRoom(size: Int) throws(Failure) {
    let count = model.vocabulary.count
    guard size > count else {
      throw Failure(
        .usage,
        "the tokenizer has \(count) tokens, so that one of \(size) has no room for more: ask for more than that"
      )
    }
  }

  /// Counts the unknown characters of a line.
  public mutating func count(_ line: [UInt8]) {
    var text = tokenizer.normalizer?.normalize(AlignedText(line)) ?? AlignedText(line)
    guard let splitter = tokenizer.splitter else { return }
    text = splitter.prepare(text)
    var encoding = Encoding()
    model.encode(text.bytes, splitter.pieces(of: text), into: &encoding)
    text.bytes.withUnsafeBufferPointer { bytes in
      for (id, range) in zip(encoding.ids, encoding.ranges) where id == model.unknown {
        let word = UnsafeBufferPointer(rebasing: bytes[range])
        guard let scalar = decodeScalar(word, at: 0), scalar.length == word.count else { continue }
        counts.add(word, 1)
      }
    }
  }

  /// Returns the tokenizer with the most frequent of the characters behind its tokens, of equally frequent ones those of
  /// smaller bytes.
  ///
  /// - Parameter size: the most tokens; there are fewer if the corpus has fewer characters.
  /// - Returns: the tokenizer; nothing else about it differs.
  /// - Throws: `Failure(.usage)` if `size` has no room for a character.
  public func tokenizer(size: Int) throws(Failure) -> Tokenizer {
    try requireRoom(size: size)
    let old = model.vocabulary
    var characters: [(character: ByteString, count: UInt64)] = []
    counts.forEach { characters.append((ByteString(Array($0)), $1)) }
    characters.sort { ($1.count, $0.character) < ($0.count, $1.character) }
    let tokens = (0..<TokenID(old.count)).map { ByteString(Array(old.bytes(of: $0))) }
    return tokenizer.replacing(
      WordPieceModel(
        try Vocabulary(tokens + characters.prefix(size - old.count).map(\.character)),
        unknown: model.unknown, prefix: model.prefix, longestWord: model.longestWord,
        cleansUp: model.cleansUp))
  }
}
