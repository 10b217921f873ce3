import SeqaeRandom

/// What is put in between letters, in all its forms: clean lines, insertions and separators, at many rates.
///
/// For each line it is drawn whether it stays clean, which noise it gets and how much of it. It is the part of
/// the shipped denoiser's noise that leaves the letters themselves alone.
public struct MixedTextNoise: TextNoise {
  /// What is drawn, and how often.
  ///
  /// The shares are our own, chosen on development lines; none is published.
  public struct Configuration: Sendable, Equatable {
    /// The share of lines that stay as they are.
    public var cleanShare = 0.25
    /// The share of the noisy lines that get separators and nothing else.
    public var separatorShare = 0.12
    /// The share of the noisy lines that get separators in a run of them, and insertions.
    public var bothShare = 0.08
    /// The share of the lines with insertions whose insertions are all of one kind.
    public var oneKindShare = 0.3
    /// The probability of an insertion at a gap is drawn from this range for each line.
    public var rates = 0.02...0.5
    /// The probability of an insertion beside a space or mark, as a share of the rate.
    public var besideSpaces = 0.3
    /// Whether digits count as letters.
    public var digits = false

    /// Creates the configuration that the shipped denoiser is trained with.
    public init() {}
  }

  /// What is drawn, and how often.
  public let configuration: Configuration
  /// What is inserted.
  public let alphabet: NoiseAlphabet

  /// Creates the noise.
  public init(
    _ configuration: Configuration = Configuration(), alphabet: NoiseAlphabet = .standard
  ) {
    self.configuration = configuration
    self.alphabet = alphabet
  }

  /// Returns `text` as drawn: unchanged, or with noise.
  public func corrupt(_ text: String, using random: Random) -> String {
    guard !random.chance(configuration.cleanShare) else { return text }
    let draw = random.uniform()
    if draw < configuration.separatorShare {
      return separators(wholeLine: 0.6).corrupt(text, using: random)
    }
    guard draw < configuration.separatorShare + configuration.bothShare else {
      return insertions(random).corrupt(text, using: random)
    }
    let separated = separators(wholeLine: 0).corrupt(text, using: random)
    return insertions(random).corrupt(separated, using: random)
  }

  private func separators(wholeLine: Double) -> SeparatorNoise {
    SeparatorNoise(wholeLine: wholeLine, digits: configuration.digits, alphabet: alphabet)
  }

  private func insertions(_ random: Random) -> InsertionNoise {
    var noise = InsertionNoise(
      rate: random.uniform(in: configuration.rates), besideSpaces: configuration.besideSpaces,
      digits: configuration.digits, alphabet: alphabet)
    if random.chance(configuration.oneKindShare) {
      noise.weights = [(random.element(of: InsertionNoise.Kind.allCases), 1)]
    }
    return noise
  }
}
