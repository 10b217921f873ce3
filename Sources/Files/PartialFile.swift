import Glibc

/// A file that grows over hours and takes its name only when it is whole.
///
///     var file = try PartialFile("vectors.npy", keeping: 0)
///     try file.write(header + row)
///     try file.synchronize()               // what is written so far survives
///     try file.overwriteStart(with: header)
///     try file.finish()                    // now there is a vectors.npy
///
/// Until then it is `NAME.partial`, which whoever goes on cuts back to what he knows of.
public struct PartialFile: ~Copyable {
  private let path: String
  private let descriptor: Int32
  private var writer: FileWriter

  /// The name of a file that is not whole yet.
  public static func partialPath(_ path: String) -> String { path + ".partial" }

  /// Opens the part of a file, made if missing.
  ///
  /// - Parameters:
  ///   - path: The name of the whole file.
  ///   - count: How many bytes of the part are kept; what follows is written behind them.
  /// - Throws: `Failure(.cannotCreate)` or `Failure(.io)`; `Failure(.data)` if the part has fewer bytes.
  public init(_ path: String, keeping count: Int) throws(Failure) {
    self.path = path
    let part = Self.partialPath(path)
    descriptor = SystemCall.open(part) {
      open(part, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o666)
    }
    writer = FileWriter(descriptor: descriptor, name: part)
    guard descriptor >= 0 else { throw SystemError().creating(part) }
    let size = lseek(descriptor, 0, SEEK_END)
    guard size >= count else {
      throw Failure(
        .data, "\(part): has \(size) bytes, fewer than the \(count) that were written: remove it")
    }
    guard SystemCall.write(part, { ftruncate(descriptor, off_t(count)) }) == 0,
      lseek(descriptor, 0, SEEK_END) == count
    else { throw SystemError().writing(part) }
  }

  /// Writes bytes at the end.
  ///
  /// - Throws: `Failure(.io)`.
  public mutating func write(_ bytes: [UInt8]) throws(Failure) { try writer.write(bytes) }

  /// Writes the bytes of numbers at the end.
  ///
  /// - Throws: `Failure(.io)`.
  public mutating func write(_ floats: [Float]) throws(Failure) {
    try floats.withUnsafeBufferPointer { floats throws(Failure) in
      try writer.write(UnsafeRawBufferPointer(floats))
    }
  }

  /// Waits until all that was written is on the disk.
  ///
  /// - Returns: How many bytes the part has.
  /// - Throws: `Failure(.io)`.
  public mutating func synchronize() throws(Failure) -> Int {
    let part = Self.partialPath(path)
    try writer.flush()
    guard SystemCall.sync(part, { fsync(descriptor) }) == 0 else {
      throw SystemError().writing(part)
    }
    return Int(lseek(descriptor, 0, SEEK_CUR))
  }

  /// Writes bytes in the place of the first ones.
  ///
  /// - Throws: `Failure(.io)`.
  public mutating func overwriteStart(with bytes: [UInt8]) throws(Failure) {
    let part = Self.partialPath(path)
    try writer.flush()
    let written = bytes.withUnsafeBytes { memory in
      SystemCall.write(part) { pwrite(descriptor, memory.baseAddress, memory.count, 0) }
    }
    guard written == bytes.count else { throw SystemError().writing(part) }
  }

  /// Gives the file its name, when all of it is on the disk.
  ///
  /// - Throws: `Failure(.io)` or `Failure(.cannotCreate)`.
  public mutating func finish() throws(Failure) {
    _ = try synchronize()
    let part = Self.partialPath(path)
    guard SystemCall.rename(path, { rename(part, path) }) == 0 else {
      throw SystemError().creating(path)
    }
    try Path.synchronizeDirectory(Path.directory(path))
  }

  deinit { if descriptor >= 0 { close(descriptor) } }
}
