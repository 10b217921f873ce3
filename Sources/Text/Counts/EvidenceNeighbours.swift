/// What stands beside each symbol in clean text, how often it occurs, and what may be meant by it.
package struct EvidenceNeighbours: Sendable {
  /// The symbols of a list at most.
  package static let listLength = 32
  /// The symbols that may be meant by one at most.
  package static let confusionLength = 48
  /// What fills a list that is shorter.
  package static let none = UInt16.max

  /// The binary logarithm of each symbol's count, as whole numbers [V].
  package let frequency: SharedNumbers<UInt8>
  /// What follows a symbol most often [V · listLength].
  package let successors: SharedNumbers<UInt16>
  /// What most often precedes it [V · listLength].
  package let predecessors: SharedNumbers<UInt16>
  /// Chinese characters of like sound or shape, the most frequent first [V · confusionLength].
  package let confusions: SharedNumbers<UInt16>
  /// What they have in common, as bits of a `SpellingCandidates.Likeness` [V · confusionLength].
  package let likenesses: SharedNumbers<UInt8>

  /// Creates the tables of `count` symbols; nil where their sizes differ from that.
  package init?(
    count: Int, frequency: SharedNumbers<UInt8>, successors: SharedNumbers<UInt16>,
    predecessors: SharedNumbers<UInt16>, confusions: SharedNumbers<UInt16>,
    likenesses: SharedNumbers<UInt8>
  ) {
    guard frequency.count == count, successors.count == count * Self.listLength,
      predecessors.count == count * Self.listLength,
      confusions.count == count * Self.confusionLength,
      likenesses.count == count * Self.confusionLength
    else { return nil }
    (self.frequency, self.successors, self.predecessors) = (frequency, successors, predecessors)
    (self.confusions, self.likenesses) = (confusions, likenesses)
  }

  func list(of symbol: UInt16) -> Range<Int> {
    let start = Int(symbol) * Self.listLength
    return start..<start + Self.listLength
  }

  func confusions(of symbol: UInt16) -> Range<Int> {
    let start = Int(symbol) * Self.confusionLength
    return start..<start + Self.confusionLength
  }

  func likeness(of symbol: UInt16, _ other: UInt16) -> SpellingCandidates.Likeness {
    let index = confusions(of: symbol).first { confusions[$0] == other }
    return SpellingCandidates.Likeness(rawValue: index.map { likenesses[$0] } ?? 0)
  }
}
