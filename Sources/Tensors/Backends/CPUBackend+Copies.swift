import CKernels

extension CPUBackend {
  package func copy(_ x: Tensor) -> Tensor {
    let y = Tensor(uninitialized: x.shape, x.dtype, on: self)
    write(x, y, at: y.layout)
    return y
  }

  package func copy(_ x: Tensor, into y: inout Tensor, at view: Layout) {
    precondition(x.shape == view.shape, "copy: \(x.shape) into \(view.shape)")
    let x = y.dtype == .bfloat16 ? narrowed(x) : y.dtype == .float32 ? widened(x) : x
    precondition(x.dtype == y.dtype, "copy: \(x.dtype) into \(y.dtype)")
    y.makeWritable()
    write(x, y, at: view)
  }

  /// Writes `x` into the elements of y's storage that `view` selects.
  private func write(_ x: Tensor, _ y: Tensor, at view: Layout) {
    let space = IndexSpace(x.layout, view)
    if x.dtype == .bfloat16 {
      let source = halves(x)
      let target = y.storage.pointer.assumingMemoryBound(to: UInt16.self) + view.offset
      parallel(blocksOf: CPUBackend.blockSize, in: x.shape.count) { block in
        ck_copy_16(
          space.sizes.count, space.sizes, source, space.strides[0], target, space.strides[1],
          block.lowerBound, block.count)
      }
      return
    }
    let source = x.storage.pointer.assumingMemoryBound(to: UInt32.self) + x.layout.offset
    let target = y.storage.pointer.assumingMemoryBound(to: UInt32.self) + view.offset
    if let matrices = Transposition(space) { return exchange(matrices, source, target) }
    parallel(blocksOf: CPUBackend.blockSize, in: x.shape.count) { block in
      ck_copy_32(
        space.sizes.count, space.sizes, source, space.strides[0], target, space.strides[1],
        block.lowerBound, block.count)
    }
  }

  /// Copies matrices whose rows become columns, by strips of rows that the tiles of 16 × 16 fill.
  private func exchange(
    _ matrices: Transposition, _ source: UnsafePointer<UInt32>,
    _ target: UnsafeMutablePointer<UInt32>
  ) {
    let strip = 64
    let strips = max(1, matrices.rows / strip)  // the last one takes what is left
    let perBlock = max(1, CPUBackend.blockSize / (strip * matrices.columns))
    let x = UnsafeRawPointer(source).assumingMemoryBound(to: Float.self)
    let y = UnsafeMutableRawPointer(target).assumingMemoryBound(to: Float.self)
    parallel(blocksOf: perBlock, in: matrices.count * strips) { block in
      for index in block {
        let (from, to) = matrices.offsets(index / strips)
        let first = index % strips * strip
        let rows = index % strips == strips - 1 ? matrices.rows - first : strip
        ck_transpose_32(
          rows, matrices.columns, x + from + first * matrices.sourceRow, matrices.sourceRow,
          y + to + first, matrices.targetRow)
      }
    }
  }
}

/// A copy that exchanges the rows and columns of matrices: the source has no gaps along one axis, the
/// target along another.
private struct Transposition {
  let rows: Int
  let columns: Int
  /// The distance between rows in the source, and between columns in the target.
  let sourceRow: Int
  let targetRow: Int
  /// The axes that count the matrices: sizes, and strides in source and target.
  private let outer: [(size: Int, source: Int, target: Int)]
  /// The number of matrices.
  var count: Int { outer.reduce(1) { $0 * $1.size } }

  /// Returns nil if the space is no such copy, or its matrices are smaller than one tile.
  init?(_ space: IndexSpace) {
    let axes = space.sizes.indices
    guard let column = axes.last(where: { space.strides[0][$0] == 1 }),
      let row = axes.last(where: { space.strides[1][$0] == 1 }), row != column,
      space.sizes[row] >= 16, space.sizes[column] >= 16
    else { return nil }
    (rows, columns) = (space.sizes[row], space.sizes[column])
    (sourceRow, targetRow) = (space.strides[0][row], space.strides[1][column])
    outer = axes.filter { $0 != row && $0 != column }.map {
      (space.sizes[$0], space.strides[0][$0], space.strides[1][$0])
    }
  }

  /// Where matrix `index` begins in source and target.
  func offsets(_ index: Int) -> (source: Int, target: Int) {
    var rest = index
    var result = (source: 0, target: 0)
    for axis in outer.reversed() {
      result.source += rest % axis.size * axis.source
      result.target += rest % axis.size * axis.target
      rest /= axis.size
    }
    return result
  }
}
