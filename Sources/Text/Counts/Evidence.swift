import SeqaeRandom

/// What counts of clean text say about each place of a text that may be spoilt.
///
/// A noisy channel (Kernighan, Church & Gale 1990) would choose among the ways to repair a place by how often the text
/// around it would then occur. Here these counts are not weighed by a rule but read by a network beside the text: how
/// often the windows around a place occur as it stands, without it, with it and its neighbour exchanged, with another
/// character in its place or one more before it, and which characters these would be.
public struct Evidence: Sendable {
  /// The figures of a place, each a level of a count or a flag.
  package static let figures = 64
  /// The characters that each place names: two in its place, two before it.
  package static let candidates = 4

  /// What is said about the places of a text.
  package struct Reading: Sendable, Equatable {
    /// Levels [N · figures]; a flag that is set is `flag`.
    package var levels: [UInt8]
    /// Tokens [N · candidates]; the padding token where there is none.
    package var characters: [TokenID]

    /// Creates what is said about no places.
    package init() { (levels, characters) = ([], []) }

    fileprivate init(places: Int, none: TokenID) {
      levels = [UInt8](repeating: 0, count: places * Evidence.figures)
      characters = [TokenID](repeating: none, count: places * Evidence.candidates)
    }

    /// Says of a place what the one before it has.
    fileprivate mutating func repeatLast(at place: Int) {
      for index in place * Evidence.figures..<(place + 1) * Evidence.figures {
        levels[index] = levels[index - Evidence.figures]
      }
      for index in place * Evidence.candidates..<(place + 1) * Evidence.candidates {
        characters[index] = characters[index - Evidence.candidates]
      }
    }
  }

  /// The clean text behind a text that is learnt from, which is among what was counted.
  package struct Counted {
    /// Its tokens, its end included.
    let tokens: [TokenID]
    /// For each gap before a token the fewest symbols of the windows across it that are taken for new; nil for none.
    let new: [Int?]

    /// Creates what is known of a clean text.
    ///
    /// - Parameters:
    ///   - tokens: its tokens, its end included.
    ///   - newShare: the share of the gaps between its tokens whose windows are taken for new, as those of a name are that
    ///     no other text has.
    ///   - random: decides which.
    package init(_ tokens: [TokenID], newShare: Double = 0, using random: Random) {
      self.tokens = tokens
      // Of a new word every other pair of neighbours is known all the same.
      new = tokens.map { _ in
        random.chance(newShare) ? random.integer(in: 2...3) : nil
      }
    }
  }

  /// The level of a flag that is set.
  package static let flag: UInt8 = 8

  /// How often windows occur.
  package let counts: WindowCounts
  /// What stands beside a symbol, and what may be meant by it.
  package let neighbours: EvidenceNeighbours
  let symbols: EvidenceSymbols
  let none: TokenID

  /// Creates what reads texts by the given counts.
  ///
  /// - Parameters:
  ///   - counts: how often windows occur.
  ///   - neighbours: what stands beside a symbol.
  ///   - symbols: those of the vocabulary.
  ///   - none: the token that stands for no candidate.
  package init(
    _ counts: WindowCounts, _ neighbours: EvidenceNeighbours, _ symbols: EvidenceSymbols,
    none: TokenID
  ) {
    (self.counts, self.neighbours, self.symbols, self.none) = (counts, neighbours, symbols, none)
  }

  /// Returns what is said about each place of a text.
  ///
  /// - Parameters:
  ///   - ids: the text's tokens, its end included.
  ///   - counted: the clean text that it was made of, if that is among what was counted: its own windows are taken
  ///     out, or what is right would always have been seen before. Nil for other texts.
  /// - Returns: the figures and candidates of each token.
  package func callAsFunction(_ ids: [TokenID], counted: Counted?) -> Reading {
    let own = counted.map { OwnWindows($0, symbols) }
    let text = WindowText(ids, symbols)
    var reading = Reading(places: ids.count, none: none)
    text.symbols.withUnsafeBufferPointer { q in
      text.sums.withUnsafeBufferPointer { sums in
        WindowKey.powers.withUnsafeBufferPointer { powers in
          let view = WindowView(
            q: q, sums: sums, powers: powers, counts: counts, own: own, symbols: symbols)
          for (place, t) in text.places.enumerated() {
            if place > 0, text.places[place - 1] == t {
              reading.repeatLast(at: place)
            } else {
              let kind = symbols.kinds[Int(ids[place])]
              fill(&reading, place, t, view, isUpperCase: kind.contains(.upperCase))
            }
          }
        }
      }
    }
    return reading
  }
}

/// A text's symbols between two ends, one for each character, and the keys of all that begin with it.
struct WindowText {
  let symbols: [UInt16]
  let sums: [UInt64]  // the key of the symbols before each
  let places: [Int]  // the symbol of each token

  init(_ ids: [TokenID], _ table: EvidenceSymbols) {
    var (symbols, places): ([UInt16], [Int]) = ([table.end], [])
    symbols.reserveCapacity(ids.count + 1)
    places.reserveCapacity(ids.count)
    for id in ids {
      if places.isEmpty || !table.kinds[Int(id)].contains(.continuation) {
        symbols.append(table.folded[Int(id)])
      }
      places.append(symbols.count - 1)
    }
    (self.symbols, self.places) = (symbols, places)
    var sums: [UInt64] = [0]
    sums.reserveCapacity(symbols.count + 1)
    for symbol in symbols { sums.append(WindowKey.appending(symbol, to: sums[sums.count - 1])) }
    self.sums = sums
  }
}

