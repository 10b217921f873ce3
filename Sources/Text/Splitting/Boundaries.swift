import CICU
import Synchronization

/// A unit of Unicode text segmentation (UAX #29).
public enum TextUnit: String, CaseIterable, Sendable {
  /// A user-perceived character: an extended grapheme cluster.
  case grapheme
  /// A word, or what lies between words; Chinese, Japanese and Thai by ICU's dictionaries.
  case word
  /// A sentence with the space after it.
  case sentence
}

/// Where the units of a text begin and end, by ICU.
public enum Boundaries {
  /// Returns the byte offsets at which units begin, and the end: 0 … `bytes.count`; linear.
  ///
  /// Bytes that are not UTF-8 count as U+FFFD each. An empty text has the single boundary 0.
  ///
  /// ```swift
  /// Boundaries.offsets(of: .grapheme, in: Array("e\u{301}a".utf8))  // [0, 3, 4]
  /// ```
  public static func offsets(of unit: TextUnit, in bytes: [UInt8]) -> [Int] {
    offsets(of: unit, in: bytes[...])
  }

  /// Returns the indices of `bytes` at which units begin, and its end.
  public static func offsets(of unit: TextUnit, in bytes: ArraySlice<UInt8>) -> [Int] {
    var result = [bytes.startIndex]
    result.reserveCapacity(bytes.count / 2 + 2)
    bytes.withUnsafeBufferPointer { text in
      var start = 0
      while start < text.count {
        let end = windowEnd(text, from: start)
        appendOffsets(
          of: unit, in: UnsafeBufferPointer(rebasing: text[start..<end]),
          from: bytes.startIndex + start, to: &result)
        start = end
      }
    }
    return result
  }

  /// The version of ICU in use, such as "72.1".
  public static var libraryVersion: String { versions().library }

  /// The Unicode version of ICU's rules and data, such as "15.0".
  public static var unicodeVersion: String { versions().unicode }

  private static func versions() -> (library: String, unicode: String) {
    var library: [UInt8] = [0, 0, 0, 0]
    var unicode: [UInt8] = [0, 0, 0, 0]
    icu_versions(&library, &unicode)
    return ("\(library[0]).\(library[1])", "\(unicode[0]).\(unicode[1])")
  }

  /// ICU's offsets have 32 bits: a longer text is walked in windows, cut between code points.
  private static let window = 1 << 30

  private static func windowEnd(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    guard text.count - start > window else { return text.count }
    var end = start + window
    while end > start + window - 3, !text[end].beginsCodePoint { end -= 1 }
    return end
  }

  private static func appendOffsets(
    of unit: TextUnit, in text: UnsafeBufferPointer<UInt8>, from base: Int, to result: inout [Int]
  ) {
    let breaks = BreakIterator.take(unit)
    defer { breaks.giveBack(unit) }
    breaks.setText(text)
    while true {
      let offset = Int(icu_next_break(breaks.handle))
      guard offset >= 0 else { break }
      result.append(base + offset)
    }
  }
}

/// An open ICU iterator, used by one thread at a time and kept for the next user.
///
/// Opening one costs more than the boundaries of a line, and lines come by the million.
private struct BreakIterator: @unchecked Sendable {  // in the pool or with one user, never both
  let handle: OpaquePointer

  private static let idle = Mutex<[TextUnit: [BreakIterator]]>([:])

  static func take(_ unit: TextUnit) -> BreakIterator {
    idle.withLock { $0[unit]?.popLast() } ?? BreakIterator(unit)
  }

  func giveBack(_ unit: TextUnit) {
    BreakIterator.idle.withLock { $0[unit, default: []].append(self) }
  }

  private init(_ unit: TextUnit) {
    let kind =
      switch unit {
      case .grapheme: UBRK_CHARACTER
      case .word: UBRK_WORD
      case .sentence: UBRK_SENTENCE
      }
    var status = U_ZERO_ERROR
    guard let handle = icu_open_breaks(kind, &status), status.rawValue <= U_ZERO_ERROR.rawValue
    else {
      // The rules are part of the ICU library itself: nothing that a caller does brings this about.
      preconditionFailure("ICU has no \(unit) rules: \(String(cString: icu_error_name(status)))")
    }
    self.handle = handle
  }

  func setText(_ text: UnsafeBufferPointer<UInt8>) {
    var status = U_ZERO_ERROR
    icu_set_text(handle, text.baseAddress, Int64(text.count), &status)
    guard status.rawValue <= U_ZERO_ERROR.rawValue else {
      preconditionFailure("ICU refuses a text: \(String(cString: icu_error_name(status)))")
    }
  }
}
