import Glibc

/// Buffered writes to an open descriptor, which stays its opener's to close.
///
/// Nothing is flushed when a writer goes away: who has written calls `flush()`, as `AtomicFile`
/// does, since only a call can report that the disk is full.
public struct FileWriter: ~Copyable {
  private let descriptor: Int32
  private let name: String
  private var buffer: [UInt8] = []
  private static let bufferSize = 1 << 16

  /// The number of bytes taken so far, those in the buffer included.
  public private(set) var count = 0

  /// Makes a writer.
  ///
  /// - Parameters:
  ///   - descriptor: Where to write.
  ///   - name: What messages call it: the file's name.
  public init(descriptor: Int32, name: String) {
    self.descriptor = descriptor
    self.name = name
    buffer.reserveCapacity(Self.bufferSize)
  }

  /// Writes bytes, through the buffer unless they are many.
  ///
  /// - Parameter bytes: What to write.
  /// - Throws: `Failure(.io)`, with `isBrokenPipe` where the reader went away.
  public mutating func write(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
    count += bytes.count
    if buffer.count + bytes.count > Self.bufferSize { try flush() }
    if bytes.count >= Self.bufferSize {
      try writeAll(bytes)
    } else {
      buffer.append(contentsOf: bytes)
    }
  }

  /// Writes bytes, as `write(_:)` on raw memory does.
  public mutating func write(_ bytes: [UInt8]) throws(Failure) {
    try Self.withBytes(of: bytes) { memory throws(Failure) in try write(memory) }
  }

  /// Writes the UTF-8 of a string.
  public mutating func write(_ text: String) throws(Failure) {
    try write(Array(text.utf8))
  }

  /// Hands what is in the buffer to the system; it is dropped if that fails.
  ///
  /// - Throws: `Failure(.io)`, with `isBrokenPipe` where the reader went away.
  public mutating func flush() throws(Failure) {
    defer { buffer.removeAll(keepingCapacity: true) }
    try Self.withBytes(of: buffer) { memory throws(Failure) in try writeAll(memory) }
  }

  private borrowing func writeAll(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let chunk = UnsafeRawBufferPointer(rebasing: rest)
      let written = SystemCall.write(name) {
        Glibc.write(descriptor, chunk.baseAddress, chunk.count)
      }
      guard written >= 0 else {
        let error = SystemError()
        // A descriptor that another program has set not to block: wait until it takes more.
        guard error.code == EAGAIN else { throw error.writing(name) }
        var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&wait, 1, -1)
        continue
      }
      rest = rest.dropFirst(written)
    }
  }

  /// `Array.withUnsafeBytes`, which can't throw a typed error.
  private static func withBytes(
    of bytes: [UInt8], _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    try bytes.withUnsafeBufferPointer { memory throws(Failure) in
      try body(UnsafeRawBufferPointer(memory))
    }
  }
}
