/// Little-endian numbers in memory that others may own, such as a mapped file's.
///
/// In this room, and not in that of files, since only within a module it costs no more to read one than a pointer does:
/// measured, a look-up took four times as long.
package struct SharedNumbers<Number: FixedWidthInteger & Sendable>: @unchecked Sendable {
  // @unchecked: the memory is never written once this exists, and lives as long as its owner.

  private let owner: AnyObject
  private let start: UnsafeRawPointer
  /// How many there are.
  package let count: Int

  /// Creates a view of memory that `owner` keeps alive and nobody writes.
  package init(_ bytes: UnsafeRawBufferPointer, owner: AnyObject) {
    let size = MemoryLayout<Number>.size
    self.owner = owner
    count = bytes.count / size
    // An empty buffer may have no address.
    start = bytes.baseAddress ?? UnsafeRawPointer(Unmanaged.passUnretained(owner).toOpaque())
  }

  /// Creates a copy of some numbers.
  package init(_ numbers: [Number]) {
    let memory = OwnedMemory(byteCount: numbers.count * MemoryLayout<Number>.size)
    for (index, number) in numbers.enumerated() {
      memory.bytes.storeBytes(
        of: number.littleEndian, toByteOffset: index * MemoryLayout<Number>.size, as: Number.self)
    }
    self.init(UnsafeRawBufferPointer(memory.bytes), owner: memory)
  }

  /// The number at a place.
  @inline(__always)
  package subscript(_ index: Int) -> Number {
    assert(index >= 0 && index < count)
    return Number(
      littleEndian: start.loadUnaligned(
        fromByteOffset: index * MemoryLayout<Number>.size, as: Number.self))
  }

  /// All of them.
  package var array: [Number] { (0..<count).map { self[$0] } }

  /// Their bytes, little endian.
  package var bytes: [UInt8] {
    withExtendedLifetime(owner) {
      Array(
        UnsafeRawBufferPointer(start: start, count: count * MemoryLayout<Number>.size))
    }
  }
}

/// Memory that is freed with the last reference.
private final class OwnedMemory {
  let bytes: UnsafeMutableRawBufferPointer

  init(byteCount: Int) {
    bytes = .allocate(byteCount: max(1, byteCount), alignment: 16)
  }

  deinit { bytes.deallocate() }
}
