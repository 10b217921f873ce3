import Glibc
import SeqaeFiles
import Synchronization

/// The built command, as a process of its own.
enum Program {
  /// What a process left behind.
  struct Outcome {
    let code: Int32  // negative: the signal that ended it
    let output: [UInt8]
    let error: [UInt8]

    var text: String { String(decoding: output, as: UTF8.self) }
    var message: String { String(decoding: error, as: UTF8.self) }
    /// Whether it failed as every failure should: with one line, the program's name first.
    var failedInOneLine: Bool {
      let lines = message.split(separator: "\n", omittingEmptySubsequences: false)
      return code > 0 && lines.count == 2 && lines[1].isEmpty && lines[0].hasPrefix("seqae: ")
    }
  }

  /// A folder in the middle of which the program lies: SwiftPM puts it beside the tests.
  static let folder = Path.directory(Path.executablePath ?? "")
  static let path = Path.join(folder, "seqae")
  /// The checkout that these tests belong to.
  static let checkout = Path.directory(Path.directory(Path.directory(#filePath)))

  /// Runs the program to its end.
  ///
  /// - Parameters:
  ///   - arguments: its words.
  ///   - input: what it reads from standard input.
  ///   - environment: variables beside PATH.
  ///   - directory: the folder it runs in.
  /// - Returns: what it left behind.
  /// - Throws: `Unexpected` if it can't be run.
  static func run(
    _ arguments: String..., input: [UInt8] = [], environment: [String: String] = [:],
    in directory: String = "/"
  ) throws -> Outcome {
    try run(
      path, arguments.map { Array($0.utf8) }, input: input, environment: environment, in: directory)
  }

  /// Runs any program with words of any bytes.
  static func run(
    _ path: String, _ arguments: [[UInt8]], input: [UInt8] = [],
    environment: [String: String] = [:], in directory: String = "/"
  ) throws -> Outcome {
    let scratch = try Scratch()
    let inputPath = try scratch.write("input", input)
    var process = try Running(
      path, arguments, environment: environment, in: directory,
      input: .file(inputPath), output: .file(scratch("output")), error: .file(scratch("error")))
    return Outcome(
      code: try process.wait(), output: try scratch.read("output"), error: try scratch.read("error")
    )
  }

  /// Runs a line of the shell in which `seqae` is this program.
  static func shell(
    _ line: String, environment: [String: String] = [:], in directory: String
  ) throws -> Outcome {
    try run(
      "/bin/sh", ["-c", line].map { Array($0.utf8) }, environment: environment, in: directory)
  }
}

/// A process that runs.
struct Running {
  enum Stream {
    case file(String)
    case pipe
  }

  /// Our end of each stream that is a pipe; negative for the others.
  private(set) var input: Int32 = -1
  private(set) var output: Int32 = -1
  private var process: pid_t = 0

  /// Milliseconds after which a process that does not end is killed.
  private static let patience = 300_000

  /// Held from the making of a pipe until it is marked as ours alone: a process that another test
  /// starts in between would hold its ends too.
  private static let starting = Mutex(())

  init(
    _ path: String, _ arguments: [[UInt8]], environment: [String: String], in directory: String,
    input: Stream, output: Stream, error: Stream
  ) throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    var theirs: [Int32] = []
    for (number, stream) in [(Int32(0), input), (1, output), (2, error)] {
      switch stream {
      case .file(let path):
        let flags = number == 0 ? O_RDONLY : O_WRONLY | O_CREAT | O_TRUNC
        posix_spawn_file_actions_addopen(&actions, number, path, flags, 0o644)
      case .pipe:
        let (own, their) = try Self.pipe(writing: number == 0)
        posix_spawn_file_actions_adddup2(&actions, their, number)
        theirs.append(their)
        if number == 0 { self.input = own } else { self.output = own }
      }
    }
    // What this process ignores or its threads block, a child would too.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGPIPE, SIGINT] { sigaddset(&signals, number) }
    posix_spawnattr_setsigdefault(&attributes, &signals)
    var blocked = sigset_t()
    sigemptyset(&blocked)
    posix_spawnattr_setsigmask(&attributes, &blocked)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
    let variables = ["PATH": "\(Program.folder):/usr/bin:/bin"].merging(environment) { $1 }
    // env changes the folder, then becomes the program.
    let launcher = ["/usr/bin/env", "-C", directory, path].map { Array($0.utf8) }
    var words = (launcher + arguments).map { copy($0) } + [nil]
    var settings = variables.map { copy(Array("\($0)=\($1)".utf8)) } + [nil]
    defer { for word in words + settings { free(word) } }
    let code = Self.starting.withLock { _ in
      posix_spawn(&process, "/usr/bin/env", &actions, &attributes, &words, &settings)
    }
    for descriptor in theirs { close(descriptor) }
    guard code == 0 else { throw Unexpected("\(path) can't be started: error \(code)") }
  }

  /// Makes a pipe: our end and the program's.
  private static func pipe(writing: Bool) throws -> (own: Int32, their: Int32) {
    var ends: [Int32] = [0, 0]
    try starting.withLock { _ in
      guard Glibc.pipe(&ends) == 0 else { throw Unexpected("pipe failed: \(errno)") }
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    }
    return writing ? (ends[1], ends[0]) : (ends[0], ends[1])
  }

  /// Waits for the end and gives the exit code, or the signal's number below zero.
  mutating func wait() throws -> Int32 {
    closeInput()
    var status: Int32 = 0
    for round in 0... {
      let ended = waitpid(process, &status, WNOHANG)
      if ended == process { break }
      guard ended == 0 || errno == EINTR else { throw Unexpected("waitpid failed: \(errno)") }
      if round == Self.patience { kill(process, SIGKILL) }
      usleep(1000)
    }
    closeOutput()
    let signal = status & 0x7F
    return signal == 0 ? (status >> 8) & 0xFF : -signal
  }

  func send(_ signal: Int32) { kill(process, signal) }

  func write(_ text: String) throws {
    let bytes = Array(text.utf8)
    guard Glibc.write(input, bytes, bytes.count) == bytes.count else {
      throw Unexpected("the program reads no more")
    }
  }

  mutating func closeInput() {
    if input >= 0 { close(input) }
    input = -1
  }

  mutating func closeOutput() {
    if output >= 0 { close(output) }
    output = -1
  }

  /// Reads a line of its output, as it comes; nil if there is none within a minute.
  func readLine() -> String? {
    var bytes: [UInt8] = []
    while bytes.last != 0x0A {
      var wait = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
      var byte: UInt8 = 0
      guard poll(&wait, 1, 60_000) == 1, read(output, &byte, 1) == 1 else { return nil }
      bytes.append(byte)
    }
    return String(decoding: bytes.dropLast(), as: UTF8.self)
  }
}

/// Copies bytes to C's heap as a string.
private func copy(_ bytes: [UInt8]) -> UnsafeMutablePointer<CChar>? {
  (bytes.map { CChar(bitPattern: $0) } + [0]).withUnsafeBufferPointer { text in
    text.baseAddress.flatMap { strdup($0) }
  }
}

/// Something that a test needs went wrong.
struct Unexpected: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// A folder that goes with its holder.
final class Scratch: Sendable {
  let path: String

  init() throws {
    var template = Array("/tmp/seqae-command-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { throw Unexpected("no folder in /tmp") }
    path = String(cString: made)
  }

  deinit { try? Path.removeTree(path) }

  func callAsFunction(_ name: String) -> String { Path.join(path, name) }

  @discardableResult
  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    try AtomicFile.write(self(name), bytes: bytes)
    return self(name)
  }

  @discardableResult
  func write(_ name: String, _ text: String) throws -> String {
    try write(name, Array(text.utf8))
  }

  func read(_ name: String) throws -> [UInt8] {
    let file = try MappedFile(self(name))
    defer { withExtendedLifetime(file) {} }
    return Array(file.bytes)
  }
}
