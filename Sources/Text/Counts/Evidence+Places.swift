// The figures of a place. t: the place among the symbols, of which the first is the text's end; c: a candidate.

extension Evidence {
  /// The best few of some candidates.
  private struct Best {
    // Only these are looked at closely.
    static let limit = 6

    private(set) var count = 0
    private var symbols = InlineArray<6, UInt16>(repeating: 0)
    private var scores = InlineArray<6, Float>(repeating: 0)

    subscript(_ index: Int) -> UInt16 { symbols[index] }

    mutating func offer(_ symbol: UInt16, _ score: Float) {
      guard score > 0, count < Self.limit || score > scores[count - 1] else { return }
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

  private static func sum(_ first: UInt8, _ second: UInt8, _ third: UInt8) -> Float {
    weights[Int(first)] + weights[Int(second)] + weights[Int(third)]
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
    var best = Best()
    func offer(_ c: UInt16) {
      guard c != symbol, Int(c) < symbols.folded.count else { return }
      best.offer(
        c,
        Self.sum(
          view.level(1, before: t, c, 0, from: t + 1), view.level(0, before: t, c, 1, from: t + 1),
          view.level(1, before: t, c, 1, from: t + 1)))
    }
    let kind = symbols.kinds[Int(symbol)]
    let isChinese = kind.contains(.chinese)
    if isChinese {
      for index in neighbours.confusions(of: symbol) { offer(neighbours.confusions[index]) }
    } else if kind.contains(.letter) || isBesideLetter(t, view) {
      for letter in symbols.letters { offer(letter) }
    } else {
      // Of a character that nothing is known of its neighbours tell most.
      for index in neighbours.list(of: view.q[t - 1]) { offer(neighbours.successors[index]) }
      for index in neighbours.list(of: view.q[t + 1]) { offer(neighbours.predecessors[index]) }
    }
    var ranked: [(symbol: UInt16, levels: [UInt8], score: Float)] = (0..<best.count).map { number in
      let c = best[number]
      var levels: [UInt8] = [
        view.level(2, before: t, c, 0, from: t + 1), view.level(1, before: t, c, 1, from: t + 1),
        view.level(0, before: t, c, 2, from: t + 1), view.level(2, before: t, c, 1, from: t + 1),
        view.level(1, before: t, c, 2, from: t + 1), view.level(2, before: t, c, 2, from: t + 1),
      ]
      let isLetter = symbols.kinds[Int(c)].contains(.alphabetic)
      levels.append(isLetter ? view.level(5, before: t, c, 0, from: t + 1) : 0)
      levels.append(isLetter ? view.level(3, before: t, c, 3, from: t + 1) : 0)
      return (c, levels, levels.reduce(0) { $0 + Self.weights[Int($1)] })
    }
    ranked.sort { ($1.score, $0.symbol) < ($0.score, $1.symbol) }
    for (number, candidate) in ranked.prefix(2).enumerated() {
      var index = place * Self.figures + Self.replaced + number * Self.replacedFigures
      func put(_ level: UInt8) {
        reading.levels[index] = level
        index += 1
      }
      for level in candidate.levels { put(level) }
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
    var best = Best()
    func offer(_ c: UInt16) {
      guard Int(c) < symbols.folded.count else { return }
      best.offer(
        c,
        Self.sum(
          view.level(1, before: t, c, 0, from: t), view.level(0, before: t, c, 1, from: t),
          view.level(1, before: t, c, 1, from: t)))
    }
    let before = view.q[t - 1]
    if isAlphabetic || view.isAlphabetic(t - 1) {
      for letter in symbols.letters { offer(letter) }
    }
    if !symbols.kinds[Int(before)].contains(.letter) {
      for index in neighbours.list(of: before) { offer(neighbours.successors[index]) }
    }
    if !symbols.kinds[Int(view.q[t])].contains(.letter) {
      for index in neighbours.list(of: view.q[t]) { offer(neighbours.predecessors[index]) }
    }
    var ranked: [(symbol: UInt16, levels: [UInt8], score: Float)] = (0..<best.count).map { number in
      let c = best[number]
      let levels: [UInt8] = [
        view.level(2, before: t, c, 0, from: t), view.level(1, before: t, c, 1, from: t),
        view.level(0, before: t, c, 2, from: t), view.level(2, before: t, c, 1, from: t),
        view.level(1, before: t, c, 2, from: t), view.level(2, before: t, c, 2, from: t),
        symbols.kinds[Int(c)].contains(.alphabetic) ? view.level(3, before: t, c, 3, from: t) : 0,
      ]
      return (c, levels, levels.reduce(0) { $0 + Self.weights[Int($1)] })
    }
    ranked.sort { ($1.score, $0.symbol) < ($0.score, $1.symbol) }
    for (number, candidate) in ranked.prefix(2).enumerated() {
      let start = place * Self.figures + Self.inserted + number * Self.insertedFigures
      for (index, level) in candidate.levels.enumerated() { reading.levels[start + index] = level }
      reading.characters[place * Self.candidates + 2 + number] = TokenID(candidate.symbol)
    }
  }
}
