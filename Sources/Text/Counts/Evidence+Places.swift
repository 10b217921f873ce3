// The figures of a place. t: the place among the symbols, of which the first is the text's end; c: a candidate.
//
//  0 … 12  as it stands: two windows of 2 that hold t, three of 3, four of 4; of alphabetic text of 5 around it, 6 before
//          and behind it, 7 around it
// 13       how frequent its symbol is
// 14       whether it is doubtful; only then is there anything below
// 15 … 19  windows across it without it, of 1 | 1, 2 | 1, 1 | 2 and 2 | 2 symbols, and of 2 | 2 without it and the next
// 20 … 22  with it and the next exchanged: with one symbol before, one behind, both
// 23, 24   of alphabetic text: 3 | 3 without it; exchanged with two on either side
// 25 … 48  two candidates in its place, 12 each: windows of 2 + c, 1 + c + 1, c + 2, 2 + c + 1, 1 + c + 2, 2 + c + 2, and
//          of alphabetic text 5 + c, 3 + c + 3; how frequent c is; like in sound, nearly so, in shape
// 49 … 62  two candidates before it, 7 each: the same windows but 5 + c
// 63       2 | 2 without the run of marks, or of the same character, that it belongs to

extension Evidence {
  /// The best few of some candidates.
  private struct Best {
    // Only these are looked at closely.
    static let limit = 6

    private(set) var count = 0
    private var symbols = InlineArray<6, UInt16>(repeating: 0)
    private var scores = InlineArray<6, Float>(repeating: 0)

    subscript(_ index: Int) -> UInt16 { symbols[index] }

    /// Whether a score is among the best.
    func wants(_ score: Float) -> Bool {
      score > 0 && (count < Self.limit || score > scores[count - 1])
    }

    mutating func offer(_ symbol: UInt16, _ score: Float) {
      guard wants(score) else { return }
      for index in 0..<count where symbols[index] == symbol { return }
      if count < Self.limit { count += 1 }
      var index = count - 1
      while index > 0, scores[index - 1] < score {
        symbols[index] = symbols[index - 1]
        scores[index] = scores[index - 1]
        index -= 1
      }
      symbols[index] = symbol
      scores[index] = score
    }
  }

  /// What a level weighs when candidates are compared: the logarithm of its count.
  private static let weights: [Float] = WindowCounts.counts.map { count in
    count == 0 ? 0 : 1 + Float(31 - count.leadingZeroBitCount)
  }

  // Where the figures of each kind begin.
  private static let kept = 0
  private static let others = 13
  private static let replaced = 25
  private static let replacedFigures = 12
  private static let inserted = replaced + 2 * replacedFigures
  private static let insertedFigures = 7
  private static let run = inserted + 2 * insertedFigures

  /// Writes the figures of a place.
  ///
  /// - Parameters:
  ///   - reading: receives them.
  ///   - place: the token's.
  ///   - t: the symbol's.
  ///   - view: the text.
  ///   - isUpperCase: whether an upper-case letter stands there.
  func fill(
    _ reading: inout Reading, _ place: Int, _ t: Int, _ view: WindowView, isUpperCase: Bool
  ) {
    let first = place * Self.figures
    let isAlphabetic = view.isAlphabetic(t)
    func put(_ index: Int, _ level: UInt8) { reading.levels[first + index] = level }

    // As it stands.
    let kept: [UInt8] = [
      view.level(t - 1, t + 1), view.level(t, t + 2),
      view.level(t - 2, t + 1), view.level(t - 1, t + 2), view.level(t, t + 3),
      view.level(t - 3, t + 1), view.level(t - 2, t + 2), view.level(t - 1, t + 3),
      view.level(t, t + 4),
    ]
    for (index, level) in kept.enumerated() { put(Self.kept + index, level) }
    var middle: UInt8 = 1
    if isAlphabetic {
      middle = view.level(t - 2, t + 3)
      put(9, middle)
      put(10, view.level(t - 5, t + 1))
      put(11, view.level(t, t + 6))
      put(12, view.level(t - 3, t + 4))
    }
    put(Self.others, neighbours.frequency[Int(view.q[t])])
    guard isDoubtful(kept, middle, t, view, isAlphabetic) else { return }
    put(Self.others + 1, Self.flag)
    // Without it, without it and the next, exchanged with the next.
    put(Self.others + 2, view.level(1, before: t, 1, from: t + 1))
    put(Self.others + 3, view.level(2, before: t, 1, from: t + 1))
    put(Self.others + 4, view.level(1, before: t, 2, from: t + 1))
    put(Self.others + 5, view.level(2, before: t, 2, from: t + 1))
    put(Self.others + 6, view.level(2, before: t, 2, from: t + 2))
    put(Self.others + 7, view.levelExchanged(1, at: t, 0))
    put(Self.others + 8, view.levelExchanged(0, at: t, 1))
    put(Self.others + 9, view.levelExchanged(1, at: t, 1))
    if isAlphabetic {
      put(Self.others + 10, view.level(3, before: t, 3, from: t + 1))
      put(Self.others + 11, view.levelExchanged(2, at: t, 2))
    }
    let run = view.run(around: t)
    put(Self.run, view.level(2, before: run.lowerBound, 2, from: run.upperBound))
    if t + 1 < view.q.count { replace(&reading, place, t, view, isAlphabetic, isUpperCase) }
    insert(&reading, place, t, view, isAlphabetic)
  }

