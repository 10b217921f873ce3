import CICU
import CKernels
import CUTF8Proc

/// What this program is and what it is built with.
enum Version {
  /// The program's version (semver.org), as in CHANGELOG.md.
  static let number = "0.1.0"

  /// The text of `seqae --version`.
  static var description: String {
    var icu: [UInt8] = [0, 0, 0, 0]
    var unicode: [UInt8] = [0, 0, 0, 0]
    icu_versions(&icu, &unicode)
    let threads = Int(ck_threads())
    return """
      seqae \(number)
      instruction set: \(String(cString: ck_isa_name()))
      threads: \(threads)
      ICU: \(icu[0]).\(icu[1]) (Unicode \(unicode[0]).\(unicode[1]))
      utf8proc: \(String(cString: utf8proc_version())) (Unicode \(String(cString: utf8proc_unicode_version())))

      """
  }
}
