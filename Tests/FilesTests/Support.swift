import Glibc
import SeqaeFiles
import SeqaeRandom

/// A folder that goes with the test that made it.
final class TemporaryFolder {
  let path: String

  init() {
    var template = Array("/tmp/seqae-files-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { fatalError("no folder can be made in /tmp") }
    path = String(cString: made)
  }

  deinit { try? Path.removeTree(path) }

  func callAsFunction(_ name: String) -> String { Path.join(path, name) }

  /// Writes a file by the plainest means, with nothing of the code under test.
  func put(_ name: String, _ bytes: [UInt8]) -> String {
    let path = self(name)
    // Cutting an old file short makes some file systems wait for the disk.
    unlink(path)
    guard let file = fopen(path, "wb") else { fatalError("\(path) can't be made") }
    fwrite(bytes, 1, bytes.count, file)
    fclose(file)
    return path
  }

  /// The contents of a file, read by the plainest means; nil if there is none.
  func get(_ name: String) -> [UInt8]? {
    guard let file = fopen(self(name), "rb") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    while case let byte = fgetc(file), byte != EOF { bytes.append(UInt8(byte)) }
    return bytes
  }
}

/// The path of a file in Tests/Fixtures/files.
func fixture(_ name: String) -> String {
  let folder = Path.directory(Path.directory(#filePath))
  return Path.join(folder, "Fixtures", "files", name)
}

/// The failure that `body` throws; nil if it throws none.
func failure(_ body: () throws -> Void) -> Failure? {
  do {
    try body()
    return nil
  } catch {
    return error as? Failure
  }
}

extension Random {
  /// Bytes of which most are ASCII and the rest lead and trail bytes of UTF-8, right and wrong.
  func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in
      switch integer(below: 6) {
      case 0: UInt8(integer(below: 256))
      case 1: 0x80 | UInt8(integer(below: 64))
      case 2: [0xC2, 0xE0, 0xED, 0xE4, 0xF0, 0xF4, 0xC0, 0xF5][integer(below: 8)]
      default: UInt8(integer(below: 128))
      }
    }
  }

  /// Text of ASCII, quotes, control characters, accents, Chinese and emoji.
  func text(_ count: Int) -> String {
    let odd: [Unicode.Scalar] = [
      "\"", "\\", "/", "\0", "\n", "\r", "\t", "\u{8}", "\u{C}", "\u{1F}", "\u{7F}", "é",
      "\u{301}", "字", "\u{FFFF}", "\u{FEFF}", "\u{1F600}", "\u{10FFFF}", "\u{2028}",
    ]
    var text = ""
    for _ in 0..<count {
      let ascii = Unicode.Scalar(UInt8(0x20 + integer(below: 0x5F)))
      text.unicodeScalars.append(chance(0.5) ? ascii : odd[integer(below: odd.count)])
    }
    return text
  }
}