  /// Whether some of the windows around a place occur nowhere: only then are the others looked up.
  private func isDoubtful(
    _ kept: [UInt8], _ middle: UInt8, _ t: Int, _ view: WindowView, _ isAlphabetic: Bool
  ) -> Bool {
    let count = view.q.count
    if isAlphabetic {
      return kept[5] == 0 && t >= 3 || kept[6] == 0 && t >= 2 && t + 2 <= count
        || kept[7] == 0 && t + 3 <= count || kept[8] == 0 && t + 4 <= count
        || middle == 0 && t >= 2 && t + 3 <= count
        || count < 5
    }
    return kept[2] == 0 && t >= 2 || kept[3] == 0 && t + 2 <= count
      || kept[4] == 0 && t + 3 <= count || count < 4
  }

  /// What might stand in its place.
  private func replace(
    _ reading: inout Reading, _ place: Int, _ t: Int, _ view: WindowView, _ isAlphabetic: Bool,
    _ isUpperCase: Bool
  ) {
    let symbol = view.q[t]
    let gap = Gap(end: t, start: t + 1)
    var best = Best()
    let kind = symbols.kinds[Int(symbol)]
    let isChinese = kind.contains(.chinese)
    if isChinese {
      let list = neighbours.confusions(of: symbol)
      for index in list { offer(neighbours.confusions[index], for: gap, view, &best) }
    } else if kind.contains(.letter) || isBesideLetter(t, view) {
      for letter in symbols.letters where letter != symbol { offer(letter, for: gap, view, &best) }
    } else {
      // Of a character that nothing is known of its neighbours tell most.
      offerNeighbours(of: gap, view, &best, except: symbol)
    }
    for (number, candidate) in likeliest(best, for: gap, view).enumerated() {
      guard let candidate else { continue }
      var index = place * Self.figures + Self.replaced + number * Self.replacedFigures
      func put(_ level: UInt8) {
        reading.levels[index] = level
        index += 1
      }
      for level in 0..<Closely.levels { put(candidate.levels[level]) }
      put(neighbours.frequency[Int(candidate.symbol)])
      let likeness = isChinese ? neighbours.likeness(of: symbol, candidate.symbol) : []
      put(likeness.contains(.sameSound) ? Self.flag : 0)
      put(likeness.contains(.nearSound) ? Self.flag : 0)
      put(likeness.contains(.shape) ? Self.flag : 0)
      reading.characters[place * Self.candidates + number] =
        isUpperCase
        ? symbols.upperCase[candidate.symbol] ?? TokenID(candidate.symbol)
        : TokenID(candidate.symbol)
    }
  }

  private func isBesideLetter(_ t: Int, _ view: WindowView) -> Bool {
    symbols.kinds[Int(view.q[t - 1])].contains(.letter)
      || symbols.kinds[Int(view.q[t + 1])].contains(.letter)
  }

