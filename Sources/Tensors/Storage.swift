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
    /// Blocks ever asked of the system.
    package var systemAllocations = 0
  }

  private struct State {
    // Blocks are passed as bit patterns, since pointers are not Sendable.
    var free: [Int: [UInt]] = [:]
    var statistics = Statistics()
    // Bytes of whole blocks: in use, their largest sum so far, and kept for later.
    var used = 0
    var mostUsed = 0
    var kept = 0
  }

  /// The alignment of every block in bytes: a cache line, and the widest vector.
  package static let alignment = 64
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
        state.kept -= size
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
    // As much is kept as was ever in use at once, so that sizes that come once do not stay for good.
    let isKept = state.withLock { state -> Bool in
      state.statistics.liveBytes -= byteCount
      state.used -= size
      guard state.kept + size <= state.mostUsed else { return false }
      state.kept += size
      state.free[size, default: []].append(pattern)
      return true
    }
    if !isKept { pointer.deallocate() }
  }
}
