import Glibc

/// A file's bytes in memory, read by the system where they are touched.
///
/// A regular file is mapped, so opening is O(1) and its pages can be dropped again. A pipe or
/// device, such as a shell's `<(…)`, is read whole, up to 1 GiB.
///
/// Whoever cuts a mapped file short ends the process that reads it (SIGBUS): files of ours are
/// replaced by rename, never written in place.
public final class MappedFile: @unchecked Sendable {
  // @unchecked: the memory is filled before `init` returns, never written after, and freed by
  // `deinit` alone.

  /// The path as it was given, for messages.
  public let path: String

  /// The contents, valid as long as the `MappedFile` lives.
  ///
  /// The compiler sees no use of the file in a use of this pointer: keep the file in a property, or
  /// end with `withExtendedLifetime(file) {}`.
  public let bytes: UnsafeRawBufferPointer

  private let isMapped: Bool

  /// Opens a file for reading.
  ///
  /// - Parameter path: The file.
  /// - Throws: `Failure(.missingInput)` if it can't be opened, `Failure(.io)` if it can't be read.
  public init(_ path: String) throws(Failure) {
    let descriptor = try openForReading(path)
    defer { close(descriptor) }
    var status = stat()
    guard SystemCall.status(path, { fstat(descriptor, &status) }) == 0 else {
      throw SystemError().reading(path)
    }
    self.path = path
    // A file that says size 0 may be one of /proc, which has contents once it is read.
    isMapped = status.st_mode & S_IFMT == S_IFREG && status.st_size > 0
    if isMapped {
      let size = Int(status.st_size)
      var address: UnsafeMutableRawPointer?
      let isDone = SystemCall.map(path) {
        address = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0)
        return address == MAP_FAILED ? -1 : 0
      }
      guard isDone == 0, let address else { throw SystemError().reading(path) }
      bytes = UnsafeRawBufferPointer(start: address, count: size)
    } else {
      bytes = try Self.readWhole(descriptor, path)
    }
  }

  deinit {
    if isMapped {
      munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
    } else {
      bytes.deallocate()
    }
  }

  private static let largestRead = 1 << 30

  private static func readWhole(
    _ descriptor: Int32, _ path: String
  ) throws(Failure) -> UnsafeRawBufferPointer {
    var contents: [UInt8] = []
    let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    defer { chunk.deallocate() }
    while true {
      let count = SystemCall.read(path) { read(descriptor, chunk.baseAddress, chunk.count) }
      guard count >= 0 else { throw SystemError().reading(path) }
      if count == 0 { break }
      contents.append(contentsOf: chunk[..<count])
      guard contents.count <= largestRead else {
        throw Failure(
          .data, "\(path): is no regular file and longer than \(largestRead) bytes: save it first")
      }
    }
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: contents.count, alignment: 64)
    memory.copyBytes(from: contents)
    return UnsafeRawBufferPointer(memory)
  }
}

/// Opens a file that is no folder, or says why it can't be read.
func openForReading(_ path: String) throws(Failure) -> Int32 {
  // The system would take the name to end there and open another file.
  guard !path.utf8.contains(0) else { throw SystemError(code: EINVAL).opening(path) }
  let descriptor = SystemCall.openToRead(path) { open(path, O_RDONLY | O_CLOEXEC) }
  guard descriptor >= 0 else { throw SystemError().opening(path) }
  var status = stat()
  guard SystemCall.status(path, { fstat(descriptor, &status) }) == 0 else {
    let error = SystemError()
    close(descriptor)
    throw error.opening(path)
  }
  guard status.st_mode & S_IFMT != S_IFDIR else {
    close(descriptor)
    throw Failure(.missingInput, "\(path): expected a file, found a folder: name a file in it")
  }
  return descriptor
}
