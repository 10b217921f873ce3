import Glibc
import SeqaeFiles

/// How good rankings are, by the judgements of people.
///
/// The definitions and the order of equally good documents are those of NIST's trec_eval 9: scores are compared in single
/// precision, and of equal ones the document with the larger id, byte by byte, comes first. What was not judged is not relevant.
public struct RankingMetrics: Sendable, Equatable {
  /// How relevant documents are to a query, by their ids: 1 and more are relevant.
  public typealias Judgements = [ByteString: Int]

  /// Normalized discounted cumulative gain of the first ten: the gain of a document is its grade, divided by
  /// log₂(rank + 1), and their sum by that of the best ranking (Järvelin & Kekäläinen 2002).
  public var ndcg10 = 0.0
  /// Average precision: the mean over the relevant documents of the precision at their ranks, 0 for those that are missing.
  public var averagePrecision = 0.0
  /// 1 / the rank of the first relevant document; 0 without one.
  public var reciprocalRank = 0.0
  /// The share of the relevant documents among the first hundred.
  public var recall100 = 0.0

  /// Creates the figures of nothing found.
  public init() {}

  /// Judges the answer to one query.
  ///
  /// - Parameters:
  ///   - answer: documents and their scores, each document once.
  ///   - judgements: of this query.
  public init(of answer: [(id: ByteString, score: Double)], _ judgements: Judgements) {
    let relevant = judgements.values.filter { $0 > 0 }
    guard !relevant.isEmpty else { return }
    let rounded: [(id: ByteString, score: Float)] = answer.map { ($0.id, Float($0.score)) }
    let order = rounded.sorted { $0.score == $1.score ? $0.id > $1.id : $0.score > $1.score }
    let grades = order.map { max(0, judgements[$0.id] ?? 0) }
    let best = relevant.sorted(by: >)
    ndcg10 = Self.gain(grades.prefix(10)) / Self.gain(best.prefix(10))
    recall100 = Double(grades.prefix(100).count { $0 > 0 }) / Double(relevant.count)
    var found = 0
    for (position, grade) in grades.enumerated() where grade > 0 {
      found += 1
      averagePrecision += Double(found) / Double(position + 1)
      if found == 1 { reciprocalRank = 1 / Double(position + 1) }
    }
    averagePrecision /= Double(relevant.count)
  }

  private static func gain(_ grades: some Sequence<Int>) -> Double {
    grades.enumerated().reduce(0) { $0 + Double($1.element) / log2(Double($1.offset + 2)) }
  }

  /// Returns the mean over queries; zeros for none.
  public static func mean(_ all: [RankingMetrics]) -> RankingMetrics {
    func mean(_ path: KeyPath<RankingMetrics, Double>) -> Double {
      all.isEmpty ? 0 : all.reduce(0) { $0 + $1[keyPath: path] } / Double(all.count)
    }
    var result = RankingMetrics()
    result.ndcg10 = mean(\.ndcg10)
    result.averagePrecision = mean(\.averagePrecision)
    result.reciprocalRank = mean(\.reciprocalRank)
    result.recall100 = mean(\.recall100)
    return result
  }
}
