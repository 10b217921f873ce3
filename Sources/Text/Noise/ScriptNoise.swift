import SeqaeRandom

/// Writes single characters in the other Chinese script: `今天天氣`.
///
/// By kTraditionalVariant and kSimplifiedVariant of Unihan; of several forms one is drawn, whatever the word
/// asks for: the mistakes of converters are among the noise.
public struct ScriptNoise: TextNoise {
  /// The probability that a character that has another form takes it.
  public let rate: Double
  /// The script that it is written in then.
  public let script: ChineseScript

  /// Creates the noise.
  public init(rate: Double, to script: ChineseScript) {
    requireProbability(rate, of: "ScriptNoise")
    self.rate = rate
    self.script = script
  }

  /// Returns `text` with characters of the other script.
  public func corrupt(_ text: String, using random: Random) -> String {
    let graphemes = Graphemes(text)
    return graphemes.rewritten(rate: rate, using: random) { index in
      guard let scalar = graphemes.scalar(at: index) else { return nil }
      let forms = script.forms(of: scalar).filter { $0 != scalar }
      return forms.isEmpty ? nil : utf8(random.element(of: forms))
    }
  }
}
