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
  private let block: StoragePool.SizeClass

  /// Takes `byteCount` bytes from `pool`; their contents are undefined.
  package init(byteCount: Int, backend: any Backend, pool: StoragePool) {
    self.byteCount = byteCount
    self.backend = backend
    self.pool = pool
    (pointer, block) = pool.take(byteCount)
  }

  deinit { pool.give(pointer, byteCount, block) }
}

/// Keeps freed blocks by size class, so that a steady run asks the system for nothing: in training, where every step asks
/// for the same sizes, and at inference, where batches of many lengths come and go.
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
    // When each class was last asked for, in calls; what was asked for longest ago goes first.
    var asked = [Int](repeating: 0, count: SizeClass.count)
    var calls = 0
    var statistics = Statistics()
    // Bytes of whole blocks: in use, their largest sum so far, and the least since it was reached.
    var used = 0
    var mostUsed = 0
    var leastUsed = 0

    /// Takes the smallest kept block that serves a class, and at most half as much again as it needs.
    mutating func kept(for block: SizeClass) -> (pattern: UInt, block: SizeClass)? {
      calls += 1
      asked[block.index] = calls
      for larger in block.upToHalfAsMuchAgain {
        if let pattern = free[larger.index].popLast() {
          statistics.keptBytes -= larger.size
          return (pattern, larger)
        }
      }
      return nil
    }

    /// Lets go of kept blocks, those of the class first that was not asked for the longest, until no more than so many
    /// bytes are kept.
    mutating func shrink(to bytes: Int) -> [UInt] {
      var released: [UInt] = []
      while statistics.keptBytes > bytes {
        let held = free.indices.filter { !free[$0].isEmpty }
        guard let stalest = held.min(by: { asked[$0] < asked[$1] }) else { break }
        while statistics.keptBytes > bytes, let pattern = free[stalest].popLast() {
          statistics.keptBytes -= SizeClass(index: stalest).size
          released.append(pattern)
        }
      }
      return released
    }
  }

  /// The size of block that serves a number of bytes: eight sizes from each power of two to the next, so
  /// that at most an eighth of a block lies idle.
  fileprivate struct SizeClass {
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

    /// The class of a number.
    init(index: Int) {
      self.index = index
      let (power, steps) = index.quotientAndRemainder(dividingBy: SizeClass.steps)
      let lines = (1 << power) + steps * max(1, (1 << power) / SizeClass.steps)
      size = lines * StoragePool.alignment
    }

    /// This class and those above it whose blocks are at most half as large again.
    var upToHalfAsMuchAgain: LazyFilterSequence<LazyMapSequence<ClosedRange<Int>, SizeClass>> {
      (index...min(index + SizeClass.steps / 2, SizeClass.count - 1)).lazy
        .map { SizeClass(index: $0) }.filter { 2 * $0.size <= 3 * size }
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

  fileprivate func take(_ byteCount: Int) -> (UnsafeMutableRawPointer, SizeClass) {
    let wanted = SizeClass(byteCount)
    let (pattern, block) = state.withLock { state -> (UInt, SizeClass) in
      let kept = state.kept(for: wanted)
      state.statistics.liveBytes += byteCount
      state.used += (kept?.block ?? wanted).size
      if state.used > state.mostUsed {
        (state.mostUsed, state.leastUsed) = (state.used, state.used)
      }
      if let kept { return kept }
      state.statistics.systemAllocations += 1
      let pointer = UnsafeMutableRawPointer.allocate(
        byteCount: wanted.size, alignment: StoragePool.alignment)
      return (UInt(bitPattern: pointer), wanted)
    }
    guard let pointer = UnsafeMutableRawPointer(bitPattern: pattern) else {
      preconditionFailure("the pool keeps no null blocks")
    }
    return (pointer, block)
  }

  fileprivate func give(
    _ pointer: UnsafeMutableRawPointer, _ byteCount: Int, _ block: SizeClass
  ) {
    let pattern = UInt(bitPattern: pointer)
    // A steady run needs more than what comes and goes was ever in use at once, since its classes are not full at
    // the same time; what stays, as weights do, needs no reserve.
    let released = state.withLock { state -> [UInt] in
      state.statistics.liveBytes -= byteCount
      state.used -= block.size
      state.leastUsed = min(state.leastUsed, state.used)
      state.statistics.keptBytes += block.size
      state.free[block.index].append(pattern)
      return state.shrink(
        to: max(2 * (state.mostUsed - state.leastUsed), StoragePool.alwaysKept))
    }
    for pattern in released { UnsafeMutableRawPointer(bitPattern: pattern)?.deallocate() }
  }
}
