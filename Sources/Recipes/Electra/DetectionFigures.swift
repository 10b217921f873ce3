import SeqaeTraining

/// How well scores tell damaged characters from others.
public struct DetectionFigures: Sendable, Equatable {
  /// The number of characters.
  public let characters: Int
  /// The number of damaged ones.
  public let damaged: Int
  /// The number of characters that reach the threshold.
  public let named: Int
  /// The number of damaged ones among those.
  public let found: Int
  /// The probability that a damaged character has a higher score than another, equals counting half: the area
  /// under the receiver operating characteristic; 0.5 where there are none of either.
  public let auc: Double

  /// The share of the named characters that are damaged.
  public var precision: Double { share(found, named) }
  /// The share of the damaged characters that are named.
  public var recall: Double { share(found, damaged) }
  /// The harmonic mean of both.
  public var f1: Double { share(2 * found, named + damaged) }

  private func share(_ part: Int, _ whole: Int) -> Double {
    whole == 0 ? 0 : Double(part) / Double(whole)
  }

  /// Judges scores.
  ///
  /// - Parameters:
  ///   - scores: a number for each character.
  ///   - isDamaged: whether it is; as many.
  ///   - threshold: the least score that names a character.
  public init(_ scores: [Float], _ isDamaged: [Bool], threshold: Double) {
    precondition(
      scores.count == isDamaged.count, "\(scores.count) scores of \(isDamaged.count) characters")
    characters = scores.count
    damaged = isDamaged.count { $0 }
    var (named, found) = (0, 0)
    for (score, isDamaged) in zip(scores, isDamaged) where Double(score) >= threshold {
      named += 1
      if isDamaged { found += 1 }
    }
    (self.named, self.found) = (named, found)
    auc = DetectionFigures.auc(scores, isDamaged)
  }

  /// Mann & Whitney 1947, *On a Test of Whether One of Two Random Variables Is Stochastically Larger*: from the
  /// sum of the ranks of the damaged, equal scores sharing theirs.
  private static func auc(_ scores: [Float], _ isDamaged: [Bool]) -> Double {
    let order = scores.indices.sorted { scores[$0] < scores[$1] }
    var rankSum = 0.0
    var start = 0
    while start < order.count {
      var end = start + 1
      while end < order.count, scores[order[end]] == scores[order[start]] { end += 1 }
      let rank = Double(start + end + 1) / 2  // the mean of start + 1 … end
      rankSum += rank * Double(order[start..<end].count { isDamaged[$0] })
      start = end
    }
    let damaged = Double(isDamaged.count { $0 })
    let others = Double(scores.count) - damaged
    guard damaged > 0, others > 0 else { return 0.5 }
    return (rankSum - damaged * (damaged + 1) / 2) / (damaged * others)
  }

  /// Returns the least threshold that at most a given share of the scores reach.
  ///
  /// - Parameters:
  ///   - share: such as 0.001.
  ///   - scores: those of characters that are right.
  /// - Returns: a number in 0 … 1.
  public static func threshold(for share: Double, of scores: [Float]) -> Double {
    let allowed = Int(share * Double(scores.count))
    guard allowed < scores.count else { return 0 }
    let highest = scores.sorted(by: >)
    return min(1, Double(highest[allowed].nextUp))
  }
}
