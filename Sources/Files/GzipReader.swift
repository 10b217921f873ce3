#if canImport(CZlib)
  import CZlib

  /// The decompressed bytes of a gzip file (RFC 1952), of one member or of several joined ones.
  final class GzipReader {
    private let source: DescriptorReader
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 64)
    private var state = State.insideMember

    private enum State {
      case insideMember, betweenMembers, atEnd
    }

    /// Reads from a source whose next bytes are a gzip member.
    init(_ source: DescriptorReader) throws(Failure) {
      self.source = source
      stream.initialize(to: z_stream())
      guard czlib_inflate_init_gzip(stream) == Z_OK else {
        throw Failure(.internalError, "\(source.name): zlib can't start: no memory")
      }
    }

    deinit {
      inflateEnd(stream)
      stream.deallocate()
      buffer.deallocate()
    }

    /// The next bytes, at least one, valid until the next call; nil at the end.
    func nextChunk() throws(Failure) -> UnsafeRawBufferPointer? {
      stream.pointee.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
      stream.pointee.avail_out = uInt(buffer.count)
      while stream.pointee.avail_out == uInt(buffer.count), state != .atEnd {
        try step()
      }
      let count = buffer.count - Int(stream.pointee.avail_out)
      return count == 0 ? nil : UnsafeRawBufferPointer(rebasing: buffer[..<count])
    }

    /// Takes in more of the file if needed and decompresses once.
    private func step() throws(Failure) {
      if stream.pointee.avail_in == 0 {
        guard let chunk = try source.nextChunk() else {
          guard state == .betweenMembers else {
            throw Failure(
              .data, "\(source.name): ends inside its gzip data: it was cut off, copy it again")
          }
          state = .atEnd
          return
        }
        // zlib takes a pointer to what it may change and does not change it.
        stream.pointee.next_in = UnsafeMutablePointer(
          mutating: chunk.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = uInt(chunk.count)
      }
      if state == .betweenMembers {
        skipPadding()
        if stream.pointee.avail_in == 0 { return }
        inflateReset(stream)
        state = .insideMember
      }
      switch inflate(stream, Z_NO_FLUSH) {
      case Z_OK, Z_BUF_ERROR: break
      case Z_STREAM_END: state = .betweenMembers
      default: throw damaged()
      }
    }

    /// Skips zero bytes between and after members, which tapes and tar leave.
    private func skipPadding() {
      while stream.pointee.avail_in > 0, stream.pointee.next_in.pointee == 0 {
        stream.pointee.next_in += 1
        stream.pointee.avail_in -= 1
      }
    }

    private func damaged() -> Failure {
      let reason = stream.pointee.msg.map { String(cString: $0) } ?? "unknown"
      return Failure(
        .data,
        "\(source.name): its gzip data is damaged after \(stream.pointee.total_in) bytes "
          + "(\(reason)): copy it again")
    }
  }
#else
  /// The stand-in of a build without zlib, which says what to install.
  final class GzipReader {
    init(_ source: DescriptorReader) throws(Failure) {
      throw Failure(
        .unavailable,
        "\(source.name): is gzip, which this build can't read: install zlib1g-dev and run "
          + "`make build`, or unpack it with gunzip")
    }

    func nextChunk() throws(Failure) -> UnsafeRawBufferPointer? { nil }
  }
#endif
