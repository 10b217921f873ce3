import CICU
import CUTF8Proc

/// General categories of code points (UAX #44), as other libraries' tokenizers ask for them.
package enum CharacterProperties {
  /// Whether a code point is a letter: category L.
  @inline(__always)
  package static func isLetter(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x61...0x7A, 0x41...0x5A, 0x4E00...0x9FFF: true
    case 0..<0x80: false
    default: isCategory(scalar, UTF8PROC_CATEGORY_LU, UTF8PROC_CATEGORY_LO)
    }
  }

  /// Whether a code point is a number: category N.
  @inline(__always)
  package static func isNumber(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x30...0x39: true
    case 0..<0x80, 0x4E00...0x9FFF: false
    default: isCategory(scalar, UTF8PROC_CATEGORY_ND, UTF8PROC_CATEGORY_NO)
    }
  }

  /// Whether a code point is a mark without a width of its own: category Mn.
  static func isNonspacingMark(_ scalar: UInt32) -> Bool {
    scalar >= 0x300 && isCategory(scalar, UTF8PROC_CATEGORY_MN, UTF8PROC_CATEGORY_MN)
  }

  /// Whether a code point is punctuation: category P.
  static func isPunctuation(_ scalar: UInt32) -> Bool {
    isCategory(scalar, UTF8PROC_CATEGORY_PC, UTF8PROC_CATEGORY_PO)
  }

  /// Whether a code point has the property White_Space, the same in all versions since 6.3.
  @inline(__always)
  package static func isSpace(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x20, 0x09...0x0D: true
    case 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
    default: false
    }
  }

  /// Whether a code point is a control, a format character, for private use or a surrogate.
  static func isOther(_ scalar: UInt32) -> Bool {
    isCategory(scalar, UTF8PROC_CATEGORY_CC, UTF8PROC_CATEGORY_CO)
  }

  /// The lower case of a code point, without that of SpecialCasing.txt: İ has two.
  static func lowercase(_ scalar: UInt32) -> UInt32 {
    UInt32(truncatingIfNeeded: utf8proc_tolower(utf8proc_int32_t(truncatingIfNeeded: scalar)))
  }

  /// Whether a code point is a letter of some case: the property Cased.
  static func isCased(_ scalar: UInt32) -> Bool { icu_is_cased(scalar) }

  /// Whether a code point is left out where cases are looked for, such as accents and points: Case_Ignorable.
  static func isCaseIgnorable(_ scalar: UInt32) -> Bool { icu_is_case_ignorable(scalar) }

  private static func isCategory(
    _ scalar: UInt32, _ first: utf8proc_category_t, _ last: utf8proc_category_t
  ) -> Bool {
    let category = utf8proc_category(utf8proc_int32_t(truncatingIfNeeded: scalar)).rawValue
    return first.rawValue <= category && category <= last.rawValue
  }
}
