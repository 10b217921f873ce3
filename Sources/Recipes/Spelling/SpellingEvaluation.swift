import SeqaeText
import SeqaeTraining

/// How well a system finds and corrects wrong characters, by the measures of SIGHAN's spelling checks.
///
/// A sentence counts as detected when the places that the system changed are those of its mistakes and no others,
/// as corrected when it came out as it should. By the measure of the literature since SpellGCN (Cheng et al.
/// 2020) and ReaLiSe (Xu et al. 2021), precision is a share of the sentences that were changed, recall of those
/// with mistakes. In the bake-off (Tseng et al. 2015) and in pycorrector a sentence with mistakes that is
/// changed and comes out wrong counts against recall alone: precision is TP / (TP + FP), FP being right sentences
/// that were changed.
public struct SpellingEvaluation: Sendable, Equatable {
  /// Precision, recall and what is between them.
  public struct Score: Sendable, Equatable {
    /// How many were right.
    public let hits: Int
    /// Of how many that the system gave.
    public let given: Int
    /// Of how many that there are.
    public let wanted: Int

    /// The share of what was given that is right; 0 of nothing.
    public var precision: Double { given == 0 ? 0 : Double(hits) / Double(given) }
    /// The share of what there is that was given; 0 of nothing.
    public var recall: Double { wanted == 0 ? 0 : Double(hits) / Double(wanted) }
    /// Their harmonic mean: 2 hits / (given + wanted).
    public var f1: Double {
      given + wanted == 0 ? 0 : 2 * Double(hits) / Double(given + wanted)
    }
  }

  /// The number of sentences.
  public private(set) var sentences = 0
  /// The number of those with mistakes.
  public private(set) var mistaken = 0
  /// The number of those that the system changed.
  public private(set) var changed = 0

  private var detectedSentences = 0
  private var correctedSentences = 0
  private var changedWithoutMistake = 0
  private var wrongCharacters = 0
  private var changedCharacters = 0
  private var detectedCharacters = 0
  private var correctedCharacters = 0

  /// Sentences all of whose mistakes were found, and nothing else.
  public var detection: Score {
    Score(hits: detectedSentences, given: changed, wanted: mistaken)
  }
  /// Sentences that came out as they should.
  public var correction: Score {
    Score(hits: correctedSentences, given: changed, wanted: mistaken)
  }
  /// The bake-off's score of detected sentences.
  public var bakeOffDetection: Score {
    Score(
      hits: detectedSentences, given: detectedSentences + changedWithoutMistake, wanted: mistaken)
  }
  /// The bake-off's score of corrected sentences, which is pycorrector's too.
  public var bakeOffCorrection: Score {
    Score(
      hits: correctedSentences, given: correctedSentences + changedWithoutMistake, wanted: mistaken)
  }
  /// Characters that are wrong, and those that were changed.
  public var characterDetection: Score {
    Score(hits: detectedCharacters, given: changedCharacters, wanted: wrongCharacters)
  }
  /// Characters that are wrong, and those that were set right.
  public var characterCorrection: Score {
    Score(hits: correctedCharacters, given: changedCharacters, wanted: wrongCharacters)
  }
  /// The share of the sentences without mistake that were changed.
  public var falsePositiveRate: Double {
    let right = sentences - mistaken
    return right == 0 ? 0 : Double(changedWithoutMistake) / Double(right)
  }

  /// The scores by the names that `seqae evaluate spelling --json` prints.
  public var scores: [(name: String, score: Score)] {
    [
      ("detection", detection), ("correction", correction),
      ("bake_off_detection", bakeOffDetection), ("bake_off_correction", bakeOffCorrection),
      ("character_detection", characterDetection),
      ("character_correction", characterCorrection),
    ]
  }

  /// Whether a pair's texts can be compared place by place: they have equally many code points.
  package static func isComparable(_ pair: DenoisingPair) -> Bool {
    codePointCount(pair.noisy) == codePointCount(pair.clean)
  }

  /// Judges corrections.
  ///
  /// One of another length than its sentence has a change for each edit of the shortest way to it, none of them
  /// at the right place.
  ///
  /// - Parameters:
  ///   - pairs: sentences and what they should be, of equally many code points.
  ///   - repaired: what became of each sentence.
  public init(_ pairs: [DenoisingPair], repaired: [[UInt8]]) {
    precondition(repaired.count == pairs.count, "\(repaired.count) repairs of \(pairs.count) texts")
    for (pair, text) in zip(pairs, repaired) { add(pair, text) }
  }

  private mutating func add(_ pair: DenoisingPair, _ repaired: [UInt8]) {
    let (noisy, clean) = (scalars(pair.noisy), scalars(pair.clean))
    let result = scalars(repaired)
    precondition(noisy.count == clean.count, "SpellingEvaluation: a pair of different lengths")
    let wrong = noisy.indices.filter { noisy[$0] != clean[$0] }
    sentences += 1
    wrongCharacters += wrong.count
    if !wrong.isEmpty { mistaken += 1 }
    guard result != noisy else { return }
    changed += 1
    if wrong.isEmpty { changedWithoutMistake += 1 }
    guard result.count == noisy.count else {
      changedCharacters += LevenshteinDistance.between(pair.noisy, repaired)
      return
    }
    let places = noisy.indices.filter { noisy[$0] != result[$0] }
    changedCharacters += places.count
    detectedCharacters += places.count { noisy[$0] != clean[$0] }
    correctedCharacters += places.count { clean[$0] == result[$0] }
    if places == wrong { detectedSentences += 1 }
    if result == clean { correctedSentences += 1 }
  }

  private func scalars(_ text: [UInt8]) -> [Unicode.Scalar] {
    Array(String(decoding: text, as: UTF8.self).unicodeScalars)
  }
}
