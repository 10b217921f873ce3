/// The hash of numbers that stand for n-grams or windows.
enum KeyHash {
  /// Steele, Lea & Flood 2014, *Fast Splittable Pseudorandom Number Generators*, the mixing function of §5.
  @inline(__always)
  static func mixed(_ key: UInt64) -> UInt64 {
    var hash = key &+ 0x9E37_79B9_7F4A_7C15
    hash = (hash ^ hash >> 30) &* 0xBF58_476D_1CE4_E5B9
    hash = (hash ^ hash >> 27) &* 0x94D0_49BB_1331_11EB
    return hash ^ hash >> 31
  }
}
