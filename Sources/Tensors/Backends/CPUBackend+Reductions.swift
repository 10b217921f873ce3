import CKernels

extension CPUBackend {
  package func reduce(_ reduction: Reduction, _ x: Tensor, axis: Int) -> Tensor {
    let axis = x.shape.normalized(axis)
    let size = x.shape.dimensions[axis]
    let outer = x.shape.dimensions[..<axis].reduce(1, *)
    let inner = x.shape.dimensions[(axis + 1)...].reduce(1, *)
    // Sums over rows, such as a bias's gradient, read bfloat16 as it is.
    let x = inner > 1 && reduction == .sum ? x.contiguous() : widened(x).contiguous()
    let y = make(x.shape.replacing(axis, with: 1))
    let target = mutableFloats(y)
    if inner == 1 {
      reduceRows(reduction, floats(x), target, rows: outer, columns: size)
    } else {
      parallel(blocksOf: rowsPerBlock(size * inner), in: outer) { block in
        for matrix in block {
          reduceColumns(
            reduction, x.dtype, elements(x, matrix * size * inner), target + matrix * inner,
            rows: size, columns: inner)
        }
      }
    }
    extendLifetime(x)
    return y
  }

  /// y[r] = reduction of x[r, c] over c; a long row is taken in blocks, whose results are reduced.
  private func reduceRows(
    _ reduction: Reduction, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, rows: Int,
    columns: Int
  ) {
    let kernel =
      switch reduction {
      case .sum: ck_sum_rows_f32
      case .maximum: ck_max_rows_f32
      }
    let size = CPUBackend.blockSize
    guard columns > 2 * size else {
      parallel(blocksOf: rowsPerBlock(columns), in: rows) { block in
        kernel(x + block.lowerBound * columns, y + block.lowerBound, block.count, columns)
      }
      return
    }
    let blocks = (columns + size - 1) / size
    let partial = scratch(rows * blocks)
    let results = mutableFloats(partial)  // [rows, blocks]
    parallel(rows * blocks) { index in
      let (row, first) = (index / blocks, index % blocks * size)
      kernel(x + row * columns + first, results + index, 1, min(size, columns - first))
    }
    kernel(results, y, rows, blocks)
    extendLifetime(partial)
  }

  /// y[c] = reduction of x[r, c] over r, by blocks of rows, whose results are reduced in order.
  private func reduceColumns(
    _ reduction: Reduction, _ dtype: DType, _ x: UnsafeRawPointer, _ y: UnsafeMutablePointer<Float>,
    rows: Int, columns: Int
  ) {
    func reduce(
      _ dtype: DType, _ x: UnsafeRawPointer, _ y: UnsafeMutablePointer<Float>, _ rows: Int
    ) {
      switch reduction {
      case .sum: ck_sum_columns(dtype.kernelType, x, columns, y, rows, columns)
      case .maximum:
        ck_max_columns_f32(x.assumingMemoryBound(to: Float.self), columns, y, rows, columns)
      }
    }
    let size = max(64, rowsPerBlock(columns))
    guard rows > size else { return reduce(dtype, x, y, rows) }
    let blocks = (rows + size - 1) / size
    let partial = scratch(blocks * columns)
    let results = mutableFloats(partial)  // [blocks, columns]
    parallel(blocksOf: size, in: rows) { block in
      reduce(
        dtype, x + block.lowerBound * columns * dtype.byteCount,
        results + block.lowerBound / size * columns, block.count)
    }
    reduce(.float32, results, y, blocks)
    extendLifetime(partial)
  }

  package func sumOfSquares(_ x: Tensor) -> Double {
    let x = widened(x).contiguous()
    defer { extendLifetime(x) }
    let source = floats(x)
    return sumOfBlocks(x.shape.count) { block in
      ck_sum_of_squares_f32(source + block.lowerBound, block.count)
    }
  }

  /// Returns the sum of what `term` gives for the blocks of 0 ..< `count`, added in their order.
  func sumOfBlocks(_ count: Int, _ term: (Range<Int>) -> Double) -> Double {
    let size = CPUBackend.blockSize
    var partial = [Double](repeating: 0, count: (count + size - 1) / size)
    partial.withUnsafeMutableBufferPointer { partial in
      parallel(blocksOf: size, in: count) { block in
        partial[block.lowerBound / size] = term(block)
      }
    }
    return partial.reduce(0, +)
  }

  /// Returns for each row the index of its largest element, the first of equals. A NaN counts as larger
  /// than every number.
  package func argMax(_ x: Tensor) -> Tensor {
    let columns = x.shape[-1]
    precondition(columns > 0, "argMax of rows without elements: \(x.shape)")
    let x = widened(x).contiguous()
    let y = Tensor(uninitialized: Shape(x.shape.dimensions.dropLast()), .int32, on: self)
    let source = floats(x)
    let target = y.storage.pointer.assumingMemoryBound(to: Int32.self)
    parallel(blocksOf: rowsPerBlock(columns), in: y.shape.count) { block in
      ck_argmax_rows_f32(
        source + block.lowerBound * columns, target + block.lowerBound, block.count, columns)
    }
    extendLifetime(x)
    return y
  }
}
