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
  func write(_ x: Tensor, _ y: Tensor, at view: Layout) {
    let order = WritingOrder(x.layout, view)
    switch x.dtype.byteCount {
    case 2:
      write(
        order, x.storage.pointer.assumingMemoryBound(to: UInt16.self) + x.layout.offset,
        y.storage.pointer.assumingMemoryBound(to: UInt16.self) + view.offset, ck_copy_16,
        ck_transpose_16)
    case 4:
      write(
        order, x.storage.pointer.assumingMemoryBound(to: UInt32.self) + x.layout.offset,
        y.storage.pointer.assumingMemoryBound(to: UInt32.self) + view.offset, ck_copy_32,
        ck_transpose_32)
    default: preconditionFailure("the CPU backend holds no \(x.dtype)")
    }
  }

  private func write<Element>(
    _ order: WritingOrder, _ source: UnsafePointer<Element>,
    _ target: UnsafeMutablePointer<Element>,
    _ copy: CopyKernel<Element>, _ transpose: TransposeKernel<Element>
  ) {
    if let matrices = order.matrices {
      // Part of a matrix makes a block, or several matrices do.
      let (rows, columns) = (matrices.rows, matrices.columns)
      let width = min(columns, max(64, CPUBackend.blockSize / rows / 16 * 16))
      let parts = (columns + width - 1) / width
      let perBlock = max(1, CPUBackend.blockSize / (rows * width))
      parallel(blocksOf: perBlock, in: matrices.count * parts) { block in
        for index in block {
          let first = index % parts * width
          let (x, y) = matrices.offsets(index / parts)
          transpose(
            rows, min(width, columns - first), source + x + first, matrices.sourceRow,
            target + y + first * matrices.targetRow, matrices.targetRow)
        }
      }
    } else {
      let space = order.space
      let count = space.sizes.reduce(1, *)
      parallel(blocksOf: CPUBackend.blockSize, in: count) { block in
        copy(
          space.sizes.count, space.sizes, source, space.strides[0], target, space.strides[1],
          block.lowerBound, block.count)
      }
    }
  }
}

private typealias CopyKernel<Element> = (
  Int, UnsafePointer<Int>?, UnsafePointer<Element>?, UnsafePointer<Int>?,
  UnsafeMutablePointer<Element>?, UnsafePointer<Int>?, Int, Int
) -> Void
private typealias TransposeKernel<Element> = (
  Int, Int, UnsafePointer<Element>?, Int, UnsafeMutablePointer<Element>?, Int
) -> Void

/// The order of axes in which a copy writes its target from front to back.
private struct WritingOrder {
  /// The axes by falling strides in the target; the strides are the source's and the target's.
  let space: IndexSpace
  /// What the copy transposes, if it does.
  let matrices: Matrices?

  init(_ x: Layout, _ view: Layout) {
    if x.isContiguous && view.isContiguous {
      (space, matrices) = (IndexSpace(x, view), nil)
      return
    }
    let axes = (0..<view.shape.rank).filter { view.shape.dimensions[$0] != 1 }
      .sorted { view.strides[$0] > view.strides[$1] }
    space = IndexSpace(x.ordered(axes), view.ordered(axes))
    matrices = Matrices(space)
  }
}

/// Matrices whose rows become columns: the source has no gaps along their rows, the target along their
/// columns.
private struct Matrices {
  let rows: Int
  let columns: Int
  /// The distance between rows in the source, and between columns in the target.
  let sourceRow: Int
  let targetRow: Int
  /// The axes that count the matrices.
  private let others: [(size: Int, source: Int, target: Int)]

  /// The number of matrices.
  var count: Int { others.reduce(1) { $0 * $1.size } }

  /// Returns nil where both have no gaps along one axis, or one has gaps along each.
  init?(_ space: IndexSpace) {
    let last = space.sizes.count - 1
    guard space.strides[1][last] == 1, let column = space.strides[0].lastIndex(of: 1),
      column != last, space.sizes[column] >= 4, space.sizes[last] >= 4
    else { return nil }
    (rows, columns) = (space.sizes[last], space.sizes[column])
    (sourceRow, targetRow) = (space.strides[0][last], space.strides[1][column])
    others = (0..<last).filter { $0 != column }.map {
      (space.sizes[$0], space.strides[0][$0], space.strides[1][$0])
    }
  }

  /// Where matrix `index` begins in source and target.
  func offsets(_ index: Int) -> (source: Int, target: Int) {
    var rest = index
    var result = (source: 0, target: 0)
    for axis in others.reversed() {
      result.source += rest % axis.size * axis.source
      result.target += rest % axis.size * axis.target
      rest /= axis.size
    }
    return result
  }
}

extension Layout {
  /// The layout of the axes `axes` alone, in that order.
  fileprivate func ordered(_ axes: [Int]) -> Layout {
    Layout(
      shape: Shape(axes.map { shape.dimensions[$0] }), strides: axes.map { strides[$0] }, offset: 0)
  }
}
