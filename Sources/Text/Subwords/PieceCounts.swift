/// How often each distinct piece of text occurs: a table in a few blocks of memory.
struct PieceCounts: Sendable {
  private var bytes: [UInt8] = []  // of all pieces, one after the other
  private var ends: [Int] = []
  private var counts: [UInt64] = []
  private var hashes: [UInt32] = []  // kept, so that the table grows without reading the pieces
  private var slots = [Int32](repeating: -1, count: 1 << 10)  // open addressing, -1 where free
  private let seed = UInt64(truncatingIfNeeded: Hasher().finalize())

  /// The number of distinct pieces.
  var count: Int { counts.count }

  /// What the table takes, in bytes.
  var memory: Int { bytes.count + 20 * counts.count + 4 * slots.count }

  /// How often piece `index` occurs.
  func occurrences(_ index: Int) -> UInt64 { counts[index] }

  /// Gives the bytes of each piece and how often it occurs, in the order of their first occurrence.
  func forEach(_ body: (UnsafeBufferPointer<UInt8>, UInt64) -> Void) {
    bytes.withUnsafeBufferPointer { bytes in
      var start = 0
      for index in counts.indices {
        body(UnsafeBufferPointer(rebasing: bytes[start..<ends[index]]), counts[index])
        start = ends[index]
      }
    }
  }

  /// Adds occurrences of a piece; more than 2³¹ − 1 distinct ones are not kept.
  mutating func add(_ piece: UnsafeBufferPointer<UInt8>, _ occurrences: UInt64) {
    let hash = hash(piece)
    let mask = slots.count - 1
    var slot = Int(hash) & mask
    while slots[slot] >= 0 {
      let index = Int(slots[slot])
      if hashes[index] == hash, isPiece(index, piece) {
        counts[index] += occurrences
        return
      }
      slot = (slot + 1) & mask
    }
    guard counts.count < Int32.max else { return }
    slots[slot] = Int32(truncatingIfNeeded: counts.count)
    bytes.append(contentsOf: piece)
    ends.append(bytes.count)
    counts.append(occurrences)
    hashes.append(hash)
    if 2 * counts.count > slots.count { grow() }
  }

  private func isPiece(_ index: Int, _ piece: UnsafeBufferPointer<UInt8>) -> Bool {
    let start = index == 0 ? 0 : ends[index - 1]
    guard ends[index] - start == piece.count else { return false }
    for offset in 0..<piece.count where bytes[start + offset] != piece[offset] { return false }
    return true
  }

  private mutating func grow() {
    slots = [Int32](repeating: -1, count: 2 * slots.count)
    let mask = slots.count - 1
    for (index, hash) in hashes.enumerated() {
      var slot = Int(hash) & mask
      while slots[slot] >= 0 { slot = (slot + 1) & mask }
      slots[slot] = Int32(truncatingIfNeeded: index)
    }
  }

  /// Eight bytes at a time, each step a product and a fold.
  private func hash(_ piece: UnsafeBufferPointer<UInt8>) -> UInt32 {
    var state = seed ^ UInt64(piece.count)
    let raw = UnsafeRawBufferPointer(piece)
    var index = 0
    while index + 8 <= raw.count {
      state = fold(state ^ raw.loadUnaligned(fromByteOffset: index, as: UInt64.self))
      index += 8
    }
    var rest: UInt64 = 0
    while index < raw.count {
      rest = rest << 8 | UInt64(raw[index])
      index += 1
    }
    return UInt32(truncatingIfNeeded: fold(state ^ rest))
  }

  @inline(__always)
  private func fold(_ value: UInt64) -> UInt64 {
    let (high, low) = value.multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
    return high ^ low
  }
}
