import SeqaeFiles
import SeqaeRandom
import SeqaeText
import Testing

/// Brings bytes into a form.
private func normalized(_ bytes: [UInt8], _ form: UnicodeNormalizer.Form) -> [UInt8] {
  UnicodeNormalizer(form).normalize(AlignedText(bytes)).bytes
}

@Suite struct UnicodeNormalizerTests {
  /// UAX #15, the conformance clauses at the head of NormalizationTest.txt.
  private func checkConformance(_ lines: [String]) -> (rows: Int, firstColumns: Set<[UInt8]>) {
    var rows = 0
    var firstColumns: Set<[UInt8]> = []
    for line in lines where !line.hasPrefix("@") {
      let columns = line.split(separator: ";").prefix(5).map { utf8(ofHex: $0) }
      rows += 1
      firstColumns.insert(columns[0])
      for (index, column) in columns.enumerated() {
        let isCompatible = index >= 3
        let nfc = columns[isCompatible ? 3 : 1]
        let nfd = columns[isCompatible ? 4 : 2]
        let isRight =
          normalized(column, .nfc) == nfc && normalized(column, .nfd) == nfd
          && normalized(column, .nfkc) == columns[3] && normalized(column, .nfkd) == columns[4]
        #expect(isRight, "\(line), column \(index + 1)")
      }
    }
    return (rows, firstColumns)
  }

  @Test func theConformanceTestHolds() throws {
    let lines = dataLines(try contents(of: fixture("NormalizationTest.txt")))
    #expect(checkConformance(lines).rows == 1_236)
  }

  @Test func theWholeConformanceTestHoldsAndOtherCharactersStay() throws {
    print(
      "utf8proc \(UnicodeNormalizer.libraryVersion) has Unicode \(UnicodeNormalizer.unicodeVersion)"
    )
    let path = "/usr/share/unicode/NormalizationTest.txt.bz2"
    guard let bytes = try officialFile(path, version: UnicodeNormalizer.unicodeVersion) else {
      return
    }
    let (rows, listed) = checkConformance(dataLines(bytes))
    #expect(rows > 18_000)
    var changed = 0
    for value in UInt32(0)...0x10FFFF {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let bytes = Array(String(Character(scalar)).utf8)
      guard !listed.contains(bytes) else { continue }
      for form in [UnicodeNormalizer.Form.nfc, .nfd, .nfkc, .nfkd] {
        if normalized(bytes, form) != bytes { changed += 1 }
      }
    }
    // Part 1 lists every character that a form changes; listed ones are counted by first column.
    #expect(changed == 0)
  }

  @Test func caseFoldingFollowsItsProperty() throws {
    // NFKC_CF maps single code points; the form is the mapping followed by NFC (UAX #31, R5).
    let path = "/usr/share/unicode/DerivedNormalizationProps.txt"
    let whole = try officialFile(path, version: UnicodeNormalizer.unicodeVersion)
    let lines = dataLines(try whole ?? contents(of: fixture("NFKC_Casefold.txt")))
      .filter { $0.contains("; NFKC_CF;") }
    var listed: Set<UInt32> = []
    #expect(lines.count > 300)
    for line in lines {
      let fields = line.split(separator: ";", omittingEmptySubsequences: false)
      let range = fields[0].filter { $0 != " " }.split(separator: ".")
      guard let first = UInt32(range[0], radix: 16), let last = range.last,
        let end = UInt32(last, radix: 16)
      else {
        Issue.record("unreadable: \(line)")
        continue
      }
      let mapped = utf8(ofHex: fields[2])
      for value in first...end {
        guard let scalar = Unicode.Scalar(value) else { continue }
        listed.insert(value)
        let bytes = Array(String(Character(scalar)).utf8)
        #expect(normalized(bytes, .nfkcCasefold) == normalized(mapped, .nfc), "U+\(line)")
      }
    }
    guard whole != nil else { return }
    // What is not listed maps to itself.
    var changed = 0
    for value in UInt32(0)...0x10FFFF where !listed.contains(value) {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let bytes = Array(String(Character(scalar)).utf8)
      if normalized(bytes, .nfkcCasefold) != normalized(bytes, .nfc) { changed += 1 }
    }
    #expect(changed == 0)
  }

