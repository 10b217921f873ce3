import Glibc
import SeqaeFiles
import SeqaeText

/// Texts as vectors of their terms: how often each occurs, and how rare it is (Salton & Buckley 1988).
///
/// The weight of a term t in a text is tf(t) · idf(t), idf(t) = ln((1 + n) / (1 + df(t))) + 1, df being the texts that have
/// it, of n: scikit-learn's TfidfVectorizer with its smoothing, as if one more text had every term. Terms that
/// the texts learnt from did not have count for nothing.
///
/// ```swift
/// let weights = TFIDF(corpus, terms: .words)
/// weights.vector(of: query).cosine(weights.vector(of: document))
/// ```
public struct TFIDF: Sendable {
  /// What texts consist of.
  public let terms: Terms
  /// The terms by their places: in byte order, where they were learnt from texts.
  public let vocabulary: [ByteString]
  /// df: how many of the texts have each of them.
  public let textCounts: [Int]
  /// n, the number of texts.
  public let texts: Int
  /// How rare each of them is, 1 or more.
  public let rarity: [Float]

  private let places: [ByteString: Int32]

  /// Learns from texts which terms there are and how rare they are; linear, in memory that the number of different
  /// terms bounds.
  ///
  /// - Parameters:
  ///   - texts: UTF-8.
  ///   - terms: what they consist of.
  ///   - minimumTexts: how many texts a term must occur in.
  ///   - maximumShare: of how many of the texts it may occur in at most: words that are everywhere say little.
  ///   - maximumTerms: how many terms to keep, those that occur most often; of equally frequent ones the first in
  ///     byte order.
  public init(
    _ texts: some Sequence<[UInt8]>, terms: Terms, minimumTexts: Int = 1,
    maximumShare: Double = 1, maximumTerms: Int = .max
  ) {
    precondition(
      maximumTerms > 0 && minimumTexts > 0 && maximumShare > 0,
      "TFIDF: \(maximumTerms) terms of \(minimumTexts) texts to a share of \(maximumShare)")
    var counts: [ByteString: (texts: Int, occurrences: Int)] = [:]
    var total = 0
    for text in texts {
      total += 1
      for (term, count) in Self.counts(terms.of(text)) {
        let old = counts[term] ?? (0, 0)
        counts[term] = (old.texts + 1, old.occurrences + count)
      }
    }
    let most = maximumShare * Double(total)
    var kept = counts.filter {
      $0.value.texts >= minimumTexts && Double($0.value.texts) <= most
    }.map { ($0.key, $0.value) }
    if kept.count > maximumTerms {
      kept.sort {
        $0.1.occurrences == $1.1.occurrences
          ? $0.0 < $1.0 : $0.1.occurrences > $1.1.occurrences
      }
      kept.removeLast(kept.count - maximumTerms)
    }
    kept.sort { $0.0 < $1.0 }
    self.init(kept.map { ($0.0, $0.1.texts) }, of: total, terms: terms)
  }

  /// Creates the weights of terms of which is known how many texts have them.
  ///
  /// - Parameters:
  ///   - vocabulary: the terms, each once, with how many texts have it.
  ///   - texts: n, the number of texts.
  ///   - terms: what texts consist of.
  public init(
    _ vocabulary: [(term: ByteString, texts: Int)], of texts: Int, terms: Terms
  ) {
    self.terms = terms
    self.texts = texts
    self.vocabulary = vocabulary.map(\.term)
    textCounts = vocabulary.map(\.texts)
    rarity = textCounts.map { Float(log((1 + Double(texts)) / (1 + Double($0))) + 1) }
    places = Dictionary(
      uniqueKeysWithValues: vocabulary.enumerated().map { ($0.element.term, Int32($0.offset)) })
  }

  /// Returns the weights of a text's terms, not scaled; zero for a text without known terms.
  ///
  /// - Parameter text: UTF-8.
  /// - Returns: a vector of `vocabulary.count` places.
  public func vector(of text: [UInt8]) -> SparseVector {
    let known = counts(of: text)
    return SparseVector(
      places: known.map(\.place), values: known.map { Float($0.count) * rarity[Int($0.place)] })
  }

  /// Returns how often each of a text's known terms occurs, by their places in `vocabulary`, ascending.
  public func counts(of text: [UInt8]) -> [(place: Int32, count: Int)] {
    Self.counts(terms.of(text)).compactMap { term, count in
      places[term].map { (place: $0, count: count) }
    }.sorted { $0.place < $1.place }
  }

  /// Returns the places of a text's known terms in `vocabulary`, in order, as often as they occur.
  public func places(of text: [UInt8]) -> [Int32] {
    terms.of(text).compactMap { places[$0] }
  }

  private static func counts(_ terms: [ByteString]) -> [ByteString: Int] {
    terms.reduce(into: [:]) { $0[$1, default: 0] += 1 }
  }
}
