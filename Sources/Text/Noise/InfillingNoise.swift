import SeqaeFiles
import SeqaeRandom

/// Replaces spans of tokens by one mask each, so that a model has to find out how many are missing.
///
/// Lewis et al. 2020, *BART*, §2.2: lengths are drawn from a Poisson distribution, λ = 3; a span of length 0 puts
/// a mask between two tokens. Two spans always have a token between them that stays, so that a mask is a span.
public struct InfillingNoise: SequenceNoise {
  /// BART masks 30 % of the tokens (§5, large-scale experiments).
  public static let defaultRate = 0.3
  /// λ of BART.
  public static let defaultMeanLength = 3.0

  /// The share of the tokens that spans cover.
  public let rate: Double
  /// λ, the mean length of a span.
  public let meanLength: Double

  private let mask: TokenID
  private let tokenizer: Tokenizer

  /// Creates the noise for the tokens of `tokenizer`.
  ///
  /// - Parameters:
  ///   - rate: the share of the tokens that spans cover.
  ///   - meanLength: λ, above 0 and at most 100.
  ///   - tokenizer: must have the token `<mask>`.
  /// - Throws: `Failure(.data)` if it has not.
  public init(
    rate: Double = InfillingNoise.defaultRate,
    meanLength: Double = InfillingNoise.defaultMeanLength, tokenizer: Tokenizer
  ) throws(Failure) {
    requireProbability(rate, of: "InfillingNoise")
    precondition(
      meanLength > 0 && meanLength <= 100, "InfillingNoise: mean length \(meanLength)")
    self.rate = rate
    self.meanLength = meanLength
    self.tokenizer = tokenizer
    mask = try tokenizer.id(of: .mask)
  }

  /// Returns `ids` with spans replaced; special tokens stay.
  public func spoil(_ ids: [TokenID], using random: Random) -> [TokenID] {
    tokenizer.replacingRuns(of: ids) { run in
      let lengths = drawLengths(of: run.count, random)
      let kept = run.count - lengths.reduce(0, +)
      let places = drawPlaces(lengths.count, of: kept + 1, random)
      var result: [TokenID] = []
      result.reserveCapacity(kept + lengths.count)
      var next = 0
      var span = 0
      for place in 0...kept {
        if span < places.count, places[span] == place {
          result.append(mask)
          next += lengths[span]
          span += 1
        }
        if place < kept {
          result.append(run[next])
          next += 1
        }
      }
      return result
    }
  }

  /// The lengths of spans that cover the share of `count` tokens, the last one cut to fit, and of no more
  /// spans than there are places beside what stays.
  private func drawLengths(of count: Int, _ random: Random) -> [Int] {
    let exact = rate * Double(count)
    // The fraction of a token is drawn, so that short texts get their share too.
    let whole = Int(exact)
    let budget = whole + (random.chance(exact - Double(whole)) ? 1 : 0)
    var rest = budget
    var lengths: [Int] = []
    while rest > 0, lengths.count <= count - budget {
      let isLast = lengths.count == count - budget
      let length = isLast ? rest : min(rest, random.poisson(meanLength))
      lengths.append(length)
      rest -= length
    }
    return lengths
  }

  /// Draws `count` different places of `all`, in order; Fan, Muller & Rezucha 1962, algorithm S.
  private func drawPlaces(_ count: Int, of all: Int, _ random: Random) -> [Int] {
    var places: [Int] = []
    for place in 0..<all where places.count < count {
      if random.integer(below: all - place) < count - places.count { places.append(place) }
    }
    return places
  }
}
