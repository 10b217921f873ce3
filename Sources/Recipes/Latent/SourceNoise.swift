import SeqaeFiles
import SeqaeModels
import SeqaeText

/// What spoils the texts that a model with sentence codes reads, while it is to write them clean; by name.
public struct SourceNoise: RawRepresentable, CaseIterable, Sendable, Equatable {
  /// Texts are read as they are.
  public static let none = SourceNoise(name: "none")
  /// The denoiser's mixture of insertions and wrong letters; many lines stay clean.
  public static let denoiser = SourceNoise(name: "denoiser")
  /// The wrong, missing and exchanged letters of that mixture alone; a quarter of the lines stays clean.
  public static let letters = SourceNoise(name: "letters")

  /// Those three, and every noise of text and of tokens.
  public static let allCases =
    [none, denoiser, letters]
    + (TextNoiseKind.allCases.map(\.rawValue) + TokenNoiseKind.allCases.map(\.rawValue)).map {
      SourceNoise(name: $0)
    }

  /// The name.
  public let rawValue: String

  private init(name: String) { rawValue = name }

  /// The noise of that name; nil if there is none.
  public init?(rawValue: String) {
    guard let noise = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
    self = noise
  }

  /// Returns what turns texts into a model's examples.
  ///
  /// - Parameters:
  ///   - model: whose examples they are.
  ///   - rate: of a noise that has one.
  /// - Returns: what makes the examples.
  /// - Throws: `Failure(.data)` if the tokenizer lacks the mask that a noise needs.
  func examples(for model: some LatentModel, rate: Double) throws(Failure)
    -> ReconstructionExamples
  {
    let (text, tokens) = try noises(rate: rate, model.tokenizer)
    return model.examples(text: text, tokens)
  }

  /// Returns the noise of text or that of tokens which it is; neither for none.
  ///
  /// - Parameters:
  ///   - rate: of a noise that has one.
  ///   - tokenizer: whose tokens are spoilt.
  /// - Returns: at most one of both.
  /// - Throws: `Failure(.data)` if the tokenizer lacks the mask that a noise needs.
  package func noises(
    rate: Double, _ tokenizer: Tokenizer
  ) throws(Failure) -> (text: (any TextNoise)?, tokens: (any SequenceNoise)?) {
    if self == .denoiser { return (DenoiserNoise(), nil) }
    if self == .letters {
      let wrong = DenoiserNoise.Configuration(cleanShare: 0.25, insertionShare: 0, letterShare: 1)
      return (DenoiserNoise(wrong), nil)
    }
    if let kind = TextNoiseKind(rawValue: rawValue) { return (kind.noise(rate: rate), nil) }
    return (nil, try TokenNoiseKind(rawValue: rawValue)?.noise(rate: rate, tokenizer: tokenizer))
  }
}
