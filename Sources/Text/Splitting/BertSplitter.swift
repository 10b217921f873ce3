/// Cuts a text as BERT does before its word pieces: at white space, which is dropped, and around each mark.
///
/// Devlin et al. 2019, and the `BasicTokenizer` of its published code; a mark is punctuation of Unicode's or
/// any ASCII character that is no letter, digit or space. Linear.
public struct BertSplitter: Splitter {
  /// Creates the splitter.
  public init() {}

  /// Returns the words and marks of `text.bytes`.
  public func pieces(of text: AlignedText) -> [Range<Int>] {
    var pieces: [Range<Int>] = []
    pieces.reserveCapacity(text.bytes.count / 5 + 1)
    text.bytes.withUnsafeBufferPointer { bytes in
      var start = 0  // of the word
      var index = 0
      while index < bytes.count {
        let (kind, end) = BertSplitter.read(bytes, index)
        if kind != .letter {
          if start < index { pieces.append(start..<index) }
          if kind == .mark { pieces.append(index..<end) }
          start = end
        }
        index = end
      }
      if start < index { pieces.append(start..<index) }
    }
    return pieces
  }

  private enum Kind {
    case letter, space, mark
  }

  @inline(__always)
  private static func read(
    _ text: UnsafeBufferPointer<UInt8>, _ index: Int
  ) -> (kind: Kind, end: Int) {
    let first = text[index]
    if first < 0x80 {
      switch first {
      case 0x61...0x7A, 0x41...0x5A, 0x30...0x39: return (.letter, index + 1)
      case 0x20, 0x09...0x0D: return (.space, index + 1)
      case 0x21...0x7E: return (.mark, index + 1)
      default: return (.letter, index + 1)
      }
    }
    guard let scalar = decodeScalar(text, at: index) else { return (.letter, index + 1) }
    let end = index + scalar.length
    if (0x4E00...0x9FFF).contains(scalar.value) { return (.letter, end) }
    if CharacterProperties.isSpace(scalar.value) { return (.space, end) }
    return (CharacterProperties.isPunctuation(scalar.value) ? .mark : .letter, end)
  }
}
