import Glibc
import Synchronization

/// SIGINT and SIGTERM as a wish that a long job can ask for at a place where it may stop.
public enum Interruption {
  private static let flag = Atomic<Bool>(false)
  private static let jobs = Atomic<Int>(0)  // that ask

  /// The exit code of a process that one of the signals ended.
  public static let exitCode: Int32 = 130

  /// Whether one of the signals has come since `install()`.
  public static var isRequested: Bool { flag.load(ordering: .relaxed) }

  /// Takes the two signals as wishes while a job runs that asks for them; at other times, and the
  /// second time, a signal ends the process at once.
  public static func install() {
    // Touched here: what a signal handler touches must exist before.
    flag.store(false, ordering: .relaxed)
    _ = jobs.load(ordering: .relaxed)
    for number in [SIGINT, SIGTERM] {
      signal(number) { number in
        if Interruption.jobs.load(ordering: .relaxed) == 0 { _exit(Interruption.exitCode) }
        Interruption.flag.store(true, ordering: .relaxed)
        signal(number, SIG_DFL)
      }
    }
  }

  /// Runs a job that asks `isRequested` every few seconds at least.
  ///
  /// - Parameter job: what to run.
  /// - Returns: what it returns.
  /// - Throws: what it throws.
  public static func deferred<Result, Problem: Error>(
    during job: () throws(Problem) -> Result
  ) throws(Problem) -> Result {
    jobs.add(1, ordering: .relaxed)
    defer { jobs.subtract(1, ordering: .relaxed) }
    return try job()
  }
}
