import SeqaeFiles

/// Counts the code points of a corpus and makes a vocabulary of the most frequent.
///
/// ```swift
/// var trainer = CharacterTrainer()
/// while let line = try lines.next() { trainer.count(line) }
/// let vocabulary = try trainer.vocabulary(size: 8_000, including: NoiseAlphabet.standard.text)
/// let tokenizer = try Tokenizer(characters: vocabulary)
/// ```
///
/// The result depends on the counts only: neither the order of the lines nor how they were shared out
/// among trainers that were merged changes it.
public struct CharacterTrainer: Sendable {
  private var counts = [UInt64](repeating: 0, count: 0x11_0000)  // by code point

  /// Creates a trainer that has seen nothing.
  public init() {}

  /// Counts the code points of a line; bytes that are not UTF-8 count for nothing.
  public mutating func count(_ line: [UInt8]) {
    line.withUnsafeBufferPointer { count($0, times: 1) }
  }

  /// Counts the code points of a text that occurs `times` times.
  mutating func count(_ text: UnsafeBufferPointer<UInt8>, times: UInt64) {
    var index = 0
    while index < text.count {
      if let scalar = decodeScalar(text, at: index) {
        counts[Int(scalar.value)] += times
        index += scalar.length
      } else {
        index += 1
      }
    }
  }

  /// Adds what another trainer has counted.
  public mutating func merge(_ other: CharacterTrainer) {
    for index in counts.indices { counts[index] += other.counts[index] }
  }

  /// How often a code point was seen.
  public func occurrences(of scalar: Unicode.Scalar) -> UInt64 { counts[Int(scalar.value)] }

  /// Returns a vocabulary of the special tokens, the 256 byte tokens and `size − 263` characters.
  ///
  /// The characters are the printable ASCII ones, those of `text`, and of the rest the most frequent
  /// (of equally frequent ones the smaller code point); there are fewer if the corpus has fewer. They
  /// are numbered by falling frequency. Throws a usage failure if `size` has no room for what is
  /// always included.
  public func vocabulary(size: Int, including text: String = "") throws(Failure) -> Vocabulary {
    try vocabulary(size: size, including: text, coverage: 1, share: 1)
  }

  /// Returns a vocabulary of no more characters than make up the share `coverage` of what was counted.
  ///
  /// - Parameters:
  ///   - size: the most tokens.
  ///   - text: characters that are always included.
  ///   - coverage: of the characters counted, those always included among them.
  ///   - share: of the room that what is always included leaves, for the other characters.
  /// - Returns: the vocabulary.
  /// - Throws: `Failure(.usage)` if `size` has no room for what is always included.
  func vocabulary(
    size: Int, including text: String, coverage: Double, share: Double
  ) throws(Failure) -> Vocabulary {
    var tokens = SpecialToken.allCases.map { ByteString($0.rawValue) }
    tokens += (UInt8.min...UInt8.max).map(CharacterModel.byteToken)
    var isAlways = [Bool](repeating: false, count: counts.count)
    for scalar in 0x20...0x7E { isAlways[scalar] = true }
    for scalar in text.unicodeScalars { isAlways[Int(scalar.value)] = true }
    let always = isAlways.indices.filter { isAlways[$0] }
    guard tokens.count + always.count <= size else {
      throw Failure(
        .usage,
        "a vocabulary of \(size) tokens has no room for the \(tokens.count + always.count) that every "
          + "one includes: ask for more")
    }
    let seen = counts.indices.filter { counts[$0] > 0 && !isAlways[$0] }
    let room = Int(Double(size - tokens.count - always.count) * share)
    let total = counts.reduce(0.0) { $0 + Double($1) }
    var rest = total - always.reduce(0.0) { $0 + Double(counts[$1]) }
    var kept = always
    for scalar in byFrequency(seen).prefix(room) {
      guard coverage == 1 || rest > (1 - coverage) * total else { break }
      rest -= Double(counts[scalar])
      kept.append(scalar)
    }
    for scalar in byFrequency(kept) {
      var bytes: [UInt8] = []
      bytes.appendScalar(UInt32(scalar))
      tokens.append(ByteString(bytes))
    }
    return try Vocabulary(tokens)
  }

  private func byFrequency(_ scalars: [Int]) -> [Int] {
    scalars.sorted { (counts[$1], $0) < (counts[$0], $1) }
  }
}
