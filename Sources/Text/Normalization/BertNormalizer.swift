import CUTF8Proc

/// Rewrites a text as BERT does: controls out, Chinese characters apart, accents off, lower case.
///
/// Devlin et al. 2019, and the `BasicTokenizer` of its published code; the steps and their order are those
/// of Hugging Face's `BertNormalizer`. Categories are those of utf8proc's Unicode version. Linear but for
/// sorting runs of combining marks.
public struct BertNormalizer: Normalizer {
  /// Whether controls are dropped and white space becomes spaces.
  public let cleansText: Bool
  /// Whether each Chinese character gets a space on both sides.
  public let separatesChinese: Bool
  /// Whether accents are dropped; nil if they are where text is put into lower case.
  public let stripsAccents: Bool?
  /// Whether text is put into lower case.
  public let lowercases: Bool

  /// Creates the normaliser; without arguments that of the uncased models.
  public init(
    cleansText: Bool = true, separatesChinese: Bool = true, stripsAccents: Bool? = nil,
    lowercases: Bool = true
  ) {
    self.cleansText = cleansText
    self.separatesChinese = separatesChinese
    self.stripsAccents = stripsAccents
    self.lowercases = lowercases
  }

  /// Returns the rewritten text; bytes that are not UTF-8 stay.
  public func normalize(_ text: consuming AlignedText) -> AlignedText {
    var text = rewritten(text, isInert: { 0x20...0x7E ~= $0 }) { scalar, replacement in
      cleaned(scalar, &replacement)
    }
    if stripsAccents ?? lowercases {
      text = UnicodeNormalizer(.nfd).normalize(text)
      text = rewritten(text, isInert: { $0 < 0x300 || 0x3400...0x9FFF ~= $0 }) { scalar, _ in
        CharacterProperties.isNonspacingMark(scalar) ? .replaced : .kept
      }
    }
    guard lowercases else { return text }
    return rewritten(
      text, isInert: { $0 < 0x41 || 0x5B...0x7F ~= $0 || 0x3000...0x9FFF ~= $0 }
    ) { scalar, replacement in
      let lower = CharacterProperties.lowercase(scalar)
      if lower == scalar { return .kept }
      replacement.appendScalar(lower)
      // The only code point whose lower case is two (SpecialCasing.txt).
      if scalar == 0x130 { replacement = Array("i\u{307}".utf8) }
      return .replaced
    }
  }

  private enum Fate {
    case kept, replaced
  }

  private func cleaned(_ scalar: UInt32, _ replacement: inout [UInt8]) -> Fate {
    if cleansText {
      if CharacterProperties.isSpace(scalar) {
        guard scalar != 0x20 else { return .kept }
        // VT, FF and NEL are controls before they are spaces.
        if ![0x0B, 0x0C, 0x85].contains(scalar) { replacement.append(UInt8(ascii: " ")) }
        return .replaced
      }
      if scalar == 0xFFFD || CharacterProperties.isOther(scalar) { return .replaced }
    }
    guard separatesChinese, BertNormalizer.isChinese(scalar) else { return .kept }
    replacement.append(UInt8(ascii: " "))
    replacement.appendScalar(scalar)
    replacement.append(UInt8(ascii: " "))
    return .replaced
  }

  /// Whether a code point is a Chinese character to BERT: the blocks of `_is_chinese_char`.
  private static func isChinese(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F,
      0x2B740...0x2B81F, 0x2B920...0x2CEAF, 0xF900...0xFAFF, 0x2F800...0x2FA1F:
      true
    default: false
    }
  }

  /// Replaces code points one by one, without asking for those that are known to stay.
  @inline(__always)
  private func rewritten(
    _ text: AlignedText, isInert: (UInt32) -> Bool, _ rewrite: (UInt32, inout [UInt8]) -> Fate
  ) -> AlignedText {
    var rewriter = AlignedText.Rewriter(text)
    var replacement: [UInt8] = []
    var isChanged = false
    text.bytes.withUnsafeBufferPointer { bytes in
      var copied = 0  // what lies before is in the new text
      var index = 0
      while index < bytes.count {
        guard let scalar = decodeScalar(bytes, at: index) else {
          index += 1
          continue
        }
        let end = index + scalar.length
        if isInert(scalar.value) {
          index = end
          continue
        }
        if rewrite(scalar.value, &replacement) == .replaced {
          rewriter.copy(copied..<index)
          rewriter.replace(index..<end, with: replacement)
          replacement.removeAll(keepingCapacity: true)
          copied = end
          isChanged = true
        }
        index = end
      }
      rewriter.copy(copied..<bytes.count)
    }
    return isChanged ? rewriter.finish() : text
  }
}
