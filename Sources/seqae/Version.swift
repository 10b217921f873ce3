import SeqaeTensors
import SeqaeText

/// What this program is and what it is built with.
enum Version {
  /// The program's version (semver.org): that of the next release, whose changes CHANGELOG.md lists as
  /// unreleased until then.
  static let number = "0.1.0"

  /// The text of `seqae --version`.
  static var description: String {
    let utf8proc = UnicodeNormalizer.libraryVersion
    return """
      seqae \(number)
      revision: \(checkoutRevision)
      instruction set: \(InstructionSet.name)
      threads: \(Threads.count)
      ICU: \(Boundaries.libraryVersion) (Unicode \(Boundaries.unicodeVersion))
      utf8proc: \(utf8proc) (Unicode \(UnicodeNormalizer.unicodeVersion))

      """
  }
}
