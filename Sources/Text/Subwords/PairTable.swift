/// The merges of a byte pair model: which two neighbours join into what, and how soon.
///
/// One block of open addressing, keyed by the pair of tokens; a lookup is one or two cache lines.
final class PairTable: @unchecked Sendable {  // written by its initialiser only
  /// What a pair becomes.
  struct Merge {
    /// The place in the list of merges: the lowest is applied first. `PairTable.none` if none.
    var rank: UInt32
    /// The token that the two become.
    var result: TokenID
  }

  /// The rank of a pair that doesn't merge.
  static let none = UInt32.max

  private struct Slot {
    var key: UInt64
    var merge: Merge
  }

  private static let free = UInt64.max  // no pair: tokens are not negative

  private let slots: UnsafeMutablePointer<Slot>
  private let mask: Int
  private let seed: UInt64

  /// Creates the table of merges in the order of their ranks; of equal pairs the last counts.
  init(_ merges: [(left: TokenID, right: TokenID, result: TokenID)]) {
    precondition(merges.count < Int(PairTable.none), "PairTable: \(merges.count) merges")
    var count = 16
    while count < 3 * merges.count { count *= 2 }
    slots = .allocate(capacity: count)
    let free = Slot(key: PairTable.free, merge: Merge(rank: PairTable.none, result: -1))
    slots.initialize(repeating: free, count: count)
    mask = count - 1
    // Keyed: no file can be written so that its merges collide.
    seed = UInt64(truncatingIfNeeded: Hasher().finalize())
    for (rank, merge) in merges.enumerated() {
      let key = PairTable.key(merge.left, merge.right)
      var place = place(key)
      while slots[place].key != PairTable.free, slots[place].key != key {
        place = (place + 1) & mask
      }
      slots[place] = Slot(
        key: key,
        merge: Merge(rank: UInt32(truncatingIfNeeded: rank), result: merge.result))
    }
  }

  deinit { slots.deallocate() }

  /// Returns what `left` and `right` become when they stand side by side.
  @inline(__always)
  func merge(_ left: TokenID, _ right: TokenID) -> Merge {
    let key = PairTable.key(left, right)
    var place = place(key)
    while true {
      let slot = slots[place]
      if slot.key == key || slot.key == PairTable.free { return slot.merge }
      place = (place + 1) & mask
    }
  }

  @inline(__always)
  private func place(_ key: UInt64) -> Int {
    let product = (key ^ seed) &* 0x9E37_79B9_7F4A_7C15  // 2⁶⁴ over the golden ratio
    return Int(truncatingIfNeeded: (product ^ product >> 32) >> 8) & mask
  }

  @inline(__always)
  private static func key(_ left: TokenID, _ right: TokenID) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }
}
