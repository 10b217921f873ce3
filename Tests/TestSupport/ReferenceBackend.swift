import Glibc
import SeqaeRandom
import SeqaeTensors

/// Every primitive in double precision, written as its definition reads: what kernels are tested against.
///
/// Fused operations are left to their default compositions. Each instance has a pool of its own, so a
/// test may count its memory.
package final class ReferenceBackend: Backend {
  package let real = DType.float64
  /// Where this instance's storages come from.
  package let pool = StoragePool()

  package init() {}

  package func makeStorage(byteCount: Int) -> Storage {
    Storage(byteCount: byteCount, backend: self, pool: pool)
  }

  package func upload(_ values: [Float], _ shape: Shape) -> Tensor {
    make(shape, values.map { Double($0) })
  }

  package func upload(_ values: [Int32], _ shape: Shape) -> Tensor { makeIntegers(shape, values) }

  package func download(_ x: Tensor) -> [Double] {
    x.dtype == .int32 ? integers(x).map { Double($0) } : reals(x)
  }

  // MARK: Elements

  package func full(_ shape: Shape, _ value: Double) -> Tensor {
    make(shape, [Double](repeating: value, count: shape.count))
  }

  package func copy(_ x: Tensor) -> Tensor {
    x.dtype == .int32 ? makeIntegers(x.shape, integers(x)) : make(x.shape, reals(x))
  }

  package func copy(_ x: Tensor, into y: inout Tensor, at view: Layout) {
    precondition(x.shape == view.shape, "copy: \(x.shape) into \(view.shape)")
    precondition(x.dtype == y.dtype, "copy: \(x.dtype) into \(y.dtype)")
    y.makeWritable()
    if x.dtype == .int32 {
      let target = y.storage.pointer.assumingMemoryBound(to: Int32.self)
      for (position, value) in Swift.zip(positions(view), integers(x)) { target[position] = value }
    } else {
      let target = y.storage.pointer.assumingMemoryBound(to: Double.self)
      for (position, value) in Swift.zip(positions(view), reals(x)) { target[position] = value }
    }
  }

  package func map(_ function: UnaryFunction, _ x: Tensor) -> Tensor {
    make(
      x.shape,
      reals(x).map { x in
        switch function {
        case .exp: exp(x)
        case .log: log(x)
        case .squareRoot: x.squareRoot()
        case .tanh: tanh(x)
        case .sigmoid: 1 / (1 + exp(-x))
        case .gelu: x * normalDistribution(x)
        case .geluDerivative: normalDistribution(x) + x * normalDensity(x)
        case .geluTanh:
          x / 2 * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
        case .relu: max(x, 0)
        case .silu: x / (1 + exp(-x))
        case .softplus: x > 20 ? x : log1p(exp(x))  // PyTorch's threshold
        case .absolute: abs(x)
        case .square: x * x
        case .sine: sin(x)
        case .cosine: cos(x)
        }
      })
  }

  package func zip(_ function: BinaryFunction, _ a: Tensor, _ b: Tensor) -> Tensor {
    guard let shape = a.shape.broadcast(with: b.shape) else {
      preconditionFailure("\(function): shapes \(a.shape) and \(b.shape)")
    }
    let left = reals(a.view(a.layout.broadcast(to: shape)))
    let right = reals(b.view(b.layout.broadcast(to: shape)))
    return make(
      shape,
      Swift.zip(left, right).map { a, b in
        switch function {
        case .add: a + b
        case .subtract: a - b
        case .multiply: a * b
        case .divide: a / b
        case .maximum: a.isNaN || b.isNaN ? .nan : max(a, b)
        case .minimum: a.isNaN || b.isNaN ? .nan : min(a, b)
        case .greater: a > b ? 1 : 0
        case .less: a < b ? 1 : 0
        case .equal: a == b ? 1 : 0
        }
      })
  }

  package func select(_ mask: Tensor, _ a: Tensor, _ b: Tensor) -> Tensor {
    guard let shape = mask.shape.broadcast(with: a.shape)?.broadcast(with: b.shape) else {
      preconditionFailure("select: shapes \(mask.shape), \(a.shape) and \(b.shape)")
    }
    let stretched = [mask, a, b].map { reals($0.view($0.layout.broadcast(to: shape))) }
    return make(
      shape,
      stretched[0].indices.map { stretched[0][$0] != 0 ? stretched[1][$0] : stretched[2][$0] })
  }

  package func affine(_ x: Tensor, scale: Double, shift: Double) -> Tensor {
    make(x.shape, reals(x).map { $0 * scale + shift })
  }

  package func accumulate(_ x: Tensor, scale: Double, into y: inout Tensor) {
    precondition(x.shape == y.shape, "accumulate: \(x.shape) into \(y.shape)")
    y = make(y.shape, Swift.zip(reals(y), reals(x)).map { y, x in y + x * scale })
  }

  // MARK: Sums and products

  package func reduce(_ reduction: Reduction, _ x: Tensor, axis: Int) -> Tensor {
    let axis = x.shape.normalized(axis)
    let size = x.shape[axis]
    let inner = x.shape.dimensions[(axis + 1)...].reduce(1, *)
    let outer = x.shape.dimensions[..<axis].reduce(1, *)
    let values = reals(x)  // [outer, size, inner]
    var result: [Double] = []
    for i in 0..<outer {
      for j in 0..<inner {
        let line = (0..<size).map { values[(i * size + $0) * inner + j] }
        switch reduction {
        case .sum: result.append(line.reduce(0, +))
        case .maximum: result.append(line.max() ?? -.infinity)
        }
      }
    }
    return make(x.shape.replacing(axis, with: 1), result)
  }

  package func matmul(
    _ a: Tensor, _ b: Tensor, alpha: Double, beta: Double, into c: inout Tensor
  ) {
    let (m, k, n) = (a.shape[-2], a.shape[-1], b.shape[-1])
    let batch = a.shape.dimensions.dropLast(2)
    precondition(
      b.shape[-2] == k && b.shape.dimensions.dropLast(2) == batch
        && c.shape.dimensions == Array(batch) + [m, n],
      "matmul: \(a.shape) × \(b.shape) into \(c.shape)")
    let left = reals(a)
    let right = reals(b)
    let old = beta == 0 ? [] : reals(c)
    var result: [Double] = []
    for matrix in 0..<batch.reduce(1, *) {
      for row in 0..<m {
        var sums = [Double](repeating: 0, count: n)  // row of a · b
        for i in 0..<k {
          let factor = left[(matrix * m + row) * k + i]
          for column in 0..<n { sums[column] += factor * right[(matrix * k + i) * n + column] }
        }
        for sum in sums {
          result.append(alpha * sum + (beta == 0 ? 0 : beta * old[result.count]))
        }
      }
    }
    c = make(c.shape, result)
  }

  package func gather(_ table: Tensor, _ ids: Tensor, scale: Double) -> Tensor {
    let width = table.shape[1]
    let values = reals(table)
    let rows = integers(ids).map { id in
      precondition(id >= 0 && id < table.shape[0], "gather: id \(id) of table \(table.shape)")
      return values[(Int(id) * width)..<((Int(id) + 1) * width)]
    }
    return make(Shape(ids.shape.dimensions + [width]), rows.joined().map { $0 * scale })
  }

  package func scatterAdd(
    _ rows: Tensor, _ ids: Tensor, scale: Double, into table: inout Tensor
  ) {
    let width = table.shape[1]
    precondition(
      rows.shape.dimensions == ids.shape.dimensions + [width],
      "scatterAdd: rows \(rows.shape), ids \(ids.shape), table \(table.shape)")
    let added = reals(rows)
    var values = reals(table)
    for (n, id) in integers(ids).enumerated() {
      precondition(id >= 0 && id < table.shape[0], "scatterAdd: id \(id) of table \(table.shape)")
      for i in 0..<width { values[Int(id) * width + i] += scale * added[n * width + i] }
    }
    table = make(table.shape, values)
  }

  package func argMax(_ x: Tensor) -> Tensor {
    let width = x.shape[-1]
    let values = reals(x)
    let shape = Shape(Array(x.shape.dimensions.dropLast()))
    let best = (0..<shape.count).map { row in
      (0..<width).reduce(0) { best, i in
        values[row * width + i] > values[row * width + best] ? i : best
      }
    }
    return makeIntegers(shape, best.map { Int32($0) })
  }

  package func topK(_ x: Tensor, _ count: Int) -> (values: Tensor, indices: Tensor) {
    let width = x.shape[-1]
    let values = reals(x)
    var (found, places): ([Double], [Int32]) = ([], [])
    for row in 0..<(width == 0 ? 0 : x.shape.count / width) {
      // A stable sort: the first of equals stays first. NaN is the largest.
      let order = (0..<width).sorted { a, b in
        let (left, right) = (values[row * width + a], values[row * width + b])
        if left.isNaN || right.isNaN { return left.isNaN && (!right.isNaN || a < b) }
        return left == right ? a < b : left > right
      }
      found += order.prefix(count).map { values[row * width + $0] }
      places += order.prefix(count).map { Int32($0) }
    }
    let shape = x.shape.replacing(-1, with: count)
    return (make(shape, found), makeIntegers(shape, places))
  }

  package func takeAlong(_ x: Tensor, _ ids: Tensor) -> Tensor {
    let (width, count) = (x.shape[-1], ids.shape[-1])
    let values = reals(x)
    return make(
      ids.shape, integers(ids).enumerated().map { values[$0 / count * width + Int($1)] })
  }

  package func putAlong(_ rows: Tensor, _ ids: Tensor, width: Int) -> Tensor {
    let shape = rows.shape.replacing(-1, with: width)
    var result = [Double](repeating: 0, count: shape.count)
    let added = reals(rows)
    for (n, id) in integers(ids).enumerated() {
      result[n / rows.shape[-1] * width + Int(id)] += added[n]
    }
    return make(shape, result)
  }

  // MARK: Random numbers

  package func dropoutMask(_ shape: Shape, _ dropout: Dropout) -> Tensor {
    let threshold = ReferenceBackend.dropoutThreshold(dropout.rate)
    let kept = 1 / (1 - Double(dropout.rate))
    return make(
      shape,
      (0..<shape.count).map { i in
        let block = philoxBlock(UInt64(i / 8), key: dropout.key)
        let word = block[i % 8 / 2]
        let half = i % 2 == 0 ? word & 0xFFFF : word >> 16
        return half >= threshold ? kept : 0
      })
  }

  private func philoxBlock(_ counter: UInt64, key: UInt64) -> SIMD4<UInt32> {
    Philox.block(
      counter: SIMD4(
        UInt32(truncatingIfNeeded: counter), UInt32(truncatingIfNeeded: counter >> 32), 0, 0),
      key: SIMD2(UInt32(truncatingIfNeeded: key), UInt32(truncatingIfNeeded: key >> 32)))
  }

  package func random(_ distribution: Distribution, _ shape: Shape, key: UInt64) -> Tensor {
    let words = (0..<((shape.count + 31) / 32 * 32)).map { i in
      philoxBlock(UInt64(i / 4), key: key)[i % 4]
    }
    return make(
      shape,
      (0..<shape.count).map { i in
        switch distribution {
        case .uniform: return Double(words[i] >> 8) * 0x1p-24
        case .gumbel: return -log(-log((Double(words[i] >> 9) + 0.5) * 0x1p-23))
        case .normal:
          let first = i / 32 * 32 + i % 16
          let radius = (-2 * log((Double(words[first] >> 8) + 1) * 0x1p-24)).squareRoot()
          let angle = 2 * Double.pi * Double(words[first + 16] >> 8) * 0x1p-24
          return radius * (i % 32 < 16 ? cos(angle) : sin(angle))
        }
      })
  }

  // MARK: Storage

  /// Returns a new tensor of `shape` that holds `values` in row-major order.
  package func make(_ shape: Shape, _ values: [Double]) -> Tensor {
    precondition(values.count == shape.count, "\(values.count) values for shape \(shape)")
    let result = Tensor(uninitialized: shape, .float64, on: self)
    let target = result.storage.pointer.assumingMemoryBound(to: Double.self)
    for (i, value) in values.enumerated() { target[i] = value }
    return result
  }

  private func makeIntegers(_ shape: Shape, _ values: [Int32]) -> Tensor {
    precondition(values.count == shape.count, "\(values.count) values for shape \(shape)")
    let result = Tensor(uninitialized: shape, .int32, on: self)
    let target = result.storage.pointer.assumingMemoryBound(to: Int32.self)
    for (i, value) in values.enumerated() { target[i] = value }
    return result
  }

  private func reals(_ x: Tensor) -> [Double] {
    precondition(x.dtype == .float64, "the reference computes in float64, not \(x.dtype)")
    let source = x.storage.pointer.assumingMemoryBound(to: Double.self)
    return positions(x.layout).map { source[$0] }
  }

  private func integers(_ x: Tensor) -> [Int32] {
    precondition(x.dtype == .int32, "expected integers, found \(x.dtype)")
    let source = x.storage.pointer.assumingMemoryBound(to: Int32.self)
    return positions(x.layout).map { source[$0] }
  }
}

extension Tensor {
  /// Creates a tensor of real numbers in full double precision, for finite differences.
  package init(doubles values: [Double], _ shape: Shape, on backend: ReferenceBackend) {
    self = backend.make(shape, values)
  }
}

/// Returns where in its storage each element of a tensor lies, in row-major order.
package func positions(_ layout: Layout) -> [Int] {
  var result = [layout.offset]
  for (size, stride) in zip(layout.shape.dimensions, layout.strides) {
    var next: [Int] = []
    next.reserveCapacity(result.count * size)
    for start in result {
      for index in 0..<size { next.append(start + index * stride) }
    }
    result = next
  }
  return result
}

/// Φ(x), the distribution function of the standard normal.
private func normalDistribution(_ x: Double) -> Double { 0.5 * erfc(-x / 2.0.squareRoot()) }

/// φ(x), the density of the standard normal.
private func normalDensity(_ x: Double) -> Double {
  exp(-0.5 * x * x) / (2 * Double.pi).squareRoot()
}
