import CKernels

// How kernels get at memory, and how their work is divided.

extension CPUBackend {
  /// Elements of one block of elementwise work: its operands stay in the second-level cache, and it
  /// takes several times as long as handing it to a thread.
  static let blockSize = 16_384

  /// Runs `body` for each index in 0 ..< `count` on the pool's threads.
  func parallel(_ count: Int, _ body: (Int) -> Void) {
    guard count > 1 else {
      if count == 1 { body(0) }
      return
    }
    withoutActuallyEscaping(body) { body in
      var body = body
      withUnsafeMutablePointer(to: &body) { context in
        ck_parallel(
          count,
          { context, index in
            context?.assumingMemoryBound(to: ((Int) -> Void).self).pointee(index)
          }, context)
      }
    }
  }

  /// Runs `body` for the blocks of 0 ..< `count`, each but the last of `size`, on the pool's threads.
  func parallel(blocksOf size: Int, in count: Int, _ body: (Range<Int>) -> Void) {
    parallel((count + size - 1) / size) { block in
      body((block * size)..<min(count, (block + 1) * size))
    }
  }

  /// The rows of `width` elements that make up one block of elementwise work.
  func rowsPerBlock(_ width: Int) -> Int { max(1, CPUBackend.blockSize / max(1, width)) }

  /// Returns a new tensor, of undefined contents.
  func make(_ shape: Shape, _ dtype: DType = .float32) -> Tensor {
    Tensor(uninitialized: shape, dtype, on: self)
  }

  /// Returns scratch memory for `count` floats.
  func scratch(_ count: Int) -> Tensor { make([count]) }

  /// Returns what an elementwise `function` makes of operands that lie in memory without gaps and all in one
  /// order of their axes, in that order too; nil where they do not, or are contiguous.
  func inMemoryOrder(_ operands: [Tensor], _ function: ([Tensor]) -> Tensor) -> Tensor? {
    let layout = operands[0].layout
    guard !layout.isContiguous && layout.isDense,
      operands.dropFirst().allSatisfy({ $0.layout.agrees(with: layout) })
    else { return nil }
    let y = function(
      operands.map {
        $0.view(Layout(shape: [layout.shape.count], strides: [1], offset: $0.layout.offset))
      })
    return y.view(Layout(shape: layout.shape, strides: layout.strides, offset: y.layout.offset))
  }

  /// Where the elements of a float32 tensor begin; valid while the tensor is held.
  func floats(_ x: Tensor) -> UnsafePointer<Float> {
    precondition(x.dtype == .float32, "the operand holds \(x.dtype), not float32")
    return UnsafePointer(x.storage.pointer.assumingMemoryBound(to: Float.self) + x.layout.offset)
  }

  /// Where the elements of a new or writable float32 tensor begin; valid while the tensor is held.
  func mutableFloats(_ x: Tensor) -> UnsafeMutablePointer<Float> {
    UnsafeMutablePointer(mutating: floats(x))
  }

  /// Where the elements of a bfloat16 tensor begin; valid while the tensor is held.
  func halves(_ x: Tensor) -> UnsafeMutablePointer<UInt16> {
    precondition(x.dtype == .bfloat16, "the operand holds \(x.dtype), not bfloat16")
    return x.storage.pointer.assumingMemoryBound(to: UInt16.self) + x.layout.offset
  }

  /// Where element `index` of a tensor's memory lies, counted from its first; valid while the tensor is
  /// held.
  func elements(_ x: Tensor, _ index: Int = 0) -> UnsafeMutableRawPointer {
    x.storage.pointer + (x.layout.offset + index) * x.dtype.byteCount
  }

  /// Where the elements of an int32 tensor begin; valid while the tensor is held.
  func integers(_ x: Tensor) -> UnsafePointer<Int32> {
    precondition(x.dtype == .int32, "the operand holds \(x.dtype), not int32")
    return UnsafePointer(x.storage.pointer.assumingMemoryBound(to: Int32.self) + x.layout.offset)
  }
}

/// Calls `body` with where the value lies, or with nil if there is none.
func withOptionalPointer<Value>(to value: Value?, _ body: (UnsafePointer<Value>?) -> Void) {
  guard let value else { return body(nil) }
  withUnsafePointer(to: value) { body($0) }
}

/// An index space that operands of different layouts share, with as few axes as their strides allow.
struct IndexSpace {
  /// The sizes, at least one, outermost first.
  var sizes: [Int] = []
  /// The strides of each operand along these axes.
  var strides: [[Int]]

  // Shared, since elementwise work on small tensors would spend its time on making arrays.
  private static let contiguousStrides = [[Int]](repeating: [1], count: 3)

  /// Drops axes of size 1 and joins neighbouring axes that lie one inside the other in every layout.
  /// There are at most three layouts, all of one shape.
  init(_ layouts: Layout...) {
    let shape = layouts[0].shape
    if layouts.allSatisfy({ $0.isContiguous }) {
      (sizes, strides) = ([shape.count], IndexSpace.contiguousStrides)
      return
    }
    strides = layouts.map { _ in [] }
    for axis in 0..<shape.rank where shape.dimensions[axis] != 1 {
      let size = shape.dimensions[axis]
      let last = sizes.count - 1
      let joins =
        last >= 0
        && layouts.indices.allSatisfy { strides[$0][last] == layouts[$0].strides[axis] * size }
      if joins {
        sizes[last] *= size
        for operand in layouts.indices { strides[operand][last] = layouts[operand].strides[axis] }
      } else {
        sizes.append(size)
        for operand in layouts.indices { strides[operand].append(layouts[operand].strides[axis]) }
      }
    }
    if sizes.isEmpty {
      sizes = [1]
      for operand in layouts.indices { strides[operand] = [1] }
    }
    precondition(
      sizes.count <= Int(CK_MAX_RANK), "a kernel takes \(CK_MAX_RANK) axes; \(shape) has more")
  }
}
