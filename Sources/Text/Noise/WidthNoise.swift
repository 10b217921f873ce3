import SeqaeRandom

/// Exchanges full and half width: `ｈello`, `１２３`, `好,` for `好，`.
///
/// Letters, digits and marks of ASCII, and Chinese stops, commas and brackets, by the block of halfwidth and
/// fullwidth forms. Spaces stay.
public struct WidthNoise: TextNoise {
  /// The probability that a character that has the other width takes it.
  public let rate: Double

  /// Marks of Chinese and their halves, U+FF61 to U+FF65.
  private static let halves: [UInt32: UInt32] = [
    0x3002: 0xFF61, 0x300C: 0xFF62, 0x300D: 0xFF63, 0x3001: 0xFF64, 0x30FB: 0xFF65,
  ]
  private static let wholes = Dictionary(
    halves.map { ($1, $0) }, uniquingKeysWith: { first, _ in first })

  /// Creates the noise.
  public init(rate: Double) {
    requireProbability(rate, of: "WidthNoise")
    self.rate = rate
  }

  /// Returns `text` with widths changed.
  public func corrupt(_ text: String, using random: Random) -> String {
    let graphemes = Graphemes(text)
    return graphemes.rewritten(rate: rate, using: random) { index in
      graphemes.scalar(at: index).flatMap(WidthNoise.other).map(utf8)
    }
  }

  /// The same character in the other width; nil if it has one width only.
  private static func other(_ scalar: UInt32) -> UInt32? {
    switch scalar {
    case 0x21...0x7E: scalar + 0xFEE0
    case 0xFF01...0xFF5E: scalar - 0xFEE0
    default: halves[scalar] ?? wholes[scalar]
    }
  }
}
