import Glibc

/// How often n-grams occur, to 3 %, in four bytes each.
///
/// Open addressing by a hash of the n-gram; a slot has 24 more bits of it and a logarithm of the count in 8. One
/// that is not there is taken for another with a probability of about 2⁻²².
package struct NGramTable: Sendable {
  /// The slots, a power of two of them; 0 is a free one.
  package let slots: [UInt32]

  // Counts up to 2 million in steps of a twelfth of a power of two: small ones come out exact but for rounding.
  private static let steps: Float = 12
  private static let values: [Float] = (0..<256).map { exp2f(Float($0) / steps) - 1 }

  /// Creates the table of some lists, whose n-grams differ.
  package init(_ lists: [NGramList]) {
    let count = lists.reduce(0) { $0 + $1.keys.count }
    var size = 1024
    while size * 3 < count * 4 { size *= 2 }
    var slots = [UInt32](repeating: 0, count: size)
    let mask = UInt64(size - 1)
    for list in lists {
      for (key, count) in zip(list.keys, list.counts) {
        let hash = KeyHash.mixed(key)
        var slot = Int(hash & mask)
        while slots[slot] != 0 { slot = (slot + 1) & Int(mask) }
        slots[slot] = UInt32(hash >> 40) << 8 | NGramTable.logarithm(count)
      }
    }
    self.slots = slots
  }

  /// Creates a table of slots that `slots` of another gave; nil if they are none.
  package init?(slots: [UInt32]) {
    guard slots.count > 0, slots.count & (slots.count - 1) == 0, slots.contains(0) else {
      return nil
    }
    self.slots = slots
  }

  /// How often an n-gram occurs.
  @inline(__always)
  package func count(_ gram: NGram) -> Float {
    let hash = KeyHash.mixed(gram.key)
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    while slots[slot] != 0 {
      if slots[slot] >> 8 == UInt32(hash >> 40) {
        return NGramTable.values[Int(slots[slot] & 0xFF)]
      }
      slot = (slot + 1) & mask
    }
    return 0
  }

  private static func logarithm(_ count: UInt32) -> UInt32 {
    UInt32(min(255, max(1, (log2f(1 + Float(count)) * steps).rounded())))
  }
}
