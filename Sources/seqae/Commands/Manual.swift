import Glibc
import SeqaeFiles

/// `seqae manual`: the manual page, written from the same declarations as the help.
struct Manual: Command {
  static let name = "manual"
  static let abstract = "Print the manual page, with all commands and options, for man to show."
  static let discussion = """
    An installed program has it in place: man seqae shows it. Its date is today's, or that of
    SOURCE_DATE_EPOCH, in seconds since the beginning of 1970.
    """
  static let example = ["$ seqae manual | man --local-file -"]

  /// The variable that fixes the date of what is built (reproducible-builds.org).
  private static let variable = "SOURCE_DATE_EPOCH"
  /// The end of the last year that has four digits.
  private static let lastSecond = 253_402_300_799

  init(_ arguments: inout Arguments) throws(Failure) {}

  func run() throws(Failure) -> Ending {
    let page = try ManualPage(Main.commands, date: try Self.date())
    try Output.standard.write(Array(page.text.utf8))
    return .done
  }

  /// The date that the page bears, as `2026-11-20`.
  private static func date() throws(Failure) -> String {
    var seconds = time(nil)
    if let value = getenv(variable), value.pointee != 0 {
      let text = String(cString: value)
      guard let given = Int(text), (0...lastSecond).contains(given) else {
        throw Failure(
          .usage,
          "\(variable): expected a number of seconds from 0 to \(lastSecond), found "
            + ByteString(text).quoted)
      }
      seconds = given
    }
    var parts = tm()
    gmtime_r(&seconds, &parts)
    let numbers = [Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1, Int(parts.tm_mday)]
    return numbers.map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: "-")
  }
}
