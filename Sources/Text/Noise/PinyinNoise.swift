import SeqaeRandom

/// Spells Chinese words by their sound, as people do to be quick or not to be found: `zhong国`, `zg`.
///
/// Each word of known Chinese characters (UAX #29, ICU's dictionary) is spelled with probability `rate`,
/// unless it stands beside a letter, from which the spelling could not be told apart.
public struct PinyinNoise: TextNoise {
  /// How a word is spelled.
  public enum Form: Sendable {
    /// By pinyin without tones: all of it, or one of its characters.
    case syllables
    /// By the first letter of each syllable.
    case initials
  }

  /// The probability that a word is spelled.
  public let rate: Double
  /// How it is spelled.
  public let form: Form

  /// How often a word of several characters is spelled in one of them only.
  private static let partShare = 0.5

  /// Creates the noise.
  public init(rate: Double, form: Form) {
    requireProbability(rate, of: "PinyinNoise")
    self.rate = rate
    self.form = form
  }

  /// Returns `text` with words spelled.
  public func corrupt(_ text: String, using random: Random) -> String {
    let graphemes = Graphemes(text)
    let bounds = Boundaries.offsets(of: .word, in: graphemes.bytes)
    var result: [UInt8] = []
    result.reserveCapacity(2 * graphemes.bytes.count)
    var index = 0
    for (start, end) in zip(bounds, bounds.dropFirst()) {
      let first = index
      while index < graphemes.count, graphemes.offsets[index] < end { index += 1 }
      if first < index, let syllables = syllables(of: first..<index, in: graphemes),
        random.chance(rate)
      {
        spell(first..<index, of: graphemes, syllables, random, &result)
      } else {
        result.append(contentsOf: graphemes.bytes[start..<end])
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// The syllables of a word; nil if it is not to be spelled.
  private func syllables(of word: Range<Int>, in graphemes: Graphemes) -> [[UInt8]]? {
    guard word.lowerBound == 0 || graphemes.kinds[word.lowerBound - 1] != .letter,
      word.upperBound == graphemes.count || graphemes.kinds[word.upperBound] != .letter
    else { return nil }
    var syllables: [[UInt8]] = []
    for index in word {
      guard let scalar = graphemes.scalar(at: index),
        let syllable = Readings.standard.syllables(of: scalar).first
      else { return nil }
      syllables.append(Readings.standard.spelling(of: syllable))
    }
    return syllables
  }

  private func spell(
    _ word: Range<Int>, of graphemes: Graphemes, _ syllables: [[UInt8]], _ random: Random,
    _ result: inout [UInt8]
  ) {
    switch form {
    case .initials:
      result += syllables.compactMap(\.first)
    case .syllables where word.count > 1 && random.chance(Self.partShare):
      let spelled = random.integer(below: word.count)
      for (place, index) in word.enumerated() {
        if place == spelled {
          result += syllables[place]
        } else {
          result.append(contentsOf: graphemes[index])
        }
      }
    case .syllables:
      result += syllables.joined()
    }
  }
}
