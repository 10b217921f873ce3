import Glibc
import Synchronization

/// Standard output and standard error, buffered, for any thread.
///
///     ProcessSignals.ignoreWriteSignals()      // once, at the start of the program
///     try Output.standard.line("repaired text")
///     try Output.standard.flush()              // before the program ends, and where people wait
///
/// When the reader is gone (`… | head -1`) the write throws a `Failure` whose `isBrokenPipe` is
/// true, on which a command ends quietly; that needs SIGPIPE ignored, as above.
public final class Output: Sendable {
  /// Where results go. Nothing is flushed by itself, except at each write on a terminal.
  public static let standard = Output(
    descriptor: STDOUT_FILENO, name: "standard output",
    flushesAlways: isatty(STDOUT_FILENO) != 0)

  /// Where progress, logs and errors go, at once.
  public static let error = Output(
    descriptor: STDERR_FILENO, name: "standard error", flushesAlways: true)

  /// Whether a person is looking: only then are bars and colours shown.
  public let isTerminal: Bool

  private let flushesAlways: Bool
  private let writer: Mutex<FileWriter>

  /// Makes an output of a descriptor, which stays its opener's to close.
  ///
  /// - Parameters:
  ///   - descriptor: Where to write.
  ///   - name: What messages call it.
  ///   - flushesAlways: Whether each write goes out at once.
  public init(descriptor: Int32, name: String, flushesAlways: Bool = false) {
    isTerminal = isatty(descriptor) != 0
    self.flushesAlways = flushesAlways
    writer = Mutex(FileWriter(descriptor: descriptor, name: name))
  }

  /// Writes bytes; those of one call stay together.
  ///
  /// - Parameter bytes: What to write.
  /// - Throws: `Failure(.io)`, with `isBrokenPipe` where the reader went away.
  public func write(_ bytes: [UInt8]) throws(Failure) {
    try put(bytes)
  }

  /// Writes a string's UTF-8 and a line feed.
  ///
  /// - Parameter text: The line.
  /// - Throws: `Failure(.io)`, with `isBrokenPipe` where the reader went away.
  public func line(_ text: String) throws(Failure) {
    try line(Array(text.utf8))
  }

  /// Writes bytes and a line feed.
  ///
  /// - Parameter bytes: The line.
  /// - Throws: `Failure(.io)`, with `isBrokenPipe` where the reader went away.
  public func line(_ bytes: [UInt8]) throws(Failure) {
    try put(bytes, [0x0A])
  }

  private func put(_ parts: [UInt8]...) throws(Failure) {
    try writer.withLock { writer throws(Failure) in
      for part in parts { try writer.write(part) }
      if flushesAlways { try writer.flush() }
    }
  }

  /// Hands what is buffered to the system.
  ///
  /// - Throws: `Failure(.io)`, with `isBrokenPipe` where the reader went away.
  public func flush() throws(Failure) {
    try writer.withLock { writer throws(Failure) in try writer.flush() }
  }
}

/// The three streams that every program has.
public enum StandardStreams {
  /// Gives each stream that is closed a descriptor that can't be used, for the first file that the
  /// program opens would take its number, and what is printed would be written into that file.
  public static func reserve() {
    for number in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(number, F_GETFD) < 0 {
      // The lowest number that is free is this one. Opened the wrong way round: using it fails.
      _ = open("/dev/null", number == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
  }
}

/// The signals that would end the process where an error can be reported.
public enum ProcessSignals {
  /// Lets writes to a closed pipe (SIGPIPE) and beyond the limit of a file's size (SIGXFSZ) fail
  /// as errors.
  public static func ignoreWriteSignals() {
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
  }
}
