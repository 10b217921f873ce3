/// The sizes of a tensor along each of its axes, such as `[32, 128, 256]`; `[]` is a scalar.
public struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
  /// The size along each axis.
  public let dimensions: [Int]

  /// Creates a shape from sizes, none of which may be negative.
  public init(_ dimensions: [Int]) {
    precondition(dimensions.allSatisfy { $0 >= 0 }, "shape \(dimensions) has a negative size")
    self.dimensions = dimensions
  }

  /// Creates a shape from a literal such as `[2, 3]`.
  public init(arrayLiteral elements: Int...) { self.init(elements) }

  /// The number of axes.
  public var rank: Int { dimensions.count }

  /// The number of elements: the product of all sizes, 1 for a scalar.
  public var count: Int { dimensions.reduce(1, *) }

  /// The size along `axis`; negative axes count from the end.
  public subscript(axis: Int) -> Int { dimensions[normalized(axis)] }

  public var description: String { "\(dimensions)" }

  /// Returns `axis` counted from the start.
  package func normalized(_ axis: Int) -> Int {
    let result = axis < 0 ? axis + rank : axis
    precondition(result >= 0 && result < rank, "axis \(axis) is outside shape \(self)")
    return result
  }

  /// Returns the shape with the size along `axis` replaced by `size`.
  package func replacing(_ axis: Int, with size: Int) -> Shape {
    var result = dimensions
    result[normalized(axis)] = size
    return Shape(result)
  }

  /// Returns the shape to which `self` and `other` broadcast: sizes are aligned at the end, and a size
  /// of 1 stretches; nil if two sizes differ and neither is 1.
  package func broadcast(with other: Shape) -> Shape? {
    let rank = max(self.rank, other.rank)
    var result = [Int](repeating: 1, count: rank)
    for back in 1..<(rank + 1) {
      let a = back <= self.rank ? dimensions[self.rank - back] : 1
      let b = back <= other.rank ? other.dimensions[other.rank - back] : 1
      guard a == b || a == 1 || b == 1 else { return nil }
      result[rank - back] = a == 1 ? b : a
    }
    return Shape(result)
  }
}
