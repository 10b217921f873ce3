/// Philox4x32-10, a counter-based generator: every block is a pure function of a counter and a key.
///
/// Salmon, Moraes, Dror & Shaw 2011, *Parallel Random Numbers: As Easy as 1, 2, 3*, §3.3. Being
/// stateless it gives the same numbers for any thread count and any order of evaluation.
public enum Philox {
  static let multipliers = SIMD2<UInt32>(0xD251_1F53, 0xCD9E_8D57)
  static let weyl = SIMD2<UInt32>(0x9E37_79B9, 0xBB67_AE85)
  static let rounds = 10

  /// Returns the four random words that belong to `counter` under `key`.
  public static func block(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    var c = counter
    var k = key
    for round in 0..<rounds {
      if round > 0 { k &+= weyl }
      let left = multipliers.x.multipliedFullWidth(by: c.x)
      let right = multipliers.y.multipliedFullWidth(by: c.z)
      c = SIMD4(right.high ^ c.y ^ k.x, right.low, left.high ^ c.w ^ k.y, left.low)
    }
    return c
  }

  /// Returns 64 random bits that belong to `counter` under `key`.
  static func word(counter: UInt64, domain: UInt64, key: UInt64) -> UInt64 {
    let block = Philox.block(
      counter: SIMD4(
        UInt32(truncatingIfNeeded: counter), UInt32(truncatingIfNeeded: counter >> 32),
        UInt32(truncatingIfNeeded: domain), UInt32(truncatingIfNeeded: domain >> 32)),
      key: SIMD2(UInt32(truncatingIfNeeded: key), UInt32(truncatingIfNeeded: key >> 32)))
    return UInt64(block.x) | UInt64(block.y) << 32
  }
}
