import SeqaeRandom

/// Puts Chinese characters in place of those that sound like them, as typing by sound does: `今天天汽`.
///
/// Tones are ignored; common characters are drawn more often, and only those of the text's script.
public struct SoundNoise: TextNoise {
  /// How alike two sounds are.
  public enum Likeness: Sendable {
    /// The same syllable.
    case same
    /// Syllables that many speakers do not tell apart: zh z, ch c, sh s, n l, f h, r l, an ang, en eng, in ing.
    case near
  }

  /// The probability that a character that has others of its sound becomes one.
  public let rate: Double
  /// How alike they sound.
  public let likeness: Likeness

  /// Creates the noise.
  public init(rate: Double, likeness: Likeness) {
    requireProbability(rate, of: "SoundNoise")
    self.rate = rate
    self.likeness = likeness
  }

  /// Returns `text` with characters of like sound.
  public func corrupt(_ text: String, using random: Random) -> String {
    let graphemes = Graphemes(text)
    let script = ChineseScript(of: graphemes)
    let readings = Readings.standard
    return graphemes.rewritten(rate: rate, using: random) { index in
      guard let scalar = graphemes.scalar(at: index) else { return nil }
      // Which of its readings is meant depends on the context: mostly the first.
      guard let syllable = readings.syllables(of: scalar).first else { return nil }
      let syllables =
        switch likeness {
        case .same: [syllable]
        case .near: readings.near(syllable)
        }
      return readings.draw(of: syllables, otherThan: scalar, in: script, using: random).map(utf8)
    }
  }
}
