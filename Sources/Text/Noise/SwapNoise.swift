import SeqaeRandom

/// Exchanges neighbours: `天今天气`, `hlelo`.
///
/// At each gap between two different Chinese characters, or two different letters, they change places with
/// probability `rate`; none moves twice.
public struct SwapNoise: TextNoise {
  /// The probability that neighbours change places.
  public let rate: Double

  /// Creates the noise.
  public init(rate: Double) {
    requireProbability(rate, of: "SwapNoise")
    self.rate = rate
  }

  /// Returns `text` with neighbours exchanged.
  public func corrupt(_ text: String, using random: Random) -> String {
    let graphemes = Graphemes(text)
    var result: [UInt8] = []
    result.reserveCapacity(graphemes.bytes.count)
    var index = 0
    while index < graphemes.count {
      if isGap(graphemes, after: index), random.chance(rate) {
        result.append(contentsOf: graphemes[index + 1])
        result.append(contentsOf: graphemes[index])
        index += 2
      } else {
        result.append(contentsOf: graphemes[index])
        index += 1
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  private func isGap(_ graphemes: Graphemes, after index: Int) -> Bool {
    guard index + 1 < graphemes.count else { return false }
    let kind = graphemes.kinds[index]
    return kind.isLetter(digits: false) && kind == graphemes.kinds[index + 1]
      && graphemes[index] != graphemes[index + 1]
  }
}
