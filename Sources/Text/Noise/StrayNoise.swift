import SeqaeRandom

/// Inserts characters that belong nowhere: `今天人天气`, `heqllo`.
///
/// At each gap between two letters or Chinese characters one is inserted with probability `rate`: beside a
/// Chinese character another one, common or out of the same text, beside a letter a letter.
public struct StrayNoise: TextNoise {
  /// The probability of an insertion at a gap.
  public let rate: Double

  /// Creates the noise.
  public init(rate: Double) {
    requireProbability(rate, of: "StrayNoise")
    self.rate = rate
  }

  /// Returns `text` with stray characters.
  public func corrupt(_ text: String, using random: Random) -> String {
    let graphemes = Graphemes(text)
    guard graphemes.count > 1 else { return text }
    let script = ChineseScript(of: graphemes)
    var result = Array(graphemes[0])
    for index in 1..<graphemes.count {
      if graphemes.isLetterGap(before: index, digits: false), random.chance(rate) {
        result += draw(after: index - 1, of: graphemes, script, random)
      }
      result.append(contentsOf: graphemes[index])
    }
    return String(decoding: result, as: UTF8.self)
  }

  private func draw(
    after index: Int, of graphemes: Graphemes, _ script: ChineseScript, _ random: Random
  ) -> [UInt8] {
    if graphemes.kinds[index] == .han, random.chance(0.5) {
      return utf8(Readings.standard.drawCommon(in: script, using: random))
    }
    if let scalar = graphemes.scalar(at: index), let row = Keyboard.letters(of: scalar) {
      return [random.element(of: row)]
    }
    let kind = graphemes.kinds[index]
    let alike = graphemes.kinds.indices.filter { graphemes.kinds[$0] == kind }
    return Array(graphemes[random.element(of: alike)])
  }
}
