import CKernels

/// The backend of processors: float32 and bfloat16 kernels written in C, run by one pool of threads.
///
/// Work is divided into blocks that depend on the operands' shapes alone, and partial sums are added in
/// the order of the blocks, so the number of threads changes no bit of a result.
package final class CPUBackend: Backend {
  /// The only instance.
  package static let shared = CPUBackend()

  package let real = DType.float32
  /// Where every storage and every kernel's scratch memory comes from.
  package let pool = StoragePool()

  private init() {}

  package func makeStorage(byteCount: Int) -> Storage {
    Storage(byteCount: byteCount, backend: self, pool: pool)
  }

  package func upload(_ values: [Float], _ shape: Shape) -> Tensor {
    precondition(values.count == shape.count, "\(values.count) values for shape \(shape)")
    let result = Tensor(uninitialized: shape, .float32, on: self)
    fill(result, with: values)
    return result
  }

  package func upload(_ values: [Int32], _ shape: Shape) -> Tensor {
    precondition(values.count == shape.count, "\(values.count) values for shape \(shape)")
    let result = Tensor(uninitialized: shape, .int32, on: self)
    fill(result, with: values)
    return result
  }

  private func fill<Element>(_ result: Tensor, with values: [Element]) {
    values.withUnsafeBytes { bytes in
      if let first = bytes.baseAddress {
        result.storage.pointer.copyMemory(from: first, byteCount: bytes.count)
      }
    }
  }

  package func download(_ x: Tensor) -> [Double] {
    let x = widened(x).contiguous()
    defer { extendLifetime(x) }
    let count = x.shape.count
    switch x.dtype {
    case .float32: return UnsafeBufferPointer(start: floats(x), count: count).map { Double($0) }
    case .int32: return UnsafeBufferPointer(start: integers(x), count: count).map { Double($0) }
    case .bfloat16, .float64: preconditionFailure("the CPU backend holds no \(x.dtype)")
    }
  }
}

/// The machine code that matrix products run, chosen at the process's start for its processor.
public enum InstructionSet {
  /// Its name: "avx512", "avx2" or "portable".
  public static var name: String { String(cString: ck_isa_name()) }
}

extension CPUBackend {
  package func downloadFloats(_ x: Tensor) -> [Float] {
    guard x.dtype != .int32 else { return download(x).map { Float($0) } }
    let x = widened(x).contiguous()
    defer { extendLifetime(x) }
    return Array(UnsafeBufferPointer(start: floats(x), count: x.shape.count))
  }
}

/// The threads that compute: one pool for the whole process.
public enum Threads {
  /// The number of threads, the calling one included; at first the processors the process may use.
  ///
  /// Results do not depend on it. Set it between computations, not while one runs.
  public static var count: Int {
    get { Int(ck_threads()) }
    set {
      precondition(newValue >= 1, "Threads.count: \(newValue) is less than 1")
      ck_set_threads(Int32(clamping: newValue))
    }
  }

  /// Makes any computation of the calling thread on the pool's threads a trap from now on.
  ///
  /// For a thread that works beside the one that computes: while it was in the pool, the other's
  /// operations would run on one thread.
  package static func forbidParallelRegions() { ck_forbid_parallel() }

  /// Returns what `body` makes of each of 0 ..< `count`, in order, computed on the pool's threads.
  ///
  /// For work that is no operation on tensors, such as lines of text; `body` is called by several threads
  /// at once.
  package static func map<Result>(_ count: Int, _ body: (Int) -> Result) -> [Result] {
    [Result](unsafeUninitializedCapacity: count) { buffer, initializedCount in
      nonisolated(unsafe) let buffer = buffer
      CPUBackend.shared.parallel(count) { buffer.initializeElement(at: $0, to: body($0)) }
      initializedCount = count
    }
  }
}
