import Glibc
import Synchronization

/// The calls of the system that read and change files, by name, so that a test can let each fail.
package enum SystemCall: Sendable, CaseIterable {
  /// Opening a file or folder to write or sync it.
  case open
  /// Opening a file or folder to read it.
  case openToRead
  /// Reading bytes, or the names in a folder.
  case read
  /// Mapping a file into memory.
  case map
  /// Asking what a name or an open file is.
  case status
  /// Writing bytes.
  case write
  /// Waiting until a file or folder is on the disk.
  case sync
  /// Giving a file or folder a name, links too.
  case rename
  /// Making a folder.
  case makeDirectory
  /// Removing a file or folder that is wanted no more.
  case remove

  /// Whether the call may change files.
  package var isChange: Bool {
    switch self {
    case .openToRead, .read, .map, .status: false
    case .open, .write, .sync, .rename, .makeDirectory, .remove: true
    }
  }

  /// Says what error a call shall fail with, nil for none.
  package typealias Fault = @Sendable (SystemCall) -> Int32?

  private static let isFaulty = Atomic<Bool>(false)
  private static let faults = Mutex<[(folder: String, fault: Fault)]>([])

  /// Lets calls on what is in a folder fail from now on, for a test that has the folder to itself.
  ///
  /// - Parameters:
  ///   - folder: The folder, spelled as in the paths of the calls.
  ///   - fault: Asked before each call; nil lets all of them through again.
  package static func setFault(in folder: String, _ fault: Fault?) {
    faults.withLock { faults in
      faults.removeAll { $0.folder == folder }
      if let fault { faults.append((folder, fault)) }
      isFaulty.store(!faults.isEmpty, ordering: .relaxed)
    }
  }

  private func error(_ path: String) -> Int32? {
    let faults = Self.faults.withLock { $0 }
    return faults.first { path.utf8.starts(with: $0.folder.utf8) }?.fault(self)
  }

  /// Makes the call again while a signal interrupts it; the result is negative on failure.
  func callAsFunction<Result: SignedInteger>(_ path: String, _ call: () -> Result) -> Result {
    if Self.isFaulty.load(ordering: .relaxed), let code = error(path) {
      errno = code
      return -1
    }
    return retryingInterrupts(call)
  }
}