/// The windows of one text and how often each occurs in it.
struct OwnWindows {
  /// The count of a window all of whose occurrences are its own.
  static let all = UInt8.max

  private var keys: [UInt64]
  private var counts: [UInt8]

  init(_ counted: Evidence.Counted, _ table: EvidenceSymbols) {
    let text = WindowText(counted.tokens, table)
    // The fewest symbols of a new window across the gap before each symbol.
    var new = [Int](repeating: .max, count: text.symbols.count)
    for (place, fewest) in zip(text.places, counted.new) where fewest != nil {
      new[place] = fewest ?? .max
    }
    var size = 64
    while size < 2 * text.symbols.count * (WindowKey.longest - 1) { size *= 2 }
    keys = [UInt64](repeating: 0, count: size)
    counts = [UInt8](repeating: 0, count: size)
    let powers = WindowKey.powers
    for order in 2...WindowKey.longest {
      for start in 0..<max(0, text.symbols.count + 1 - order) {
        let key = text.sums[start + order] &- text.sums[start] &* powers[order]
        let slot = slot(of: key)
        keys[slot] = key
        let isNew = (start + 1..<start + order).contains { new[$0] <= order }
        counts[slot] = isNew || counts[slot] == Self.all ? Self.all : counts[slot] + 1
      }
    }
  }

  private func slot(of key: UInt64) -> Int {
    let mask = keys.count - 1
    var slot = Int(truncatingIfNeeded: (key &* 0xBF58_476D_1CE4_E5B9) >> 40) & mask
    while counts[slot] != 0, keys[slot] != key { slot = (slot + 1) & mask }
    return slot
  }

  @inline(__always)
  func count(_ key: UInt64) -> UInt8 { counts[slot(of: key)] }
}

/// The levels of windows of a text as it stands and as it might be.
struct WindowView {
  let q: UnsafeBufferPointer<UInt16>
  let sums: UnsafeBufferPointer<UInt64>
  let powers: UnsafeBufferPointer<UInt64>
  let counts: WindowCounts
  let own: OwnWindows?
  let symbols: EvidenceSymbols

  @inline(__always)
  private func key(_ start: Int, _ end: Int) -> UInt64 {
    sums[end] &- sums[start] &* powers[end - start]
  }

  @inline(__always)
  private func level(_ key: UInt64, _ order: Int) -> UInt8 {
    guard let own else { return counts.level(key) }
    return counts.level(key, order: order, without: own.count(key))
  }

  /// The level of symbols `start` ..< `end`; 0 where these are none of the text.
  @inline(__always)
  func level(_ start: Int, _ end: Int) -> UInt8 {
    guard start >= 0, end <= q.count else { return 0 }
    return level(key(start, end), end - start)
  }

  /// The level of `left` symbols before `place`, then those of `right` from `next` on.
  @inline(__always)
  func level(_ left: Int, before place: Int, _ right: Int, from next: Int) -> UInt8 {
    guard place - left >= 0, next + right <= q.count else { return 0 }
    let key = key(place - left, place) &* powers[right] &+ key(next, next + right)
    return level(key, left + right)
  }

  /// The same with a symbol between.
  @inline(__always)
  func level(
    _ left: Int, before place: Int, _ symbol: UInt16, _ right: Int, from next: Int
  ) -> UInt8 {
    guard place - left >= 0, next + right <= q.count else { return 0 }
    let with = WindowKey.appending(symbol, to: key(place - left, place))
    return level(with &* powers[right] &+ key(next, next + right), left + right + 1)
  }

  /// The same with the symbols at `place` and behind it exchanged.
  @inline(__always)
  func levelExchanged(_ left: Int, at place: Int, _ right: Int) -> UInt8 {
    guard place - left >= 0, place + 2 + right <= q.count else { return 0 }
    let first = WindowKey.appending(q[place + 1], to: key(place - left, place))
    let both = WindowKey.appending(q[place], to: first)
    return level(both &* powers[right] &+ key(place + 2, place + 2 + right), left + 2 + right)
  }

  /// The marks and unknown characters around a place, or what stands there repeated.
  func run(around place: Int) -> Range<Int> {
    let symbol = q[place]
    let isText = !symbols.kinds[Int(symbol)].isDisjoint(with: [.letter, .chinese])
    func belongs(_ other: UInt16) -> Bool {
      other == symbol || !isText && symbols.kinds[Int(other)].isDisjoint(with: [.letter, .chinese])
    }
    var (start, end) = (place, place + 1)
    while start > 1, belongs(q[start - 1]) { start -= 1 }
    while end + 1 < q.count, belongs(q[end]) { end += 1 }
    // Of what is repeated one stays.
    return isText && end - start > 1 ? start + 1..<end : start..<end
  }

  func isAlphabetic(_ place: Int) -> Bool {
    place >= 0 && place < q.count && symbols.kinds[Int(q[place])].contains(.alphabetic)
  }
}
