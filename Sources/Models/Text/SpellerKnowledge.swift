import SeqaeText

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

  private let candidates: [UInt16: [Candidate]]

  /// A character that may have been meant where another stands.
  struct Candidate: Sendable {
    let symbol: UInt16
    let likeness: SpellingCandidates.Likeness
    let mistakes: Float  // how often the other was written for it
    let seen: Float  // how often it was meant in all
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
    let tables = SpellingCandidates()
    var candidates: [UInt16: [Candidate]] = [:]
    for symbol in UInt16(0x4E00)...0x9FFF {
      var alike = tables(UInt32(symbol))
      for meant in (made[symbol] ?? [:]).keys where alike[UInt32(meant)] == nil {
        alike[UInt32(meant)] = []
      }
      var list: [(candidate: Candidate, count: Float)] = []
      for (other, likeness) in alike {
        guard let other = UInt16(exactly: other), other >= 0x4E00 else { continue }
        let count = corpus.count(NGram(other))
        guard count >= Self.leastCount else { continue }
        let candidate = Candidate(
          symbol: other, likeness: likeness, mistakes: made[symbol]?[other] ?? 0,
          seen: meant.count(NGram(other)))
        list.append((candidate, count))
      }
      guard !list.isEmpty else { continue }
      list.sort {
        ($1.candidate.mistakes, $1.count, $0.candidate.symbol)
          < ($0.candidate.mistakes, $0.count, $1.candidate.symbol)
      }
      candidates[symbol] = list.prefix(Self.mostCandidates).map(\.candidate)
    }
    self.candidates = candidates
  }

  /// Whether a character may stand for another.
  package func mayBeMistaken(_ symbol: UInt16) -> Bool { candidates[symbol] != nil }

  func candidates(for symbol: UInt16) -> [Candidate] { candidates[symbol] ?? [] }
}
