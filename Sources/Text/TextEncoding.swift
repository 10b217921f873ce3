import CICU
import SeqaeFiles

/// A way to write text in bytes, by ICU's converters.
public enum TextEncoding: String, CaseIterable, Sendable {
  case utf8 = "utf-8"
  case gb18030
  case gbk
  case big5
  case latin1 = "iso-8859-1"
  case windows1252 = "windows-1252"

  /// Texts of more bytes are not converted: ICU's counts have 32 bits, and one byte may become three units.
  static let longest = 1 << 28

  /// Returns text in this encoding as UTF-8; nil where some of it can't be read.
  package func utf8(_ bytes: [UInt8]) -> [UInt8]? {
    guard self != .utf8 else { return UTF8Validation.firstInvalid(in: bytes) == nil ? bytes : nil }
    guard bytes.count <= TextEncoding.longest else { return nil }
    let text = decode(bytes)
    return text.unicodeScalars.contains("\u{FFFD}") ? nil : Array(text.utf8)
  }

  /// Reads bytes as text in this encoding; U+FFFD for what can't be read.
  func decode(_ bytes: [UInt8]) -> String {
    let units = withCapacity(bytes.count + 8, of: UInt16(0)) { units, capacity, status in
      icu_decode(rawValue, bytes, Int32(bytes.count), units, capacity, &status)
    }
    return String(decoding: units, as: UTF16.self)
  }

  /// Writes text in this encoding; its substitute for what it lacks.
  func encode(_ text: String) -> [UInt8] {
    let units = Array(text.utf16)
    return withCapacity(4 * units.count + 8, of: UInt8(0)) { bytes, capacity, status in
      icu_encode(rawValue, units, Int32(units.count), bytes, capacity, &status)
    }
  }

  private func withCapacity<Unit>(
    _ capacity: Int, of zero: Unit,
    _ convert: (UnsafeMutablePointer<Unit>?, Int32, inout UErrorCode) -> Int32
  ) -> [Unit] {
    var status = U_ZERO_ERROR
    let units = [Unit](unsafeUninitializedCapacity: capacity) { buffer, count in
      count = Int(convert(buffer.baseAddress, Int32(capacity), &status))
    }
    // The converters are part of ICU's own data, and the capacity is the most that they write.
    precondition(
      status.rawValue <= U_ZERO_ERROR.rawValue,
      "ICU does not convert \(rawValue): \(String(cString: icu_error_name(status)))")
    return units
  }
}
