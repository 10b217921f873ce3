import CICU

/// A way to write text in bytes other than UTF-8, by ICU's converters.
enum TextEncoding: String, CaseIterable {
  case windows1252 = "windows-1252"
  case latin1 = "ISO-8859-1"
  case gbk = "GBK"
  case utf8 = "UTF-8"

  /// Texts of more bytes are not converted: ICU's counts have 32 bits, and one byte may become three units.
  static let longest = 1 << 28

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
