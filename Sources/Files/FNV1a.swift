/// The 64-bit FNV-1a hash (Fowler, Noll & Vo), taken of bytes piece by piece.
///
/// Of hashes that mean something to people or files: fast, the same everywhere, and not safe from those who look for
/// two texts with the same one.
package struct FNV1a {
  /// The hash of all bytes so far.
  package private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

  /// Creates the hash of no bytes.
  package init() {}

  /// Goes on with more bytes.
  package mutating func add(_ bytes: some Sequence<UInt8>) {
    value = bytes.reduce(value) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }

  /// Goes on with a part of several: its length and then its bytes, so that parts can't run into each other.
  package mutating func add(part: [UInt8]) {
    add(number: part.count)
    part.withUnsafeBytes { add($0) }
  }

  /// Goes on with the eight bytes of a number, the lowest first.
  package mutating func add(number: Int) {
    withUnsafeBytes(of: Int64(number).littleEndian) { add($0) }
  }

  /// Returns the hash of bytes.
  package static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
    var hash = FNV1a()
    hash.add(bytes)
    return hash.value
  }
}
