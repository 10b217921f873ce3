import SeqaeRandom

/// Slips of the finger: a neighbour's key in place of a letter, or besides: `hwllo`, `helklo`.
///
/// For letters of ASCII; digits are left alone, since nobody could say what they were.
public struct KeyboardNoise: TextNoise {
  /// The probability of a slip at a letter.
  public let rate: Double

  /// How often the neighbour's key is hit in place of the letter's; else it is hit too.
  private static let replacementShare = 0.7

  /// Creates the noise.
  public init(rate: Double) {
    requireProbability(rate, of: "KeyboardNoise")
    self.rate = rate
  }

  /// Returns `text` with slips.
  public func corrupt(_ text: String, using random: Random) -> String {
    let graphemes = Graphemes(text)
    return graphemes.rewritten(rate: rate, using: random) { index in
      guard let scalar = graphemes.scalar(at: index),
        let neighbours = Keyboard.neighbours(of: scalar)
      else { return nil }
      let slip = random.element(of: neighbours)
      guard !random.chance(Self.replacementShare) else { return [slip] }
      let letter = UInt8(truncatingIfNeeded: scalar)  // of ASCII, as it has neighbours
      return random.chance(0.5) ? [slip, letter] : [letter, slip]
    }
  }
}
