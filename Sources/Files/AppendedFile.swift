import Glibc

/// Files that grow at their end, such as logs.
public enum AppendedFile {
  /// Writes bytes behind what a file holds; a kill may leave some of them.
  ///
  /// - Parameters:
  ///   - bytes: What to write.
  ///   - path: The file, made if missing.
  /// - Throws: `Failure(.cannotCreate)` or `Failure(.io)`.
  public static func append(_ bytes: [UInt8], to path: String) throws(Failure) {
    let descriptor = SystemCall.open(path) {
      open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o666)
    }
    guard descriptor >= 0 else { throw SystemError().creating(path) }
    defer { close(descriptor) }
    var writer = FileWriter(descriptor: descriptor, name: path)
    try writer.write(bytes)
    try writer.flush()
  }
}
