/// A vector most of whose elements are zero: the others by their places.
public struct SparseVector: Sendable, Equatable {
  /// The places of the elements that are not zero, ascending.
  public let places: [Int32]
  /// These elements.
  public let values: [Float]

  /// Creates a vector.
  ///
  /// - Parameters:
  ///   - places: ascending, each once.
  ///   - values: as many.
  public init(places: [Int32], values: [Float]) {
    precondition(
      places.count == values.count && zip(places, places.dropFirst()).allSatisfy { $0 < $1 },
      "SparseVector: \(values.count) values at \(places.count) places")
    self.places = places
    self.values = values
  }

  /// Its Euclidean length.
  public var length: Float {
    Float(values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot())
  }

  /// The vector of the same direction and of length 1; the zero vector stays.
  public var unit: SparseVector {
    let length = length
    guard length > 0 else { return self }
    return SparseVector(places: places, values: values.map { $0 / length })
  }

  /// Returns the inner product with another vector; linear in the elements of both.
  public func product(_ other: SparseVector) -> Float {
    var sum = 0.0
    var (i, j) = (0, 0)
    while i < places.count, j < other.places.count {
      let (left, right) = (places[i], other.places[j])
      if left == right { sum += Double(values[i]) * Double(other.values[j]) }
      if left <= right { i += 1 }
      if right <= left { j += 1 }
    }
    return Float(sum)
  }

  /// Returns the cosine of the angle to another vector; 0 if one is zero.
  public func cosine(_ other: SparseVector) -> Float {
    let lengths = length * other.length
    return lengths > 0 ? product(other) / lengths : 0
  }
}
