import SeqaeRandom

/// Writes Chinese characters as their parts: `女子` for 好.
///
/// Which ones come apart was found from Unihan's codes, radicals and strokes, beside a list of our own.
public struct SplitNoise: TextNoise {
  /// The probability that a character that comes apart does.
  public let rate: Double

  private static let parts = CharacterGroups(SplitTable.text)

  /// Creates the noise.
  public init(rate: Double) {
    requireProbability(rate, of: "SplitNoise")
    self.rate = rate
  }

  /// Returns `text` with characters come apart.
  public func corrupt(_ text: String, using random: Random) -> String {
    let graphemes = Graphemes(text)
    return graphemes.rewritten(rate: rate, using: random) { index in
      guard let scalar = graphemes.scalar(at: index) else { return nil }
      let parts = SplitNoise.parts[scalar]
      return parts.isEmpty ? nil : parts.flatMap(utf8)
    }
  }
}
