/// The numbers of windows: a polynomial of their symbols, so that a window's is put together from those of its parts.
///
/// Karp & Rabin 1987, *Efficient Randomized Pattern-Matching Algorithms*, modulo 2⁶⁴.
package enum WindowKey {
  /// The most symbols of a window.
  package static let longest = 7

  private static let base: UInt64 = 0x9E37_79B9_7F4A_7C15

  /// base⁰ … base^longest.
  static let powers: [UInt64] = {
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
