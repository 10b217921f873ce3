import SeqaeFiles

/// How near a query's vector is to a text's.
public enum VectorMetric: String, CaseIterable, Sendable {
  /// The cosine of the angle between them.
  case cosine
  /// Their inner product.
  case dot

  /// Returns a vector as it is kept and compared: of length 1 for the cosine, so that the inner product is it.
  ///
  /// - Parameters:
  ///   - vector: as the embedder made it.
  ///   - dimensions: how many values it should have.
  ///   - name: what it is of, for messages.
  /// - Returns: the vector to keep.
  /// - Throws: `Failure(.data)` if it has another number of values, one that is no number, or for the cosine no direction.
  func prepared(
    _ vector: [Float], dimensions: Int, of name: @autoclosure () -> String
  ) throws(Failure) -> [Float] {
    guard vector.count == dimensions else {
      throw Failure(
        .data, "\(name()): expected a vector of \(dimensions) values, found \(vector.count)")
    }
    guard vector.allSatisfy(\.isFinite) else {
      throw Failure(
        .data, "\(name()): its vector has a value that is no number: check the model's weights")
    }
    guard self == .cosine else { return vector }
    let length = vector.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    guard length > 0 else {
      throw Failure(
        .data,
        "\(name()): its vector is zero, which has no direction: leave the text out, or make an index with "
          + "--metric dot")
    }
    return vector.map { Float(Double($0) / length) }
  }

  /// Whether the values of a kept vector, in float32 at any address, are all finite.
  static func isFinite(_ vector: UnsafeRawBufferPointer) -> Bool {
    // Infinity and what is no number have the largest exponent: no magnitude's bits are above theirs.
    var largest: UInt32 = 0
    for place in 0..<vector.count / 4 {
      let bits = vector.loadUnaligned(fromByteOffset: 4 * place, as: UInt32.self)
      largest = max(largest, bits & 0x7FFF_FFFF)
    }
    return largest < Float.infinity.bitPattern
  }
}
