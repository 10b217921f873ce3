import SeqaeRandom
import SeqaeTensors

extension Random {
  /// Returns `count` numbers from the normal distribution, rounded to single precision.
  package func normals(_ count: Int, mean: Double = 0, deviation: Double = 1) -> [Float] {
    (0..<count).map { _ in Float(mean + deviation * normal()) }
  }

  /// Returns `count` numbers spread evenly over `range`, rounded to single precision.
  package func uniforms(_ count: Int, in range: ClosedRange<Double>) -> [Float] {
    let width = range.upperBound - range.lowerBound
    return (0..<count).map { _ in Float(range.lowerBound + width * uniform()) }
  }

  /// Returns `count` integers from 0 ..< `bound`.
  package func integers(_ count: Int, below bound: Int) -> [Int32] {
    (0..<count).map { _ in Int32(integer(below: bound)) }
  }

  /// Returns a tensor of normally distributed numbers.
  package func normals(_ shape: Shape, on backend: any Backend) -> Tensor {
    Tensor(normals(shape.count), shape, on: backend)
  }

  /// Returns a tensor of integers from 0 ..< `bound`.
  package func integers(_ shape: Shape, below bound: Int, on backend: any Backend) -> Tensor {
    Tensor(integers: integers(shape.count, below: bound), shape, on: backend)
  }
}