  /// What might be missing before it.
  private func insert(
    _ reading: inout Reading, _ place: Int, _ t: Int, _ view: WindowView, _ isAlphabetic: Bool
  ) {
    let gap = Gap(end: t, start: t)
    var best = Best()
    if isAlphabetic || view.isAlphabetic(t - 1) {
      for letter in symbols.letters { offer(letter, for: gap, view, &best) }
    }
    offerNeighbours(of: gap, view, &best, except: nil)
    for (number, candidate) in likeliest(best, for: gap, view).enumerated() {
      guard let candidate else { continue }
      let start = place * Self.figures + Self.inserted + number * Self.insertedFigures
      for index in 0..<Self.insertedFigures {
        // The window of six that ends with the candidate is a figure of what stands in a place alone.
        let level = index == Closely.ending ? Closely.around : index
        reading.levels[start + index] = candidate.levels[level]
      }
      reading.characters[place * Self.candidates + 2 + number] = TokenID(candidate.symbol)
    }
  }
}

// MARK: - Candidates

/// Where a character may stand: behind the symbols before `end`, before those from `start` on.
private struct Gap {
  let end: Int
  let start: Int
}

/// A candidate that was looked at closely.
private struct Closely {
  static let levels = 8
  // The windows of alphabetic text: of six symbols that end with the candidate, of seven around it.
  static let ending = 6
  static let around = 7

  let symbol: UInt16
  var levels = InlineArray<8, UInt8>(repeating: 0)
  var score: Float = 0

  func isBetter(than other: Closely?) -> Bool {
    guard let other else { return true }
    return (score, other.symbol) > (other.score, symbol)
  }
}

extension Evidence {
  /// Considers a character for a gap.
  private func offer(_ c: UInt16, for gap: Gap, _ view: WindowView, _ best: inout Best) {
    guard Int(c) < symbols.folded.count else { return }
    let left = view.level(1, before: gap.end, c, 0, from: gap.start)
    let right = view.level(0, before: gap.end, c, 1, from: gap.start)
    let (lower, sum) = (min(left, right), Self.weights[Int(left)] + Self.weights[Int(right)])
    // Between two neighbours it occurs no more often than beside one.
    guard best.wants(sum + Self.weights[Int(lower)]) else { return }
    let between = lower == 0 ? 0 : view.level(1, before: gap.end, c, 1, from: gap.start)
    best.offer(c, sum + Self.weights[Int(between)])
  }

  /// Considers what often follows the symbol before a gap and what precedes the one behind it, of letters neither: there
  /// are few, which are all considered where they may stand.
  private func offerNeighbours(
    of gap: Gap, _ view: WindowView, _ best: inout Best, except symbol: UInt16?
  ) {
    let (before, behind) = (view.q[gap.end - 1], view.q[gap.start])
    if !symbols.kinds[Int(before)].contains(.letter) {
      for index in neighbours.list(of: before) where neighbours.successors[index] != symbol {
        offer(neighbours.successors[index], for: gap, view, &best)
      }
    }
    if !symbols.kinds[Int(behind)].contains(.letter) {
      for index in neighbours.list(of: behind) where neighbours.predecessors[index] != symbol {
        offer(neighbours.predecessors[index], for: gap, view, &best)
      }
    }
  }

  /// The two of the best that the windows around a gap speak for most.
  private func likeliest(
    _ best: Best, for gap: Gap, _ view: WindowView
  ) -> InlineArray<2, Closely?> {
    var result = InlineArray<2, Closely?>(repeating: nil)
    let isReplacing = gap.start > gap.end
    for number in 0..<best.count {
      let c = best[number]
      var candidate = Closely(symbol: c)
      func look(_ index: Int, _ left: Int, _ right: Int) {
        let level = view.level(left, before: gap.end, c, right, from: gap.start)
        candidate.levels[index] = level
        candidate.score += Self.weights[Int(level)]
      }
      look(0, 2, 0)
      look(1, 1, 1)
      look(2, 0, 2)
      look(3, 2, 1)
      look(4, 1, 2)
      look(5, 2, 2)
      if symbols.kinds[Int(c)].contains(.alphabetic) {
        if isReplacing { look(Closely.ending, 5, 0) }
        look(Closely.around, 3, 3)
      }
      if candidate.isBetter(than: result[0]) {
        (result[0], result[1]) = (candidate, result[0])
      } else if candidate.isBetter(than: result[1]) {
        result[1] = candidate
      }
    }
    return result
  }
}

extension InlineArray where Element == Closely? {
  fileprivate func enumerated() -> [(Int, Closely?)] { indices.map { ($0, self[$0]) } }
}
