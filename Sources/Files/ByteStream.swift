import Glibc

/// The bytes of a file or descriptor chunk by chunk, decompressed where they are gzip.
final class ByteStream {
  private let source: DescriptorReader
  private var gzip: GzipReader?
  private var isStarted = false

  init(_ source: DescriptorReader) {
    self.source = source
  }

  /// The next bytes, at least one, valid until the next call; nil at the end.
  func nextChunk() throws(Failure) -> UnsafeRawBufferPointer? {
    if !isStarted {
      isStarted = true
      if try source.startsWithGzipMagic() { gzip = try GzipReader(source) }
    }
    if let gzip { return try gzip.nextChunk() }
    return try source.nextChunk()
  }
}

/// The bytes of a descriptor chunk by chunk.
final class DescriptorReader {
  let name: String
  private let descriptor: Int32
  private let closesDescriptor: Bool
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 64)
  // Bytes at the buffer's start that were read to recognise the format and not handed out.
  private var pending = 0

  /// Opens a file.
  convenience init(path: String) throws(Failure) {
    self.init(try openForReading(path), name: path, closesDescriptor: true)
  }

  /// Reads from a descriptor that is its opener's to close.
  convenience init(descriptor: Int32, name: String) {
    self.init(descriptor, name: name, closesDescriptor: false)
  }

  private init(_ descriptor: Int32, name: String, closesDescriptor: Bool) {
    self.name = name
    self.descriptor = descriptor
    self.closesDescriptor = closesDescriptor
  }

  deinit {
    buffer.deallocate()
    if closesDescriptor { close(descriptor) }
  }

  /// The next bytes, at least one, valid until the next call; nil at the end.
  func nextChunk() throws(Failure) -> UnsafeRawBufferPointer? {
    if pending == 0 { try fill() }
    guard pending > 0 else { return nil }
    defer { pending = 0 }
    return UnsafeRawBufferPointer(rebasing: buffer[..<pending])
  }

  /// Whether the first two bytes are gzip's 1F 8B; to be asked before the first chunk.
  func startsWithGzipMagic() throws(Failure) -> Bool {
    try fill()
    // A second read only after 1F, so that a person's first line is answered at once.
    while pending == 1, buffer[0] == 0x1F {
      let before = pending
      try fill()
      if pending == before { break }
    }
    return pending >= 2 && buffer[0] == 0x1F && buffer[1] == 0x8B
  }

  /// Reads once, after what is pending.
  private func fill() throws(Failure) {
    while true {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[pending...])
      let count = SystemCall.read(name) { read(descriptor, rest.baseAddress, rest.count) }
      if count >= 0 {
        pending += count
        return
      }
      let error = SystemError()
      // A descriptor that another program has set not to block: wait until there is more.
      guard error.code == EAGAIN else { throw error.reading(name) }
      var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      _ = poll(&wait, 1, -1)
    }
  }
}
