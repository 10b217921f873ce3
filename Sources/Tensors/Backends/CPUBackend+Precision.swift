import CKernels

// How bfloat16 tensors meet kernels: as they are, where a kernel takes both types; else as float32, a
// piece at a time where the operation is elementwise.

extension CPUBackend {
  /// Elements that are widened at a time, so that they stay in the first-level cache.
  private static let pieceSize = 2048

  package func converted(_ x: Tensor, to precision: Precision) -> Tensor {
    guard x.dtype != precision.dtype else { return x.contiguous() }
    let x = x.contiguous()
    let y = make(x.shape, precision.dtype)
    parallel(blocksOf: CPUBackend.blockSize, in: x.shape.count) { block in
      switch precision {
      case .float32:
        ck_widen(halves(x) + block.lowerBound, mutableFloats(y) + block.lowerBound, block.count)
      case .bfloat16:
        ck_narrow(floats(x) + block.lowerBound, halves(y) + block.lowerBound, block.count)
      }
    }
    extendLifetime(x)
    return y
  }

  /// Returns a real tensor as float32, in which every kernel computes that has no other form.
  func widened(_ x: Tensor) -> Tensor {
    x.dtype == .bfloat16 ? converted(x, to: .float32) : x
  }

  /// Returns a real tensor as bfloat16.
  func narrowed(_ x: Tensor) -> Tensor {
    x.dtype == .bfloat16 ? x : converted(x, to: .bfloat16)
  }

  /// Returns two operands in one precision: bfloat16 if both are, else float32.
  func alike(_ x: Tensor, _ y: Tensor) -> (Tensor, Tensor) {
    x.dtype == y.dtype ? (x, y) : (widened(x), widened(y))
  }

  /// Runs `body` on pieces of `block` with float32 room for each, and rounds what it leaves there into y.
  ///
  /// - Parameters:
  ///   - block: elements of `operands` and y, which are contiguous and of bfloat16.
  ///   - operands: what `body` finds widened in its first pointers; at most three.
  ///   - y: the result.
  ///   - body: given the operands' room, of which the first also receives the result, and the count.
  func rounding(
    _ block: Range<Int>, _ operands: [UnsafeMutablePointer<UInt16>],
    into y: UnsafeMutablePointer<UInt16>, _ body: ([UnsafeMutablePointer<Float>], Int) -> Void
  ) {
    let size = CPUBackend.pieceSize
    withUnsafeTemporaryAllocation(of: Float.self, capacity: size * operands.count) { room in
      guard let base = room.baseAddress else { return }
      let rooms = operands.indices.map { base + $0 * size }
      for first in stride(from: block.lowerBound, to: block.upperBound, by: size) {
        let count = min(size, block.upperBound - first)
        for (operand, room) in Swift.zip(operands, rooms) { ck_widen(operand + first, room, count) }
        body(rooms, count)
        ck_narrow(base, y + first, count)
      }
    }
  }
}

extension DType {
  /// The kernels' number for a real type.
  var kernelType: Int32 {
    precondition(self == .float32 || self == .bfloat16, "the CPU's kernels compute with no \(self)")
    return Int32(self == .float32 ? CK_FLOAT32.rawValue : CK_BFLOAT16.rawValue)
  }
}
