import SeqaeRandom

/// Leaves out letters and Chinese characters: `今天气很好`, `helo`.
///
/// Digits, marks and spaces stay: nobody could say which were there.
public struct DeletionNoise: TextNoise {
  /// The probability that a letter is left out.
  public let rate: Double

  /// Creates the noise.
  public init(rate: Double) {
    requireProbability(rate, of: "DeletionNoise")
    self.rate = rate
  }

  /// Returns `text` without some of its letters.
  public func corrupt(_ text: String, using random: Random) -> String {
    let graphemes = Graphemes(text)
    return graphemes.rewritten(rate: rate, using: random) { index in
      graphemes.kinds[index].isLetter(digits: false) ? [] : nil
    }
  }
}
