/// Codes of bits that are compared by how many of them differ, a machine word of 64 at a time.
///
/// Salakhutdinov & Hinton 2009, *Semantic Hashing*: documents whose codes differ in few bits are alike. A code of 128 bits takes 16
/// bytes, and its distance from another two instructions a word.
///
/// ```swift
/// var codes = BinaryCodes(bits: 3)
/// codes.append([0.5, -1, 2])                     // 101
/// codes.distances(to: [0.1, 0.1, -7])            // [2]: 110 differs in two bits
/// ```
public struct BinaryCodes: Sendable, Equatable {
  /// The number of bits of a code.
  public let bits: Int
  private let words: Int  // of a code
  private var packed: [UInt64] = []

  /// Creates an empty list of codes.
  ///
  /// - Parameter bits: of a code, 1 or more.
  public init(bits: Int) {
    precondition(bits > 0, "BinaryCodes: \(bits) bits")
    self.bits = bits
    words = (bits + 63) / 64
  }

  /// The number of codes.
  public var count: Int { packed.count / words }

  /// Adds a code.
  ///
  /// - Parameter vector: as many numbers as bits; a bit is 1 where the number is above 0.
  public mutating func append(_ vector: [Float]) { packed += pack(vector) }

  /// Returns in how many bits each code differs from that of a vector: the Hamming distances, in order.
  public func distances(to vector: [Float]) -> [Int] {
    let query = pack(vector)
    return (0..<count).map { row in
      var distance = 0
      for word in 0..<words {
        distance += (packed[row * words + word] ^ query[word]).nonzeroBitCount
      }
      return distance
    }
  }

  private func pack(_ vector: [Float]) -> [UInt64] {
    precondition(vector.count == bits, "BinaryCodes: \(vector.count) numbers for \(bits) bits")
    var result = [UInt64](repeating: 0, count: words)
    for (bit, value) in vector.enumerated() where value > 0 { result[bit / 64] |= 1 << (bit % 64) }
    return result
  }
}
