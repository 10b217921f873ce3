import CKernels

extension CPUBackend {
  package func gated(_ x: Tensor, saving: Bool) -> (y: Tensor, gates: Tensor?) {
    let rows = Rows(x, self)
    let y = rows.make(rows.channels / 2, x.dtype)
    let gates = saving ? rows.make(rows.channels, x.dtype) : nil
    let n = rows.channels / 2
    parallel(blocksOf: rowsPerBlock(rows.channels), in: rows.count) { block in
      let first = block.lowerBound * n
      ck_gated(
        x.dtype.kernelType, elements(rows.tensor, 2 * first), elements(y, first),
        gates.map { elements($0, 2 * first) }, block.count, n)
    }
    extendLifetime(rows)
    return (rows.restored(y), gates.map { rows.restored($0) })
  }

  package func gatedBackward(_ dy: Tensor, gates: Tensor) -> Tensor {
    let (rows, gradient) = (Rows(gates, self), Rows(dy, self))
    let n = gradient.channels
    let precision = gates.dtype == .bfloat16 ? Precision.bfloat16 : .float32
    let source = converted(gradient.tensor, to: precision)
    let dx = rows.make(rows.channels, gates.dtype)
    parallel(blocksOf: rowsPerBlock(rows.channels), in: rows.count) { block in
      let first = block.lowerBound * n
      ck_gated_backward(
        gates.dtype.kernelType, elements(rows.tensor, 2 * first), elements(source, first),
        elements(dx, 2 * first), block.count, n)
    }
    extendLifetime((rows, source))
    return rows.restored(dx)
  }
}

/// A tensor [B, C, …] with its channels last in memory: [… or B, C].
private struct Rows {
  /// The rows, contiguous [rows, C].
  let tensor: Tensor
  private let shape: Shape
  private let backend: CPUBackend

  var channels: Int { tensor.shape[1] }
  var count: Int { tensor.shape[0] }

  init(_ x: Tensor, _ backend: CPUBackend) {
    (shape, self.backend) = (x.shape, backend)
    let ordered = x.shape.rank == 4 ? backend.pixelOrdered(x).permuted([2, 3, 0, 1]) : Rows.last(x)
    let c = x.shape[1]
    tensor = ordered.contiguous().reshaped([c == 0 ? 0 : x.shape.count / c, c])
  }

  /// Returns `x` with axis 1 behind all others.
  private static func last(_ x: Tensor) -> Tensor {
    x.permuted([0] + Array(2..<x.shape.rank) + [1])
  }

  /// Returns new rows of `channels`.
  func make(_ channels: Int, _ dtype: DType) -> Tensor { backend.make([count, channels], dtype) }

  /// Returns rows with `channels` in the form that the tensor had.
  func restored(_ rows: Tensor) -> Tensor {
    let shape = shape.replacing(1, with: rows.shape[1])
    if shape.rank == 4 { return rows.view(.pixelOrder(shape)) }
    let sizes = [shape[0]] + shape.dimensions.dropFirst(2) + [shape[1]]
    let axes = [0, shape.rank - 1] + Array(1..<(shape.rank - 1))
    return rows.reshaped(Shape(sizes)).permuted(axes)
  }
}
