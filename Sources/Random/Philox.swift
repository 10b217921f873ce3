/// Philox4x32-10, a counter-based generator: every block is a pure function of a counter and a key.
///
/// Salmon, Moraes, Dror & Shaw 2011, *Parallel Random Numbers: As Easy as 1, 2, 3*, §3.3. Being
/// stateless it gives the same numbers for any thread count and any order of evaluation.
package enum Philox {
  /// Returns the four random words that belong to `counter` under `key`.
  package static func block(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    // The constants of §3.3 as literals: a static property would be looked up in every round.
    var (c0, c1, c2, c3) = (counter.x, counter.y, counter.z, counter.w)
    var (k0, k1) = (key.x, key.y)
    for _ in 0..<10 {
      let left = UInt64(c0) &* 0xD251_1F53
      let right = UInt64(c2) &* 0xCD9E_8D57
      c0 = UInt32(truncatingIfNeeded: right >> 32) ^ c1 ^ k0
      c1 = UInt32(truncatingIfNeeded: right)
      c2 = UInt32(truncatingIfNeeded: left >> 32) ^ c3 ^ k1
      c3 = UInt32(truncatingIfNeeded: left)
      k0 &+= 0x9E37_79B9
      k1 &+= 0xBB67_AE85
    }
    return SIMD4(c0, c1, c2, c3)
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
