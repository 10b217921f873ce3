import CUTF8Proc
import SeqaeRandom

/// Turns letters into those of the other case: `hELlo`.
public struct CaseNoise: TextNoise {
  /// The probability that a letter that has a case changes it.
  public let rate: Double

  /// Creates the noise.
  public init(rate: Double) {
    requireProbability(rate, of: "CaseNoise")
    self.rate = rate
  }

  /// Returns `text` with cases changed.
  public func corrupt(_ text: String, using random: Random) -> String {
    let graphemes = Graphemes(text)
    return graphemes.rewritten(rate: rate, using: random) { index in
      guard graphemes.kinds[index] == .letter, let scalar = graphemes.scalar(at: index) else {
        return nil
      }
      let letter = Int32(bitPattern: scalar)
      let upper = utf8proc_toupper(letter)
      let other = upper == letter ? utf8proc_tolower(letter) : upper
      return other == letter ? nil : utf8(UInt32(bitPattern: other))
    }
  }
}
