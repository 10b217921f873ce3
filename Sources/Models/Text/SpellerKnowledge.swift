import SeqaeText
import Synchronization

/// What a speller has counted: in clean text, and in pairs of what was written and what was meant.
package struct SpellerKnowledge: Sendable {
  /// The n-grams of clean text, one to four characters.
  package let corpus: NGramTable
  /// Those of what was meant in the pairs, one to three characters.
  package let meant: NGramList
  /// The neighbours in what was written.
  package let written: NGramList
  /// What was written for what, and how often.
  package let mistakes: [(written: UInt16, meant: UInt16, count: Int)]

  private let tables = SpellingCandidates()
  private let made: [UInt16: [UInt16: Float]]
  private let cache = Cache()

  /// A character that may have been meant where another stands.
  struct Candidate: Sendable {
    let symbol: UInt16
    let likeness: SpellingCandidates.Likeness
    let mistakes: Float  // how often the other was written for it
    let seen: Float  // how often it was meant in all
    let count: Float  // how often it occurs in clean text
  }

  // Rarer ones are hardly ever meant, and there are thousands of them.
  private static let leastCount: Float = 30
  private static let mostCandidates = 96

  /// Creates the knowledge of what was counted.
  package init(
    corpus: NGramTable, meant: NGramList, written: NGramList,
    mistakes: [(written: UInt16, meant: UInt16, count: Int)]
  ) {
    (self.corpus, self.meant, self.written, self.mistakes) = (corpus, meant, written, mistakes)
    var made: [UInt16: [UInt16: Float]] = [:]
    for mistake in mistakes {
      made[mistake.written, default: [:]][mistake.meant] = Float(mistake.count)
    }
    self.made = made
  }

  /// Finds the characters that may have been meant where another stands, the likeliest first.
  private func found(for symbol: UInt16) -> [Candidate] {
    guard (0x4E00...0x9FFF).contains(symbol) else { return [] }
    var alike = tables(UInt32(symbol))
    let made = made[symbol] ?? [:]
    for meant in made.keys where alike[UInt32(meant)] == nil { alike[UInt32(meant)] = [] }
    var list: [Candidate] = []
    for (other, likeness) in alike {
      guard let other = UInt16(exactly: other), other >= 0x4E00 else { continue }
      let count = corpus.count(NGram(other))
      guard count >= Self.leastCount else { continue }
      list.append(
        Candidate(
          symbol: other, likeness: likeness, mistakes: made[other] ?? 0,
          seen: meant.count(NGram(other)), count: count))
    }
    list.sort { ($1.mistakes, $1.count, $0.symbol) < ($0.mistakes, $0.count, $1.symbol) }
    return Array(list.prefix(Self.mostCandidates))
  }

  /// Whether a character may stand for another.
  package func mayBeMistaken(_ symbol: UInt16) -> Bool { !candidates(for: symbol).isEmpty }

  func candidates(for symbol: UInt16) -> [Candidate] {
    if let known = cache.lists.withLock({ $0[symbol] }) { return known }
    let list = found(for: symbol)
    cache.lists.withLock { $0[symbol] = list }
    return list
  }

  /// The candidates that were asked for so far: a text has a few hundred characters of twenty thousand.
  private final class Cache: Sendable {
    let lists = Mutex<[UInt16: [Candidate]]>([:])
  }
}
