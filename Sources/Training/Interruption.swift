import Glibc
import Synchronization

/// SIGINT and SIGTERM as a wish that a long job can ask for at a place where it may stop.
public enum Interruption {
  private static let flag = Atomic<Bool>(false)

  /// Whether one of the signals has come since `install()`.
  public static var isRequested: Bool { flag.load(ordering: .relaxed) }

  /// Takes the two signals as wishes; a second one of the same kind ends the process at once.
  public static func install() {
    // Touched here: what a signal handler touches must exist before.
    flag.store(false, ordering: .relaxed)
    for number in [SIGINT, SIGTERM] {
      signal(number) { number in
        Interruption.flag.store(true, ordering: .relaxed)
        signal(number, SIG_DFL)
      }
    }
  }
}
