import SeqaeFiles
import SeqaeRandom

/// One noise among several: how often a text gets it, and at what rates.
public struct NoisePart<Kind: Sendable>: Sendable {
  /// Which noise.
  public let kind: Kind
  /// The probability that a text gets it; among noises of which one is drawn, its weight.
  public let share: Double
  /// The rates from which that of a text is drawn; nil for a noise without one.
  public let rates: ClosedRange<Double>?

  /// Creates a part.
  public init(_ kind: Kind, share: Double, rates: ClosedRange<Double>?) {
    precondition(0 <= share && share <= 1, "NoisePart: share \(share) is not a probability")
    self.kind = kind
    self.share = share
    self.rates = rates
  }

  /// What is certain is not drawn: a text gets the same from one noise as from a list of it alone.
  fileprivate func isDrawn(_ random: Random) -> Bool { share == 1 || random.chance(share) }

  fileprivate func rate(_ random: Random) -> Double {
    guard let rates else { return 0 }
    return rates.lowerBound == rates.upperBound ? rates.lowerBound : random.uniform(in: rates)
  }
}

/// How the noises of a text are chosen.
public enum NoiseDraw: String, CaseIterable, Sendable {
  /// Each by its own share, one after the other.
  case each
  /// One, in proportion to the shares.
  case one

  /// The parts that a text gets.
  fileprivate func parts<Kind>(
    of parts: [NoisePart<Kind>], _ random: Random
  ) -> [NoisePart<Kind>] {
    switch self {
    case .each: return parts.filter { $0.isDrawn(random) }
    case .one:
      guard parts.contains(where: { $0.share > 0 }) else { return [] }
      return [random.element(of: parts, weights: parts.map(\.share))]
    }
  }
}

/// Several noises of text: which of them a text gets, and how much of each, is drawn for it.
public struct ComposedTextNoise: TextNoise {
  /// How noises are chosen.
  public let draw: NoiseDraw
  /// The noises, in the order in which a text gets them.
  public let parts: [NoisePart<TextNoiseKind>]

  /// Creates the noise.
  public init(_ parts: [NoisePart<TextNoiseKind>], draw: NoiseDraw = .each) {
    self.parts = parts
    self.draw = draw
  }

  /// Returns `text` with the noises that are drawn for it.
  public func corrupt(_ text: String, using random: Random) -> String {
    return draw.parts(of: parts, random).reduce(text) { text, part in
      part.kind.noise(rate: part.rate(random)).corrupt(text, using: random)
    }
  }
}

/// Several noises of tokens: which of them a text gets, and how much of each, is drawn for it.
public struct ComposedSequenceNoise: SequenceNoise {
  /// How noises are chosen.
  public let draw: NoiseDraw
  /// The noises, in the order in which a text gets them.
  public let parts: [NoisePart<TokenNoiseKind>]

  private let tokenizer: Tokenizer

  /// Creates the noise for the tokens of `tokenizer`.
  ///
  /// - Parameters:
  ///   - parts: the noises, in the order in which a text gets them.
  ///   - draw: how they are chosen.
  ///   - tokenizer: whose tokens are spoilt.
  /// - Throws: `Failure(.data)` if the tokenizer lacks the mask that a noise needs.
  public init(
    _ parts: [NoisePart<TokenNoiseKind>], draw: NoiseDraw = .each, tokenizer: Tokenizer
  ) throws(Failure) {
    for part in parts { _ = try part.kind.noise(rate: 0, tokenizer: tokenizer) }
    self.parts = parts
    self.draw = draw
    self.tokenizer = tokenizer
  }

  /// Returns `ids` with the noises that are drawn for them.
  public func spoil(_ ids: [TokenID], using random: Random) -> [TokenID] {
    return draw.parts(of: parts, random).reduce(ids) { ids, part in
      // It was made once before, so that it can't fail now.
      let noise = try? part.kind.noise(rate: part.rate(random), tokenizer: tokenizer)
      return noise?.spoil(ids, using: random) ?? ids
    }
  }
}
