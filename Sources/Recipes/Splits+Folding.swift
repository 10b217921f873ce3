import SeqaeFiles
import SeqaeText

extension Splits {
  /// The fewest bytes of a folded sentence that is told from others by its hash: 8 Chinese characters
  /// or 24 letters.
  ///
  /// Shorter ones (谢谢你的帮助。What do you mean?) are what anyone may have written.
  package static let sentenceMinimum = 24

  /// Returns what two lines have in common that differ in case, width, punctuation and spaces only.
  ///
  /// NFKC_Casefold (UAX #44) without all that is no letter, mark or number (general categories L, M, N).
  package static func fold(_ line: [UInt8]) -> [UInt8] {
    var folded: [UInt8] = []
    folded.reserveCapacity(line.count)
    line.withUnsafeBufferPointer { fold($0, into: &folded) }
    return folded
  }

  /// Appends the folded text.
  ///
  /// ASCII, Chinese characters and the marks between them are looked at one by one. What may interact
  /// with its neighbours is normalised, with the ASCII character before it, which may take a mark.
  static func fold(_ text: UnsafeBufferPointer<UInt8>, into folded: inout [UInt8]) {
    var index = 0
    while index < text.count {
      switch plain(text, at: index) {
      case .kept(let byte):
        folded.append(byte)
        index += 1
      case .dropped(let length):
        index += length
      case .han:
        folded.append(contentsOf: text[index..<index + 3])
        index += 3
      case .other:
        var start = index
        if index > 0, text[index - 1] < 0x80 {
          start = index - 1
          if case .kept = plain(text, at: start) { folded.removeLast() }
        }
        repeat { index += 1 } while index < text.count && !isPlain(text, at: index)
        appendNormalized(Array(text[start..<index]), to: &folded)
      }
    }
  }

  private enum Plain {
    case kept(UInt8)
    case dropped(Int)
    case han
    case other
  }

  private static func isPlain(_ text: UnsafeBufferPointer<UInt8>, at index: Int) -> Bool {
    if case .other = plain(text, at: index) { false } else { true }
  }

  /// What a code point folds to that depends on nothing around it.
  @inline(__always)
  private static func plain(_ text: UnsafeBufferPointer<UInt8>, at index: Int) -> Plain {
    let byte = text[index]
    switch byte {
    case 0x61...0x7A, 0x30...0x39: return .kept(byte)
    case 0x41...0x5A: return .kept(byte | 0x20)
    case 0..<0x80: return .dropped(1)
    case 0xE2...0xE9, 0xEF: break
    default: return .other
    }
    guard let scalar = decodeScalar(text, at: index) else { return .other }
    switch scalar.value {
    case 0x4E00...0x9FFF, 0x3400...0x4DBF: return .han
    // – — ‘ ’ “ ” … 、 。 《 》 「 」 ！ （ ） ， ： ； ？
    case 0x2013, 0x2014, 0x2018, 0x2019, 0x201C, 0x201D, 0x2026, 0x3001, 0x3002, 0x300A...0x300D,
      0xFF01, 0xFF08, 0xFF09, 0xFF0C, 0xFF1A, 0xFF1B, 0xFF1F:
      return .dropped(3)
    default: return .other
    }
  }

  private static func appendNormalized(_ text: [UInt8], to folded: inout [UInt8]) {
    let normal = UnicodeNormalizer(.nfkcCasefold).normalize(AlignedText(text)).bytes
    normal.withUnsafeBufferPointer { bytes in
      var index = 0
      while index < bytes.count {
        guard let scalar = decodeScalar(bytes, at: index) else {
          index += 1
          continue
        }
        if isKept(scalar.value) { folded.append(contentsOf: bytes[index..<index + scalar.length]) }
        index += scalar.length
      }
    }
  }

  /// Whether a code point is a letter, mark or number.
  private static func isKept(_ value: UInt32) -> Bool {
    switch value {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x4E00...0x9FFF: return true
    case 0..<0x80: return false
    default: break
    }
    guard let scalar = Unicode.Scalar(value) else { return false }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
      .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .letterNumber, .otherNumber:
      return true
    default: return false
    }
  }
}

// MARK: - Hashing

extension Splits {
  /// Returns the 64-bit FNV-1a hash (Fowler, Noll & Vo) of bytes.
  package static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
    FNV1a.hash(bytes)
  }

  /// The hashes that decide where a text belongs.
  package struct Fingerprint: Equatable, Sendable {
    /// The hash of the folded text; nil if nothing is left of it.
    package var line: UInt64?
    /// The hashes of its folded sentences of `sentenceMinimum` bytes and more, in order.
    package var sentences: [UInt64] = []
  }

  /// Returns the hashes of a text and its sentences.
  package static func fingerprint(_ text: [UInt8]) -> Fingerprint {
    var result = Fingerprint()
    var folded: [UInt8] = []
    folded.reserveCapacity(text.count)
    text.withUnsafeBufferPointer { text in
      var start = 0
      while start < text.count {
        let end = sentenceEnd(text, from: start)
        let first = folded.count
        fold(UnsafeBufferPointer(rebasing: text[start..<end]), into: &folded)
        if folded.count - first >= sentenceMinimum {
          result.sentences.append(hash(folded[first...]))
        }
        start = end
      }
    }
    if !folded.isEmpty { result.line = hash(folded) }
    return result
  }

  /// Returns where the sentence that begins at `start` ends.
  ///
  /// After 。！？ and ｡, after a line break, and after . ! ? unless a letter or digit of ASCII follows
  /// (3.14, example.com). A rule of our own: the boundaries of UAX #29 depend on the version of the
  /// Unicode data, and a list of hashes must not. That some sentences come out cut too short does no
  /// harm, since they do so wherever they occur.
  static func sentenceEnd(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    var index = start
    while index < text.count {
      let byte = text[index]
      index += 1
      switch byte {
      case 0x0A: return index
      case 0x2E, 0x21, 0x3F:
        if index == text.count || !isAlphanumeric(text[index]) { return index }
      case 0xE3 where isNext(text, index, 0x80, 0x82), 0xEF where isNext(text, index, 0xBC, 0x81),
        0xEF where isNext(text, index, 0xBC, 0x9F), 0xEF where isNext(text, index, 0xBD, 0xA1):
        return index + 2
      default: break
      }
    }
    return index
  }

  private static func isNext(
    _ text: UnsafeBufferPointer<UInt8>, _ index: Int, _ first: UInt8, _ second: UInt8
  ) -> Bool {
    index + 1 < text.count && text[index] == first && text[index + 1] == second
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    default: false
    }
  }
}
