import SeqaeFiles
import SeqaeRandom
import SeqaeText

/// The noise that a denoiser is trained on: clean lines, insertions, and wrong, missing or exchanged letters.
///
/// For each line it is drawn whether it stays clean, which noises it gets and how much of each, so that the
/// model learns to leave alone what is clean and to repair what is not. The shares are our own, chosen on
/// development lines; none is published.
package struct DenoiserNoise: TextNoise {
  /// What is drawn, and how often.
  package struct Configuration: Sendable, Equatable {
    /// The share of lines that stay as they are.
    package var cleanShare = 0.25
    /// The share of the noisy lines that get insertions or separators and nothing else.
    package var insertionShare = 0.45
    /// The share of the noisy lines that get wrong letters and nothing else; what is left over gets both.
    package var letterShare = 0.35
    /// The highest share of a line's letters that one noise spoils.
    package var highestLetterRate = 0.15
    /// How insertions are drawn; its share of clean lines does not count.
    package var insertions = MixedTextNoise.Configuration()

    /// Creates the configuration of the product's own denoiser.
    package init() {}

    /// Creates a configuration of given shares.
    package init(cleanShare: Double, insertionShare: Double, letterShare: Double) {
      self.cleanShare = cleanShare
      self.insertionShare = insertionShare
      self.letterShare = letterShare
    }
  }

  /// Noises of letters with their weights, and how much more of them there may be than of others.
  private typealias Kinds = [(kind: TextNoiseKind, weight: Double, factor: Double)]

  private static let chinese: Kinds = [
    (.sameSound, 0.2, 1), (.lookAlike, 0.15, 1), (.deletion, 0.14, 0.6), (.nearSound, 0.12, 1),
    (.swap, 0.11, 0.6), (.ocr, 0.1, 1), (.stray, 0.09, 1), (.width, 0.06, 3), (.split, 0.05, 2),
    (.pinyin, 0.04, 0.8), (.keyboard, 0.02, 1), (.initials, 0.02, 0.6), (.mojibake, 0.01, 6),
  ]

  private static let english: Kinds = [
    (.deletion, 0.22, 0.6), (.keyboard, 0.22, 0.8), (.swap, 0.17, 0.6), (.stray, 0.12, 0.8),
    (.ocr, 0.11, 1), (.lookAlike, 0.09, 2), (.letterCase, 0.05, 3), (.width, 0.03, 3),
  ]

  /// The lowest share of a line's letters that a noise spoils, on average.
  static let lowestLetterRate = 0.01

  private let configuration: Configuration
  private let insertions: MixedTextNoise

  /// Creates the noise.
  package init(_ configuration: Configuration = Configuration()) {
    self.configuration = configuration
    var insertions = configuration.insertions
    insertions.cleanShare = 0
    self.insertions = MixedTextNoise(insertions)
  }

  /// Returns `text` as drawn: unchanged, or with noise.
  package func corrupt(_ text: String, using random: Random) -> String {
    guard !random.chance(configuration.cleanShare) else { return text }
    let draw = random.uniform()
    var noisy = text
    if draw >= configuration.insertionShare {
      // Letters first: what is inserted is no letter to be mistaken for another.
      noisy = withWrongLetters(noisy, random)
    }
    let both = configuration.insertionShare + configuration.letterShare
    if draw < configuration.insertionShare || draw >= both {
      noisy = insertions.corrupt(noisy, using: random)
    }
    return noisy
  }

  private func withWrongLetters(_ text: String, _ random: Random) -> String {
    let kinds =
      Language(of: Array(text.utf8)) == .chinese ? DenoiserNoise.chinese : DenoiserNoise.english
    // Several noises on one line as often as not, or one would be told from the others by its absence.
    let count = random.chance(0.5) ? 1 : random.integer(in: 2...4)
    var noisy = text
    for _ in 0..<count {
      let chosen = random.element(of: kinds, weights: kinds.map(\.weight))
      let rates = Self.lowestLetterRate...configuration.highestLetterRate
      let rate = random.uniform(in: rates) * chosen.factor
      noisy = chosen.kind.noise(rate: min(1, rate)).corrupt(noisy, using: random)
    }
    return noisy
  }
}
