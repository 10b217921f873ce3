/// The numbers of windows: a polynomial of their symbols, so that a window's is put together from those of its parts.
///
/// Karp & Rabin 1987, *Efficient Randomized Pattern-Matching Algorithms*, modulo 2⁶⁴.
package enum WindowKey {
  /// The most symbols of a window.
  package static let longest = 7

  private static let base: UInt64 = 0x9E37_79B9_7F4A_7C15

  /// base⁰ … base^longest.
  @usableFromInline static let powers: [UInt64] = {
    var powers: [UInt64] = [1]
    for _ in 0..<longest { powers.append(powers[powers.count - 1] &* base) }
    return powers
  }()

  /// The key of a window that has one symbol more.
  @inline(__always)
  package static func appending(_ symbol: UInt16, to key: UInt64) -> UInt64 {
    key &* base &+ UInt64(symbol) &+ 1
  }
}

/// How often windows of two to seven symbols occur in clean text, roughly, in two bytes each.
///
/// Open addressing by a hash of the window; a slot has 12 more bits of it and a level of the count in 4. A window that
/// is not there is taken for another with a probability of about 2⁻¹⁰.
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
        let hash = Self.hash(key)
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
    let hash = Self.hash(key)
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
    let within = Int(truncatingIfNeeded: (Self.hash(key) >> 16) % UInt64(next - lowest))
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

  /// Steele, Lea & Flood 2014, *Fast Splittable Pseudorandom Number Generators*, the mixing function of §5.
  @inline(__always)
  private static func hash(_ key: UInt64) -> UInt64 {
    var hash = key &+ 0x9E37_79B9_7F4A_7C15
    hash = (hash ^ hash >> 30) &* 0xBF58_476D_1CE4_E5B9
    hash = (hash ^ hash >> 27) &* 0x94D0_49BB_1331_11EB
    return hash ^ hash >> 31
  }
}

/// Little-endian numbers in memory that others may own, such as a mapped file's.
package struct SharedNumbers<Number: FixedWidthInteger & Sendable>: @unchecked Sendable {
  // @unchecked: the memory is never written once this exists, and lives as long as its owner.

  private let owner: AnyObject
  private let start: UnsafeRawPointer
  /// How many there are.
  package let count: Int

  /// Creates a view of memory that `owner` keeps alive and nobody writes.
  package init(_ bytes: UnsafeRawBufferPointer, owner: AnyObject) {
    let size = MemoryLayout<Number>.size
    self.owner = owner
    count = bytes.count / size
    // An empty buffer may have no address.
    start = bytes.baseAddress ?? UnsafeRawPointer(Unmanaged.passUnretained(owner).toOpaque())
  }

  /// Creates a copy of some numbers.
  package init(_ numbers: [Number]) {
    let memory = OwnedMemory(byteCount: numbers.count * MemoryLayout<Number>.size)
    for (index, number) in numbers.enumerated() {
      memory.bytes.storeBytes(
        of: number.littleEndian, toByteOffset: index * MemoryLayout<Number>.size, as: Number.self)
    }
    self.init(UnsafeRawBufferPointer(memory.bytes), owner: memory)
  }

  /// The number at a place.
  @inline(__always)
  package subscript(_ index: Int) -> Number {
    assert(index >= 0 && index < count)
    return Number(
      littleEndian: start.loadUnaligned(
        fromByteOffset: index * MemoryLayout<Number>.size, as: Number.self))
  }

  /// All of them.
  package var array: [Number] { (0..<count).map { self[$0] } }

  /// Their bytes, little endian.
  package var bytes: [UInt8] {
    withExtendedLifetime(owner) {
      Array(
        UnsafeRawBufferPointer(start: start, count: count * MemoryLayout<Number>.size))
    }
  }
}

/// Memory that is freed with the last reference.
private final class OwnedMemory {
  let bytes: UnsafeMutableRawBufferPointer

  init(byteCount: Int) {
    bytes = .allocate(byteCount: max(1, byteCount), alignment: 16)
  }

  deinit { bytes.deallocate() }
}
