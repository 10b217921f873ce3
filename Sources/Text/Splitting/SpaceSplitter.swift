/// Cuts a text at white space, which is dropped: Hugging Face's `WhitespaceSplit`. Linear.
public struct SpaceSplitter: Splitter {
  /// Creates the splitter.
  public init() {}

  /// Returns what stands between white space in `text.bytes`.
  public func pieces(of text: AlignedText) -> [Range<Int>] {
    var pieces: [Range<Int>] = []
    text.bytes.withUnsafeBufferPointer { bytes in
      var (start, index) = (0, 0)
      while index < bytes.count {
        let scalar = decodeScalar(bytes, at: index)
        let end = index + (scalar?.length ?? 1)
        if let scalar, CharacterProperties.isSpace(scalar.value) {
          if start < index { pieces.append(start..<index) }
          start = end
        }
        index = end
      }
      if start < index { pieces.append(start..<index) }
    }
    return pieces
  }
}
