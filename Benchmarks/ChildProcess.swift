import Glibc
import SeqaeFiles
import SeqaeTraining

/// A process that was started, and has ended.
struct ChildProcess {
  /// Its exit code; negative: the signal that ended it.
  let code: Int32
  /// What it wrote to standard output.
  let output: [UInt8]
  /// From its start to its end.
  let seconds: Double

  /// Runs this program again with other words; its standard error is this one's.
  ///
  /// - Throws: a `Failure` if it can't be started or its output can't be read.
  static func runSelf(_ words: [String]) throws(Failure) -> ChildProcess {
    guard let program = Path.executablePath else {
      throw Failure(.unavailable, "/proc/self/exe: not readable: the benchmark starts itself anew")
    }
    return try ChildProcess(program, words)
  }

  private init(_ program: String, _ words: [String]) throws(Failure) {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw Failure(.io, "pipe: error \(errno)") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { close(ends[0]) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
    var arguments = ([program] + words).map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var process: pid_t = 0
    let start = Clock.seconds()
    let error = posix_spawn(&process, program, &actions, nil, &arguments, environ)
    close(ends[1])
    guard error == 0 else { throw Failure(.io, "\(program): can't be started: error \(error)") }
    output = ChildProcess.readAll(ends[0])
    var status: Int32 = 0
    while waitpid(process, &status, 0) != process {
      guard errno == EINTR else { throw Failure(.io, "waitpid: error \(errno)") }
    }
    seconds = Clock.seconds() - start
    let signal = status & 0x7F
    code = signal == 0 ? (status >> 8) & 0xFF : -signal
  }

  private static func readAll(_ descriptor: Int32) -> [UInt8] {
    var result: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count > 0 { result += buffer[..<count] }
      if count == 0 || (count < 0 && errno != EINTR) { return result }
    }
  }
}
