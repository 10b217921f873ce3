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
    // Free blocks by size class, passed as bit patterns, since pointers are not Sendable.
    var free = [[UInt]](repeating: [], count: SizeClass.count)
    var statistics = Statistics()
    // Bytes of whole blocks: in use, their largest sum so far, and the least since it was reached.
    var used = 0
    var mostUsed = 0
    var leastUsed = 0
  }

  /// The size of block that serves a number of bytes: eight sizes from each power of two to the next, so
  /// that at most an eighth of a block lies idle.
  private struct SizeClass {
    static let count = 8 * Int.bitWidth
    private static let steps = 8

    /// The number of the class.
    let index: Int
    /// The size of its blocks in bytes, a multiple of the alignment.
    let size: Int

    init(_ byteCount: Int) {
      let lines = max(1, (byteCount + StoragePool.alignment - 1) / StoragePool.alignment)
      let power = Int.bitWidth - 1 - lines.leadingZeroBitCount  // 2^power ≤ lines
      let step = max(1, (1 << power) / SizeClass.steps)
      let rounded = (lines + step - 1) / step
      index = power * SizeClass.steps + rounded - (1 << power) / step
      size = rounded * step * StoragePool.alignment
    }
  }

  /// The alignment of every block in bytes: a cache line, and the widest vector.
  package static let alignment = 64
  private static let alwaysKept = 8 << 20
  private let state = Mutex(State())

  /// Creates a pool that holds nothing.
  package init() {}

  /// What is in use, and what was ever asked of the system.
  package var statistics: Statistics { state.withLock { $0.statistics } }

  fileprivate func take(_ byteCount: Int) -> UnsafeMutableRawPointer {
    let block = SizeClass(byteCount)
    let pattern = state.withLock { state -> UInt in
      state.statistics.liveBytes += byteCount
      state.used += block.size
      if state.used > state.mostUsed {
        (state.mostUsed, state.leastUsed) = (state.used, state.used)
      }
      if let free = state.free[block.index].popLast() {
        state.statistics.keptBytes -= block.size
        return free
      }
      state.statistics.systemAllocations += 1
      return UInt(
        bitPattern: UnsafeMutableRawPointer.allocate(
          byteCount: block.size, alignment: StoragePool.alignment))
    }
    guard let pointer = UnsafeMutableRawPointer(bitPattern: pattern) else {
      preconditionFailure("the pool keeps no null blocks")
    }
    return pointer
  }

  fileprivate func give(_ pointer: UnsafeMutableRawPointer, _ byteCount: Int) {
    let block = SizeClass(byteCount)
    let pattern = UInt(bitPattern: pointer)
    // Sizes that come once do not stay for good. A steady run needs more than what comes and goes was ever in use
    // at once, since its classes are not full at the same time; what stays, as weights do, needs no reserve.
    let isKept = state.withLock { state -> Bool in
      state.statistics.liveBytes -= byteCount
      state.used -= block.size
      state.leastUsed = min(state.leastUsed, state.used)
      let limit = max(2 * (state.mostUsed - state.leastUsed), StoragePool.alwaysKept)
      guard state.statistics.keptBytes + block.size <= limit else { return false }
      state.statistics.keptBytes += block.size
      state.free[block.index].append(pattern)
      return true
    }
    if !isKept { pointer.deallocate() }
  }
}
