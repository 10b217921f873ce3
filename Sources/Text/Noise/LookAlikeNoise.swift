import SeqaeRandom

/// Puts characters in place of those that they look like: `末来`, `pаypal` with a Cyrillic а.
///
/// A Chinese character becomes one of like shape in the text's script: by Cangjie code, four corners,
/// phonetic part, radical and strokes, or a variant, all out of Unihan; the nearest ones are drawn most often.
/// Another letter, and at times a Chinese character, becomes one with the same skeleton in ICU's confusables
/// (Unicode Technical Standard 39, section 4).
public struct LookAlikeNoise: TextNoise {
  /// The probability that a letter that has look-alikes becomes one.
  public let rate: Double

  static let shapes = CharacterGroups(LookAlikeTable.text)
  static let confusables = CharacterGroups(classes: ConfusableTable.text)
  /// How often a Chinese character that has both becomes a confusable one, such as a radical's symbol.
  private static let confusableShare = 0.1
  /// How much more often confusables are drawn that are letters of a script than mathematical letters.
  private static let scriptWeight = 20.0

  /// Creates the noise.
  public init(rate: Double) {
    requireProbability(rate, of: "LookAlikeNoise")
    self.rate = rate
  }

  /// Returns `text` with look-alikes.
  public func corrupt(_ text: String, using random: Random) -> String {
    let graphemes = Graphemes(text)
    let script = ChineseScript(of: graphemes)
    return graphemes.rewritten(rate: rate, using: random) { index in
      guard graphemes.kinds[index].isLetter(digits: false),
        let scalar = graphemes.scalar(at: index)
      else { return nil }
      return LookAlikeNoise.draw(for: scalar, script, random).map(utf8)
    }
  }

  private static func draw(
    for scalar: UInt32, _ script: ChineseScript, _ random: Random
  ) -> UInt32? {
    let shapes = shapes(of: scalar, in: script)
    let confusables = Array(confusables[scalar])
    guard !confusables.isEmpty, shapes.isEmpty || random.chance(confusableShare) else {
      guard !shapes.isEmpty else { return nil }
      return random.element(of: shapes, weights: shapes.indices.map { 1 / Double($0 + 1) })
    }
    return random.element(
      of: confusables, weights: confusables.map { $0 < 0x1_0000 ? scriptWeight : 1 })
  }

  /// The Chinese characters of like shape in a script, the nearest first.
  static func shapes(of scalar: UInt32, in script: ChineseScript) -> [UInt32] {
    shapes[scalar].filter { !script.lacks($0) }
  }
}