  @Test(arguments: UnicodeNormalizer.Form.allCases)
  func normalizingTwiceChangesNothingMore(form: UnicodeNormalizer.Form) {
    let random = Random(seed: 1).child(form.rawValue)
    for _ in 0..<300 {
      let once = normalized(random.bytes(count: 40), form)
      #expect(normalized(once, form) == once)
    }
  }

  @Test(arguments: [UnicodeNormalizer.Form.nfc, .nfd, .nfkc, .nfkd])
  func partsOfTheAlignmentNormalizeToTheirText(form: UnicodeNormalizer.Form) {
    // Cut the normalised text where the alignment cuts the original: both sides agree.
    let random = Random(seed: 2).child(form.rawValue)
    for _ in 0..<300 {
      let original = random.bytes(count: 40)
      let text = UnicodeNormalizer(form).normalize(AlignedText(original))
      var start = 0
      while start < text.bytes.count {
        let source = text.source(of: start..<start + 1)
        var end = start + 1
        while end < text.bytes.count, text.source(of: end..<end + 1) == source { end += 1 }
        if source.count > 1 {
          #expect(normalized(Array(original[source]), form) == Array(text.bytes[start..<end]))
        } else {
          #expect(Array(original[source]) == Array(text.bytes[start..<end]))
        }
        start = end
      }
    }
  }

  @Test(arguments: [UnicodeNormalizer.Form.nfc, .nfd, .nfkc, .nfkd])
  func theAlignmentCoversTheOriginalInOrder(form: UnicodeNormalizer.Form) {
    let random = Random(seed: 3).child(form.rawValue)
    for _ in 0..<300 {
      let original = random.bytes(count: 40)
      let text = UnicodeNormalizer(form).normalize(AlignedText(original))
      var covered = 0
      for index in text.bytes.indices {
        let source = text.source(of: index..<index + 1)
        #expect(source.lowerBound <= covered && source.upperBound >= covered)
        covered = source.upperBound
      }
      #expect(covered == original.count)
      #expect(text.source(of: 0..<text.bytes.count) == 0..<original.count)
    }
  }

  @Test func alignmentSurvivesTwoNormalizers() {
    // "ﬁ" + e + acute: NFD leaves the ligature, NFKC resolves it and composes.
    let original = Array("ﬁe\u{301}中".utf8)
    let decomposed = UnicodeNormalizer(.nfd).normalize(AlignedText(original))
    let text = UnicodeNormalizer(.nfkc).normalize(decomposed)
    #expect(text.bytes == Array("fi\u{E9}中".utf8))
    #expect(text.source(of: 0..<1) == 0..<3)
    #expect(text.source(of: 1..<2) == 0..<3)
    #expect(text.source(of: 2..<4) == 3..<6)
    #expect(text.source(of: 4..<7) == 6..<9)
    let composed = UnicodeNormalizer(.nfc).normalize(AlignedText(Array("a\u{301}x".utf8)))
    let again = UnicodeNormalizer(.nfd).normalize(composed)
    #expect(again.bytes == Array("a\u{301}x".utf8))
    #expect(again.source(of: 0..<1) == 0..<3)
    #expect(again.source(of: 3..<4) == 3..<4)
  }

  @Test func bytesThatAreNotUTF8Stay() {
    let broken: [UInt8] = [
      0x65, 0xCC, 0x65, 0xCC, 0x81, 0xFF, 0xCC, 0x81, 0xED, 0xA0, 0x80, 0xC0, 0x80,
    ]
    let expected: [UInt8] = [
      0x65, 0xCC, 0xC3, 0xA9, 0xFF, 0xCC, 0x81, 0xED, 0xA0, 0x80, 0xC0, 0x80,
    ]
    #expect(normalized(broken, .nfc) == expected)
  }

  @Test func longRunsOfMarksAreSortedQuickly() {
    // Classes 230 and 220 in turn: an exchange sort would need 10¹⁰ steps.
    let marks =
      [UInt8]("e".utf8)
      + (0..<100_000).flatMap { Array(($0 % 2 == 0 ? "\u{301}" : "\u{323}").utf8) }
    let result = normalized(marks, .nfd)
    #expect(result.count == marks.count)
    let below = [UInt8]((0..<50_000).flatMap { _ in Array("\u{323}".utf8) })
    #expect(Array(result[1..<100_001]) == below)
  }
}
