import SeqaeFiles

/// Counts the words of a corpus, what stands between white space, and makes a tokenizer of the most frequent.
///
/// ```swift
/// var trainer = WordTrainer()
/// while let line = try lines.next() { trainer.count(line) }
/// let tokenizer = try trainer.tokenizer(size: 10_000)
/// ```
///
/// The result depends on the counts only.
public struct WordTrainer: Sendable {
  private let normalizer: (any Normalizer)?
  private var counts = PieceCounts()

  /// Creates a trainer that has seen nothing.
  ///
  /// - Parameter normalizer: what rewrites each line first.
  public init(normalizer: (any Normalizer)? = nil) { self.normalizer = normalizer }

  /// Counts the words of a line.
  public mutating func count(_ line: [UInt8]) {
    let text = normalizer?.normalize(AlignedText(line)) ?? AlignedText(line)
    let words = SpaceSplitter().pieces(of: text)
    text.bytes.withUnsafeBufferPointer { bytes in
      for word in words { counts.add(UnsafeBufferPointer(rebasing: bytes[word]), 1) }
    }
  }

  /// Returns a tokenizer of the special tokens and the most frequent words, of equally frequent ones those of smaller
  /// bytes, numbered by falling frequency.
  ///
  /// A corpus may spell its unknown words itself, as the Penn Treebank's does: its `<unk>` is the token of unknown words.
  /// That token is a word, which a model writes, and no special token.
  ///
  /// - Parameter size: the most tokens, the special ones included; there are fewer if the corpus has fewer words.
  /// - Returns: the tokenizer; `</s>` follows a text.
  /// - Throws: `Failure(.usage)` if `size` has no room for a word.
  public func tokenizer(size: Int) throws(Failure) -> Tokenizer {
    let special = SpecialToken.allCases.map { ByteString($0.rawValue) }
    guard size > special.count else {
      throw Failure(
        .usage,
        "a vocabulary of \(size) tokens has no room for words: ask for more than \(special.count)")
    }
    var words: [(word: ByteString, count: UInt64)] = []
    counts.forEach { bytes, count in
      let word = ByteString(Array(bytes))
      if !special.contains(word) { words.append((word, count)) }
    }
    words.sort { ($1.count, $0.word) < ($0.count, $1.word) }
    return try Tokenizer(
      words: try Vocabulary(special + words.prefix(size - special.count).map(\.word)),
      normalizer: normalizer)
  }
}
