import SeqaeFiles

/// Learns the merges of byte pair encoding from a corpus.
///
/// Sennrich, Haddow and Birch 2016, §3.2: starting from characters, the most frequent pair of neighbours
/// becomes a token, again and again. Of equally frequent pairs the one whose bytes come first is taken, so
/// that the result depends on the counts only.
///
/// ```swift
/// var trainer = BytePairTrainer(splitter: ScriptSplitter())
/// while let line = try lines.next() { trainer.count(line) }
/// let model = try trainer.model(size: 8_000, including: NoiseAlphabet.standard.text)
/// ```
///
/// Counting keeps each distinct piece once, in bounded memory: over the limit, pieces longer than half of
/// the longest (unspaced Chinese, no two runs of which are alike) are cut in two and counted as their
/// parts, down to `shortestCut` characters; then the rarest are forgotten. Which, depends on the order of
/// the lines alone.
public struct BytePairTrainer: Sendable {
  /// What is learned beside the number of tokens.
  public struct Options: Sendable {
    /// The share of the corpus's characters that are tokens; the rest is spelled in bytes.
    ///
    /// 0.9995 as in SentencePiece (Kudo and Richardson 2018) for languages with many characters.
    public var coverage = 0.9995
    /// The longest token in characters: SentencePiece's 16.
    public var longestToken = 16
    /// How often a pair must occur to become a token.
    public var leastCount = 2

    /// Creates the standard options.
    public init() {}
  }

  /// Characters of a piece, above which it is counted as its parts from the beginning.
  private static let longestPiece = 64
  /// Characters of a piece that is not cut any more.
  private static let shortestCut = 8

  private let normalizer: (any Normalizer)?
  private let splitter: any Splitter
  private let memoryLimit: Int
  private var counts = PieceCounts()
  private var longest = BytePairTrainer.longestPiece
  private var rarest: UInt64 = 0  // pieces of up to so many occurrences were forgotten

  /// Creates a trainer that has seen nothing.
  ///
  /// - Parameters:
  ///   - normalizer: what rewrites a line before it is split.
  ///   - splitter: what cuts it into pieces.
  ///   - memoryLimit: bytes that the counts may take.
  public init(
    normalizer: (any Normalizer)? = nil, splitter: any Splitter, memoryLimit: Int = 1 << 30
  ) {
    self.normalizer = normalizer
    self.splitter = splitter
    self.memoryLimit = memoryLimit
  }

  /// The number of distinct pieces that are counted now.
  public var pieceCount: Int { counts.count }

  /// Counts the pieces of a line.
  public mutating func count(_ line: [UInt8]) {
    var text = AlignedText(line)
    if let normalizer { text = normalizer.normalize(text) }
    text = splitter.prepare(text)
    let pieces = splitter.pieces(of: text)
    text.bytes.withUnsafeBufferPointer { bytes in
      for piece in pieces { add(UnsafeBufferPointer(rebasing: bytes[piece]), 1) }
    }
    if counts.memory > memoryLimit { shrink() }
  }

  /// Adds what another trainer, of the same normaliser and splitter, has counted.
  public mutating func merge(_ other: BytePairTrainer) {
    other.counts.forEach { add($0, $1) }
    if counts.memory > memoryLimit { shrink() }
  }

  /// Counts a piece, or its parts of `longest` characters.
  private mutating func add(_ piece: UnsafeBufferPointer<UInt8>, _ occurrences: UInt64) {
    guard piece.count > longest else { return counts.add(piece, occurrences) }
    var start = 0
    var characters = 0
    for index in piece.indices where piece[index].beginsCodePoint || index == start {
      if characters == longest {
        counts.add(UnsafeBufferPointer(rebasing: piece[start..<index]), occurrences)
        start = index
        characters = 0
      }
      characters += 1
    }
    counts.add(UnsafeBufferPointer(rebasing: piece[start...]), occurrences)
  }

  /// Brings the counts to at most three quarters of the limit.
  private mutating func shrink() {
    while counts.memory > memoryLimit / 4 * 3, counts.count > 0 {
      if longest > BytePairTrainer.shortestCut {
        longest /= 2
      } else {
        rarest = max(1, 2 * rarest)
      }
      let old = counts
      counts = PieceCounts()
      let isPruned = longest == BytePairTrainer.shortestCut ? rarest : 0
      old.forEach { if $1 > isPruned { add($0, $1) } }
    }
  }

  /// Learns a vocabulary and its merges.
  ///
  /// The tokens are the special ones, the 256 bytes, the characters (always the printable ASCII ones and
  /// those of `text`, then the most frequent up to the coverage, but in no more than three quarters of the
  /// room that is left), by falling frequency, and what the merges make, in their order.
  ///
  /// - Parameters:
  ///   - size: the number of tokens; there are fewer if the corpus has no more pairs.
  ///   - text: characters that are tokens however rare.
  ///   - options: what else decides.
  ///   - report: told now and then how many tokens there are.
  /// - Returns: the model.
  /// - Throws: `Failure(.usage)` if `size` has no room for what is always included.
  public func model(
    size: Int, including text: String = "", options: Options = Options(),
    report: (Int) -> Void = { _ in }
  ) throws(Failure) -> BytePairModel {
    var characters = CharacterTrainer()
    counts.forEach { characters.count($0, times: $1) }
    let alphabet = try characters.vocabulary(
      size: size, including: text, coverage: options.coverage, share: 0.75)
    var learning = try BytePairLearning(alphabet, options)
    counts.forEach { learning.add($0, $1) }
    learning.learn(size: size, report: report)
    return try BytePairModel(
      try Vocabulary(learning.tokens), base: .characters, merges: learning.merges)
  }
}
