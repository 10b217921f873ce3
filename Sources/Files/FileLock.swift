import Glibc

/// A file that one process at a time holds; the system lets go of it when that process ends, however
/// it ends.
///
/// The file holds the number of the process, for messages, and is removed with its lock. Where the
/// file system has no locks nothing is locked.
package final class FileLock: Sendable {
  private let path: String
  private let descriptor: Int32

  /// Takes the lock at once or not at all.
  ///
  /// - Parameters:
  ///   - path: The file, made if missing, in a folder that exists.
  ///   - held: Makes the failure where another holds it, from the number of its process if known.
  /// - Throws: What `held` makes, or `Failure(.cannotCreate)`.
  package init(_ path: String, held: (_ process: Int?) -> Failure) throws(Failure) {
    self.path = path
    while true {
      let descriptor = SystemCall.open(path) {
        open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o666)
      }
      guard descriptor >= 0 else { throw SystemError().creating(path) }
      if retryingInterrupts({ flock(descriptor, LOCK_EX | LOCK_NB) }) != 0, errno == EWOULDBLOCK {
        let process = Self.process(descriptor)
        close(descriptor)
        throw held(process)
      }
      // Its holder may have removed the file between the two calls: then this is not its lock.
      guard Self.isFile(descriptor, at: path) else {
        close(descriptor)
        continue
      }
      let text = Array("\(getpid())\n".utf8)
      // A lock without a number locks as well.
      if ftruncate(descriptor, 0) == 0 { _ = pwrite(descriptor, text, text.count, 0) }
      self.descriptor = descriptor
      return
    }
  }

  deinit {
    unlink(path)
    close(descriptor)
  }

  private static func isFile(_ descriptor: Int32, at path: String) -> Bool {
    var (own, named) = (stat(), stat())
    return fstat(descriptor, &own) == 0 && lstat(path, &named) == 0 && own.st_ino == named.st_ino
      && own.st_dev == named.st_dev
  }

  private static func process(_ descriptor: Int32) -> Int? {
    var bytes = [UInt8](repeating: 0, count: 20)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    return count > 0 ? Int(String(decoding: bytes[..<count].dropLast(), as: UTF8.self)) : nil
  }
}
