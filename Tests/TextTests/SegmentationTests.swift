import SeqaeFiles
import SeqaeText
import Testing

/// The official tests of UAX #29 and #15, from Debian's unicode-data, for the version that the libraries
/// carry. What deviates is listed here and explained in Documentation/Unicode.md.
@Suite struct SegmentationTests {
  /// A file of tests and where its rows may differ from ICU's boundaries.
  struct File: CustomTestStringConvertible, Sendable {
    let unit: TextUnit
    let name: String
    let rows: Int
    let deviation: String?  // what a row has if ICU's boundaries are others

    var testDescription: String { name }
  }

  // CLDR's root rules, which ICU has, take the colon for no letter's middle: "a:a" is three words for it
  // and one for UAX #29.
  static let files = [
    File(unit: .grapheme, name: "GraphemeBreakTest.txt", rows: 602, deviation: nil),
    File(unit: .word, name: "WordBreakTest.txt", rows: 1823, deviation: "× 003A"),
    File(unit: .sentence, name: "SentenceBreakTest.txt", rows: 502, deviation: nil),
  ]

  @Test(arguments: files)
  func boundariesAreThoseOfUnicode(file: File) throws {
    print("ICU \(Boundaries.libraryVersion) has Unicode \(Boundaries.unicodeVersion)")
    let path = "/usr/share/unicode/auxiliary/\(file.name)"
    guard let bytes = try officialFile(path, version: Boundaries.unicodeVersion) else { return }
    let rows = dataLines(bytes)
    #expect(rows.count == file.rows)
    for row in rows {
      let (text, expected) = breakTest(row)
      let found = Boundaries.offsets(of: file.unit, in: text)
      let deviates = file.deviation.map { row.contains($0) } ?? false
      #expect((found != expected) == deviates, "\(row): \(found)")
    }
  }

  /// A text as it stands alone has the same boundaries as within a longer one, behind a line break.
  @Test func boundariesBeginAnewAfterALineBreak() {
    let lines = ordinaryLines.map { Array($0.utf8) + [0x0A] }
    for unit in TextUnit.allCases {
      var expected = [0]
      for line in lines {
        let base = expected[expected.count - 1]
        expected += Boundaries.offsets(of: unit, in: line).dropFirst().map { base + $0 }
      }
      #expect(Boundaries.offsets(of: unit, in: lines.flatMap { $0 }) == expected)
    }
  }
}

/// The bytes and the boundaries of a row such as "÷ 0041 × 0301 ÷".
func breakTest(_ row: String) -> (text: [UInt8], boundaries: [Int]) {
  var text: [UInt8] = []
  var boundaries: [Int] = []
  for word in row.split(whereSeparator: { $0 == " " || $0 == "\t" }) {
    switch word {
    case "÷": boundaries.append(text.count)
    case "×": continue
    default: text += utf8(ofHex: word)
    }
  }
  return (text, boundaries)
}

/// A file of Debian's unicode-data, if it is there and of the version; else prints why it is not read.
func officialFile(_ path: String, version: String) throws -> [UInt8]? {
  guard Path.exists(path) else {
    print("skipped: no \(path): install unicode-data")
    return nil
  }
  let isCompressed = path.hasSuffix(".bz2")
  guard let bytes = isCompressed ? output(of: "bzip2 -dc \(path)") : try contents(of: path) else {
    print("skipped: \(path) can't be read: install bzip2")
    return nil
  }
  // "# WordBreakTest-15.0.0.txt"
  let first = String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self)
  guard first.contains("-\(version)") else {
    print("skipped: \(path) is \(first), the library has Unicode \(version)")
    return nil
  }
  return bytes
}
