import Synchronization

/// The memory behind tensors, aligned to 64 bytes, and the backend that may read and write it.
///
/// `@unchecked Sendable`: written only by the kernel that creates it or through a unique reference,
/// read-only once a second reference exists.
package final class Storage: @unchecked Sendable {
  /// Where the memory begins.
  package let pointer: UnsafeMutableRawPointer
  /// Its size.
  package let byteCount: Int
  /// Who computes with it.
  package let backend: any Backend
  private let pool: StoragePool

  /// Takes `byteCount` bytes from `pool`; their contents are undefined.
  package init(byteCount: Int, backend: any Backend, pool: StoragePool) {
    self.byteCount = byteCount
    self.backend = backend
    self.pool = pool
    pointer = pool.take(byteCount)
  }

  deinit { pool.give(pointer, byteCount) }
}

/// Keeps freed blocks by size class, so that a steady training run asks the system for nothing.
package final class StoragePool: Sendable {
  /// What the pool holds and has handed out.
  package struct Statistics: Equatable, Sendable {
    /// Bytes now in use by live storages, as asked for.
    package var liveBytes = 0
    /// Bytes of freed blocks that are kept for later.
    package var keptBytes = 0
    /// Blocks ever asked of the system.
    package var systemAllocations = 0
  }

  private struct State {
    // Blocks are passed as bit patterns, since pointers are not Sendable.
    var free: [Int: [UInt]] = [:]
    var statistics = Statistics()
    // Bytes of whole blocks: in use, and their largest sum so far.
    var used = 0
    var mostUsed = 0
  }

  /// The alignment of every block in bytes: a cache line, and the widest vector.
  package static let alignment = 64
  private static let alwaysKept = 16 << 20
  private let state = Mutex(State())

  /// Creates a pool that holds nothing.
  package init() {}

  /// What is in use, and what was ever asked of the system.
  package var statistics: Statistics { state.withLock { $0.statistics } }

  /// The block size that serves `byteCount`: powers of two and their halves between, at least 64.
  private static func sizeClass(_ byteCount: Int) -> Int {
    var size = alignment
    while size < byteCount {
      if size + size / 2 >= byteCount && size > alignment { return size + size / 2 }
      size *= 2
    }
    return size
  }

  fileprivate func take(_ byteCount: Int) -> UnsafeMutableRawPointer {
    let size = StoragePool.sizeClass(byteCount)
    let pattern = state.withLock { state -> UInt in
      state.statistics.liveBytes += byteCount
      state.used += size
      state.mostUsed = max(state.mostUsed, state.used)
      if let block = state.free[size]?.popLast() {
        state.statistics.keptBytes -= size
        return block
      }
      state.statistics.systemAllocations += 1
      return UInt(
        bitPattern: UnsafeMutableRawPointer.allocate(
          byteCount: size, alignment: StoragePool.alignment))
    }
    guard let pointer = UnsafeMutableRawPointer(bitPattern: pattern) else {
      preconditionFailure("the pool keeps no null blocks")
    }
    return pointer
  }

  fileprivate func give(_ pointer: UnsafeMutableRawPointer, _ byteCount: Int) {
    let size = StoragePool.sizeClass(byteCount)
    let pattern = UInt(bitPattern: pointer)
    // Sizes that come once do not stay for good. A steady run needs more than was ever in use at once,
    // since its classes are not full at the same time.
    let isKept = state.withLock { state -> Bool in
      state.statistics.liveBytes -= byteCount
      state.used -= size
      let limit = max(2 * state.mostUsed, StoragePool.alwaysKept)
      guard state.statistics.keptBytes + size <= limit else { return false }
      state.statistics.keptBytes += size
      state.free[size, default: []].append(pattern)
      return true
    }
    if !isKept { pointer.deallocate() }
  }
}
