/// How often windows of two to seven symbols occur in clean text, roughly, in two bytes each.
///
/// Open addressing by a hash of the window; a slot has 12 more bits of it and a level of the count in 4. A window that
/// is not there is taken for another with a probability of about 2⁻⁹.
package struct WindowCounts: Sendable {
  /// The lowest count of each level; that of level 0 is of what is not in the table.
  package static let counts: [UInt32] = [
    0, 2, 3, 4, 6, 8, 12, 16, 32, 64, 128, 256, 512, 2048, 8192, 32768,
  ]

  /// The level of a count.
  package static func level(of count: UInt32) -> UInt8 {
    UInt8((counts.lastIndex { $0 <= count } ?? 0))
  }

  /// The slots; 0 is a free one.
  package let slots: SharedNumbers<UInt16>
  /// The lowest count of a window of each number of symbols that is kept, from 0 symbols on.
  package let least: [UInt32]

  // No chain of slots is longer, nor is a damaged table searched for longer.
  private static let longestChain = 4096
  /// The fewest slots.
  package static let fewest = 1024
  // Beyond this share of slots in use chains become long.
  private static let load = 0.72

  /// Creates the table of slots that another was made of; nil if they are none.
  package init?(slots: SharedNumbers<UInt16>, least: [UInt32]) {
    guard slots.count > 0, least.count == WindowKey.longest + 1 else { return nil }
    (self.slots, self.least) = (slots, least)
  }

  /// Creates the table of some counts.
  ///
  /// - Parameters:
  ///   - lists: those of windows of 2, 3, … symbols.
  ///   - limit: the most slots; of what does not fit the rarest windows are left out.
  package init(_ lists: [NGramList], limit: Int) {
    precondition(
      limit >= Self.fewest && lists.count == WindowKey.longest - 1,
      "WindowCounts: \(lists.count) lists, at most \(limit) slots")
    let all = lists.reduce(0) { $0 + $1.keys.count }
    // One more than it takes, lest rounding leave too little room and a whole count of windows go.
    let size = min(limit, max(Self.fewest, Int(Double(all) / Self.load) + 2))
    least = Self.least(lists, limit: Int(Double(size) * Self.load))
    var slots = [UInt16](repeating: 0, count: size)
    for (index, list) in lists.enumerated() {
      for (key, count) in zip(list.keys, list.counts) where count >= least[index + 2] {
        let hash = KeyHash.mixed(key)
        var slot = Self.slot(hash, of: size)
        var chain = 0
        while slots[slot] != 0, chain < Self.longestChain {
          slot = slot + 1 == size ? 0 : slot + 1
          chain += 1
        }
        guard slots[slot] == 0 else { continue }
        slots[slot] = Self.tag(hash) | UInt16(Self.level(of: count))
      }
    }
    self.slots = SharedNumbers(slots)
  }

  /// The lowest counts with which at most `limit` windows are kept: where there are too many, those of the order that
  /// has most are thinned out first.
  private static func least(_ lists: [NGramList], limit: Int) -> [UInt32] {
    var least = [UInt32](repeating: counts[1], count: WindowKey.longest + 1)
    let highest = 4096
    let numbers = lists.map { list in
      var numbers = [Int](repeating: 0, count: highest + 1)  // with a count of at least that
      for count in list.counts { numbers[min(highest, Int(count))] += 1 }
      for count in (0..<highest).reversed() { numbers[count] += numbers[count + 1] }
      return numbers
    }
    func kept(_ index: Int) -> Int { numbers[index][min(highest, Int(least[index + 2]))] }
    while lists.indices.reduce(0, { $0 + kept($1) }) > limit {
      guard let most = lists.indices.max(by: { kept($0) < kept($1) }), least[most + 2] < highest
      else { break }
      least[most + 2] += 1
    }
    return least
  }

  /// The level of a window's count, by its key.
  @inline(__always)
  package func level(_ key: UInt64) -> UInt8 {
    let hash = KeyHash.mixed(key)
    let tag = Self.tag(hash)
    var slot = Self.slot(hash, of: slots.count)
    for _ in 0...Self.longestChain {
      let found = slots[slot]
      if found == 0 { return 0 }
      if found & 0xFFF0 == tag { return UInt8(truncatingIfNeeded: found & 0xF) }
      slot = slot + 1 == slots.count ? 0 : slot + 1
    }
    return 0
  }

  /// The level of a window of `order` symbols where `own` of its occurrences do not count; where that is
  /// `OwnWindows.all`, none does.
  ///
  /// A level stands for a range of counts. Taking `own` off its lowest one would lower every level, by which a network
  /// would tell the windows of the text that it shall find from all others; so the count is taken to be any of the range,
  /// by the window's hash.
  @inline(__always)
  package func level(_ key: UInt64, order: Int, without own: UInt8) -> UInt8 {
    let level = level(key)
    guard own > 0, level > 0 else { return level }
    guard own < OwnWindows.all else { return 0 }
    let lowest = Int(Self.counts[Int(level)])
    let next = Int(level) + 1 < Self.counts.count ? Int(Self.counts[Int(level) + 1]) : 2 * lowest
    let within = Int(truncatingIfNeeded: (KeyHash.mixed(key) >> 16) % UInt64(next - lowest))
    let count = lowest + within - Int(own)
    return count < Int(least[order]) ? 0 : Self.level(of: UInt32(count))
  }

  @inline(__always)
  private static func tag(_ hash: UInt64) -> UInt16 {
    UInt16(truncatingIfNeeded: hash) << 4
  }

  /// Where a search begins: the hash as a fraction of all slots (Lemire 2019, *Fast Random Integer Generation in an
  /// Interval*, §2).
  @inline(__always)
  private static func slot(_ hash: UInt64, of count: Int) -> Int {
    Int(truncatingIfNeeded: hash.multipliedFullWidth(by: UInt64(count)).high)
  }
}
