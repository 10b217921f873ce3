/// Cuts a text as GPT-2 does before its merges: words, numbers and runs of marks, each with the space
/// before it.
///
/// Radford et al. 2019; the pattern of its published encoder, written out as a scanner over UTF-8:
/// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`. Letters and numbers are
/// those of utf8proc's Unicode version. Bytes that are not UTF-8 count as marks. Linear.
public struct ByteLevelSplitter: Splitter {
  /// Whether a space is set before a text that begins without one.
  public let addsPrefixSpace: Bool

  /// Creates the splitter.
  public init(addsPrefixSpace: Bool) {
    self.addsPrefixSpace = addsPrefixSpace
  }

  /// Returns `text`, with a space before it if it must have one.
  public func prepare(_ text: consuming AlignedText) -> AlignedText {
    let old = text
    guard addsPrefixSpace, let first = old.bytes.first, first != UInt8(ascii: " ") else {
      return old
    }
    var rewriter = AlignedText.Rewriter(old)
    rewriter.replace(0..<0, with: [UInt8(ascii: " ")])
    rewriter.copy(0..<old.bytes.count)
    return rewriter.finish()
  }

  /// Returns the pieces of `text.bytes`, without gaps.
  public func pieces(of text: AlignedText) -> [Range<Int>] {
    text.pieces { ByteLevelSplitter.end(ofPieceAt: $0, $1) }
  }

  private enum Kind {
    case letter, number, space, mark
  }

  private static func end(ofPieceAt start: Int, _ text: UnsafeBufferPointer<UInt8>) -> Int {
    if let end = contraction(text, start) { return end }
    var (kind, index) = read(text, start)
    if text[start] == UInt8(ascii: " "), index < text.count {
      let (next, end) = read(text, index)
      if next != .space {
        kind = next
        index = end
      }
    }
    var last = start  // of the last character of the run
    while index < text.count {
      let (next, end) = read(text, index)
      guard next == kind else { break }
      last = index
      index = end
    }
    // Before a word, the last space of several is left to the word.
    return kind == .space && index < text.count && last > start ? last : index
  }

  private static func contraction(_ text: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int? {
    guard text[start] == UInt8(ascii: "'"), start + 1 < text.count else { return nil }
    switch text[start + 1] {
    case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"):
      return start + 2
    case UInt8(ascii: "r"), UInt8(ascii: "v"):
      return start + 2 < text.count && text[start + 2] == UInt8(ascii: "e") ? start + 3 : nil
    case UInt8(ascii: "l"):
      return start + 2 < text.count && text[start + 2] == UInt8(ascii: "l") ? start + 3 : nil
    default:
      return nil
    }
  }

  @inline(__always)
  private static func read(
    _ text: UnsafeBufferPointer<UInt8>, _ index: Int
  ) -> (kind: Kind, end: Int) {
    guard let scalar = decodeScalar(text, at: index) else { return (.mark, index + 1) }
    let end = index + scalar.length
    if CharacterProperties.isLetter(scalar.value) { return (.letter, end) }
    if CharacterProperties.isSpace(scalar.value) { return (.space, end) }
    return (CharacterProperties.isNumber(scalar.value) ? .number : .mark, end)
  }
}
