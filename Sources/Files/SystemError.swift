import Glibc

/// The number of a failed system call and its words and remedies, the private part of `Failure`s.
struct SystemError {
  let code: Int32

  /// Keeps `errno`, so this must come directly after the call that failed.
  init() {
    code = errno
  }

  init(code: Int32) {
    self.code = code
  }

  /// What the system says, and what to do about it where that is known.
  private var text: String {
    var buffer = [CChar](repeating: 0, count: 256)
    // Safe in threads, unlike `strerror`; fills the buffer and its final zero.
    let isKnown = strerror_r(code, &buffer, buffer.count) == 0
    let words = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    let text = isKnown ? String(decoding: words, as: UTF8.self) : "error \(code)"
    return remedy.map { "\(text): \($0)" } ?? text
  }

  private var remedy: String? {
    switch code {
    case ENOENT: "check the path"
    case EACCES, EPERM: "check the permissions"
    case ENOSPC: "free space on that disk and run again"
    case EDQUOT: "free space in your quota and run again"
    case EFBIG: "raise the limit of a file's size (ulimit -f)"
    case EROFS: "choose a place that is not read-only"
    case EMFILE, ENFILE: "raise the limit of open files (ulimit -n)"
    case EBADF: "open or redirect it"
    case EISDIR: "give a file"
    case ENAMETOOLONG: "choose a shorter name"
    case EIO: "check the disk"
    default: nil
    }
  }

  /// The failure to open something for reading.
  func opening(_ path: String) -> Failure {
    Failure(.missingInput, "\(path): can't be read: \(text)")
  }

  /// The failure to create or replace something.
  func creating(_ path: String) -> Failure {
    Failure(.cannotCreate, "\(path): can't be created: \(text)")
  }

  /// The failure to read on from something that was opened.
  func reading(_ name: String) -> Failure {
    Failure(.io, "\(name): reading failed: \(text)")
  }

  /// The failure to write on to something that was opened; a broken pipe is marked as such.
  func writing(_ name: String) -> Failure {
    Failure(.io, "\(name): writing failed: \(text)", isBrokenPipe: code == EPIPE)
  }

  /// The failure of another operation: `removing`, `renaming`.
  func doing(_ operation: String, _ path: String) -> Failure {
    Failure(.io, "\(path): \(operation) failed: \(text)")
  }
}

/// Repeats a system call while a signal interrupts it; the result is negative on failure.
func retryingInterrupts<Result: SignedInteger>(_ call: () -> Result) -> Result {
  while true {
    let result = call()
    if result >= 0 || errno != EINTR { return result }
  }
}
