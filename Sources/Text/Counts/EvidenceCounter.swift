/// Counts the evidence of clean text.
package struct EvidenceCounter {
  private let symbols: EvidenceSymbols
  private let vocabulary: Vocabulary
  private let padding: TokenID
  private var text: [UInt16] = []  // each line between two ends
  private var ends: [Int] = []

  /// Creates a counter of the tokens of a vocabulary, of which `end` ends a text and `padding` stands for none.
  package init(_ vocabulary: Vocabulary, end: TokenID, padding: TokenID) {
    symbols = EvidenceSymbols(vocabulary, end: end)
    (self.vocabulary, self.padding) = (vocabulary, padding)
  }

  /// The symbols that were added.
  package var count: Int { text.count }

  /// Adds the tokens of a line.
  package mutating func add(_ ids: [TokenID]) {
    text += WindowText(ids + [TokenID(symbols.end)], symbols).symbols
    ends.append(text.count)
  }

  /// Returns the evidence, whose windows have at most `limit` slots of two bytes.
  package func evidence(limit: Int) -> Evidence {
    let lists = (2...WindowKey.longest).map { windows($0) }
    return Evidence(WindowCounts(lists, limit: limit), neighbours(), symbols, none: padding)
  }

  // More than four symbols in a row are counted of alphabetic text only: Chinese words are shorter.
  private static let longestChinese = 4

  private func windows(_ order: Int) -> NGramList {
    var counter = KeyCounter()
    var start = 0
    for end in ends {
      var (sum, run) = ([UInt64](), 0)
      sum.reserveCapacity(end - start + 1)
      sum.append(0)
      for index in start..<end {
        sum.append(WindowKey.appending(text[index], to: sum[sum.count - 1]))
        run = symbols.kinds[Int(text[index])].contains(.alphabetic) ? run + 1 : 0
        let length = index + 1 - start
        guard length >= order, order <= Self.longestChinese || run >= order else { continue }
        counter.add(sum[length] &- sum[length - order] &* WindowKey.powers[order])
      }
      start = end
    }
    return counter.finish().pruned(below: Int(WindowCounts.counts[1]))
  }

  private func neighbours() -> EvidenceNeighbours {
    let count = vocabulary.count
    var frequency = [UInt32](repeating: 0, count: count)
    var pairs = KeyCounter()
    var start = 0
    for end in ends {
      for index in start..<end {
        frequency[Int(text[index])] += 1
        if index > start { pairs.add(UInt64(text[index - 1]) << 16 | UInt64(text[index])) }
      }
      start = end
    }
    let list = pairs.finish()
    var (after, before) = (Lists(count), Lists(count))
    // The most frequent first, so that lists can be cut where they are full.
    for index in list.keys.indices.sorted(by: {
      (list.counts[$1], list.keys[$0]) < (list.counts[$0], list.keys[$1])
    }) {
      let (first, second) = (Int(list.keys[index] >> 16), Int(list.keys[index] & 0xFFFF))
      guard first != Int(symbols.end), second != Int(symbols.end), list.counts[index] > 1 else {
        continue
      }
      after.append(UInt16(second), to: first)
      before.append(UInt16(first), to: second)
    }
    let (confusions, likenesses) = confusions(frequency)
    guard
      let neighbours = EvidenceNeighbours(
        count: count,
        frequency: SharedNumbers(frequency.map { UInt8(32 - $0.leadingZeroBitCount) }),
        successors: SharedNumbers(after.symbols), predecessors: SharedNumbers(before.symbols),
        confusions: SharedNumbers(confusions), likenesses: SharedNumbers(likenesses))
    else { preconditionFailure("EvidenceCounter: tables of \(count) symbols") }
    return neighbours
  }

  /// Lists of limited length, one for each symbol.
  private struct Lists {
    private(set) var symbols: [UInt16]
    private var lengths: [Int]

    init(_ count: Int) {
      symbols = [UInt16](
        repeating: EvidenceNeighbours.none, count: count * EvidenceNeighbours.listLength)
      lengths = [Int](repeating: 0, count: count)
    }

    mutating func append(_ symbol: UInt16, to list: Int) {
      guard lengths[list] < EvidenceNeighbours.listLength else { return }
      symbols[list * EvidenceNeighbours.listLength + lengths[list]] = symbol
      lengths[list] += 1
    }
  }

  // Rarer ones are hardly ever meant.
  private static let leastFrequency: UInt32 = 30

  private func confusions(_ frequency: [UInt32]) -> ([UInt16], [UInt8]) {
    let length = EvidenceNeighbours.confusionLength
    var confusions = [UInt16](
      repeating: EvidenceNeighbours.none, count: vocabulary.count * length)
    var likenesses = [UInt8](repeating: 0, count: vocabulary.count * length)
    let alike = SpellingCandidates()
    for id in 0..<vocabulary.count where symbols.kinds[id].contains(.chinese) {
      guard let scalar = EvidenceSymbols.scalar(vocabulary, TokenID(id)) else { continue }
      var found: [(symbol: UInt16, likeness: UInt8)] = []
      for (other, likeness) in alike(scalar) {
        guard let token = vocabulary.id(ofScalar: other),
          frequency[Int(token)] >= Self.leastFrequency
        else { continue }
        found.append((UInt16(token), likeness.rawValue))
      }
      found.sort {
        (frequency[Int($1.symbol)], $0.symbol) < (frequency[Int($0.symbol)], $1.symbol)
      }
      for (index, candidate) in found.prefix(length).enumerated() {
        confusions[id * length + index] = candidate.symbol
        likenesses[id * length + index] = candidate.likeness
      }
    }
    return (confusions, likenesses)
  }
}
