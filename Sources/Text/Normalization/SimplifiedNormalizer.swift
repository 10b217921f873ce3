/// Writes traditional Chinese characters in their simplified form, by Unicode's data (kSimplifiedVariant).
///
/// Several traditional characters may have one simplified form, so that this is for comparing texts, not for readers: 发
/// stands for 發 and 髮. Characters that simplified writing has too stay.
package struct SimplifiedNormalizer: Normalizer {
  /// Creates the normalizer.
  package init() {}

  package func normalize(_ text: consuming AlignedText) -> AlignedText {
    let old = text
    var changes: [(range: Range<Int>, form: UInt32)] = []
    forEachScalar(of: old.bytes) { scalar, range in
      // Nothing below U+3400 is Han.
      guard let scalar, scalar >= 0x3400, ChineseScript.simplified.lacks(scalar),
        let form = ChineseScript.simplified.forms(of: scalar).first
      else { return }
      changes.append((range, form))
    }
    guard !changes.isEmpty else { return old }
    var rewriter = AlignedText.Rewriter(old)
    var end = 0
    for (range, form) in changes {
      rewriter.copy(end..<range.lowerBound)
      var bytes: [UInt8] = []
      bytes.appendScalar(form)
      rewriter.replace(range, with: bytes)
      end = range.upperBound
    }
    rewriter.copy(end..<old.bytes.count)
    return rewriter.finish()
  }
}
