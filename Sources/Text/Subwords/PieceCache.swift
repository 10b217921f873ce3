/// The bytes of a piece of at most 16 bytes, as two numbers.
struct PieceKey: Equatable {
  /// The longest piece that has a key.
  static let longest = 16

  let low: UInt64
  let high: UInt64
  let count: UInt8

  /// Reads a piece of a text; nil if it is longer than `longest` or empty.
  @inline(__always)
  init?(_ text: UnsafeBufferPointer<UInt8>, _ piece: Range<Int>) {
    let count = piece.count
    guard 1...PieceKey.longest ~= count, let base = text.baseAddress else { return nil }
    let start = UnsafeRawPointer(base + piece.lowerBound)
    var low: UInt64 = 0
    var high: UInt64 = 0
    if piece.lowerBound + 16 <= text.count {
      low = start.loadUnaligned(as: UInt64.self)
      if count <= 8 {
        low &= ~0 >> UInt64(64 - 8 * count)
      } else {
        high = (start + 8).loadUnaligned(as: UInt64.self) & ~0 >> UInt64(128 - 8 * count)
      }
    } else {  // near the end of the text, past which nothing may be read
      for index in 0..<count {
        let byte = UInt64(start.load(fromByteOffset: index, as: UInt8.self))
        if index < 8 {
          low |= byte << UInt64(8 * index)
        } else {
          high |= byte << UInt64(8 * index - 64)
        }
      }
    }
    self.low = low
    self.high = high
    self.count = UInt8(truncatingIfNeeded: count)
  }

  /// A number that differs for most pieces.
  @inline(__always)
  var hash: UInt64 {
    let product = (low ^ high &* 0x9E37_79B9_7F4A_7C15) &* 0xD6E8_FEB8_6659_FD93
    return (product ^ product >> 32) &* 0xD6E8_FEB8_6659_FD93
  }
}

/// The tokens of short pieces seen lately: a bounded table in which a new piece replaces an old one.
final class PieceCache {
  private static let size = 1 << 12  // slots of 64 bytes: a quarter of a processor's L2
  private static let most = 8  // tokens of a piece

  private struct Slot {
    var low: UInt64 = 0
    var high: UInt64 = 0
    var count: UInt8 = 0  // bytes of the piece; 0 where the slot is free
    var tokens: UInt8 = 0
    var ends = SIMD8<UInt8>()
    var ids = SIMD8<TokenID>()
  }

  private let slots: UnsafeMutablePointer<Slot>

  /// Creates an empty cache.
  init() {
    slots = .allocate(capacity: PieceCache.size)
    slots.initialize(repeating: Slot(), count: PieceCache.size)
  }

  deinit { slots.deallocate() }

  @inline(__always)
  private func slot(_ key: PieceKey) -> UnsafeMutablePointer<Slot> {
    slots + (Int(truncatingIfNeeded: key.hash >> 16) & (PieceCache.size - 1))
  }

  /// Appends the tokens of a piece that lies at `start` of the text, and says whether it knew them.
  @inline(__always)
  func append(_ key: PieceKey, at start: Int, to encoding: inout Encoding) -> Bool {
    let slot = slot(key)
    guard slot.pointee.low == key.low, slot.pointee.high == key.high,
      slot.pointee.count == key.count
    else { return false }
    var from = start
    for index in 0..<Int(slot.pointee.tokens) {
      let end = start + Int(slot.pointee.ends[index])
      encoding.append(slot.pointee.ids[index], from..<end)
      from = end
    }
    return true
  }

  /// Remembers the tokens of a piece, unless they are too many.
  func store(
    _ key: PieceKey, _ ids: UnsafePointer<TokenID>, _ ends: UnsafePointer<Int32>, _ count: Int
  ) {
    guard count <= PieceCache.most else { return }
    let slot = slot(key)
    slot.pointee.low = key.low
    slot.pointee.high = key.high
    slot.pointee.count = key.count
    slot.pointee.tokens = UInt8(truncatingIfNeeded: count)
    for index in 0..<count {
      slot.pointee.ids[index] = ids[index]
      slot.pointee.ends[index] = UInt8(truncatingIfNeeded: ends[index])
    }
  }
}
