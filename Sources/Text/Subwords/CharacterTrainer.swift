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
    line.withUnsafeBufferPointer { text in
      var index = 0
      while index < text.count {
        if let scalar = decodeScalar(text, at: index) {
          counts[Int(scalar.value)] += 1
          index += scalar.length
        } else {
          index += 1
        }
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
    let kept = always + byFrequency(seen).prefix(size - tokens.count - always.count)
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
