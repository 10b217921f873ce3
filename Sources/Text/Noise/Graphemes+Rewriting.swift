import SeqaeRandom

extension Graphemes {
  /// The code point of a cluster; nil for a cluster of several.
  func scalar(at index: Int) -> UInt32? {
    bytes.withUnsafeBufferPointer { bytes in
      guard let scalar = decodeScalar(bytes, at: offsets[index]),
        scalar.length == offsets[index + 1] - offsets[index]
      else { return nil }
      return scalar.value
    }
  }

  /// The text with some clusters rewritten.
  ///
  /// Spaces and what has no part in the noise stay. Each other cluster is drawn with probability `rate`, and
  /// stays nevertheless if `rewrite` gives nothing for it.
  ///
  /// - Parameters:
  ///   - rate: how often a cluster is drawn.
  ///   - random: what it is drawn from.
  ///   - rewrite: gives the UTF-8 that takes the place of a cluster, by its number.
  /// - Returns: the text.
  func rewritten(rate: Double, using random: Random, _ rewrite: (Int) -> [UInt8]?) -> String {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count + bytes.count / 2)
    for index in 0..<count {
      if kinds[index].isWritten, random.chance(rate), let text = rewrite(index) {
        result.append(contentsOf: text)
      } else {
        result.append(contentsOf: self[index])
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}

/// Returns the UTF-8 of a code point.
func utf8(_ scalar: UInt32) -> [UInt8] {
  var bytes: [UInt8] = []
  bytes.appendScalar(scalar)
  return bytes
}

/// Stops a program that asks for a noise at a rate that is no probability.
func requireProbability(_ rate: Double, of noise: StaticString) {
  precondition(0 <= rate && rate <= 1, "\(noise): rate \(rate) is not a probability")
}
