import SeqaeFiles
import Synchronization

/// The right to change a run's folder, which one trainer at a time has.
final class RunLock: Sendable {
  private let folder: String
  private let lock = Mutex<FileLock?>(nil)

  /// Names the folder and takes nothing yet.
  init(_ folder: String) {
    self.folder = folder
  }

  /// Takes the folder, unless this lock has it already.
  func acquire() throws(Failure) {
    try lock.withLock { lock throws(Failure) in
      guard lock == nil else { return }
      lock = try FileLock(Path.join(folder, ".lock")) { process in
        Failure(
          .cannotCreate,
          "\(folder): \(process.map { "process \($0)" } ?? "another process") trains here: wait for "
            + "its end or stop it, or choose another --output")
      }
    }
  }

  /// Gives the folder back.
  func release() {
    lock.withLock { $0 = nil }
  }
}
