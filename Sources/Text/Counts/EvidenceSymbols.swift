/// The tokens of a character vocabulary as counts see them: case, width and the value of digits do not matter.
package struct EvidenceSymbols: Sendable {
  /// What kind of text a symbol belongs to.
  package struct Kind: OptionSet, Sendable {
    package let rawValue: UInt8

    /// Creates a set of its bits.
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Of alphabetic text: a letter, digit, space or mark below U+0250, or the end of a text.
    package static let alphabetic = Kind(rawValue: 1)
    /// A Latin letter of English.
    package static let letter = Kind(rawValue: 2)
    /// A Chinese character.
    package static let chinese = Kind(rawValue: 4)
    /// An upper-case letter; of tokens, not of symbols.
    package static let upperCase = Kind(rawValue: 8)
    /// A byte of a character that begins with another token.
    package static let continuation = Kind(rawValue: 16)
  }

  /// The symbol of each token: the number of the token that stands for it.
  package let folded: [UInt16]
  /// The kind of each token.
  package let kinds: [Kind]
  /// The letters, in order.
  package let letters: [UInt16]
  /// The upper-case token of each letter's symbol.
  let upperCase: [UInt16: TokenID]
  /// What stands before a text and after it.
  package let end: UInt16

  /// Creates the symbols of a vocabulary.
  ///
  /// - Parameters:
  ///   - vocabulary: of fewer than 65,535 tokens.
  ///   - end: the token that ends a text.
  package init(_ vocabulary: Vocabulary, end: TokenID) {
    precondition(vocabulary.count < Int(UInt16.max), "EvidenceSymbols: \(vocabulary.count) tokens")
    var (folded, kinds): ([UInt16], [Kind]) = ([], [])
    var upperCase: [UInt16: TokenID] = [:]
    for id in 0..<TokenID(vocabulary.count) {
      let scalar = Self.scalar(vocabulary, id)
      let plain = scalar.map(Self.plain)
      let symbol = plain.flatMap { vocabulary.id(ofScalar: $0) } ?? id
      folded.append(UInt16(symbol))
      var kind = plain.map(Self.kind) ?? []
      if id == end { kind.insert(.alphabetic) }
      if let byte = Self.byte(vocabulary, id), !byte.beginsCodePoint { kind.insert(.continuation) }
      if let scalar, (0x41...0x5A).contains(scalar) {
        kind.insert(.upperCase)
        upperCase[UInt16(symbol)] = id
      }
      kinds.append(kind)
    }
    (self.folded, self.kinds, self.upperCase) = (folded, kinds, upperCase)
    letters = (0x61...0x7A).compactMap { vocabulary.id(ofScalar: $0).map { UInt16($0) } }
    self.end = UInt16(end)
  }

  /// The code point that a token is; nil for bytes and special tokens.
  static func scalar(_ vocabulary: Vocabulary, _ id: TokenID) -> UInt32? {
    let text = vocabulary.bytes(of: id)
    return text.withUnsafeBufferPointer { bytes in
      let scalar = decodeScalar(bytes, at: 0)
      return scalar?.length == bytes.count ? scalar?.value : nil
    }
  }

  /// The byte that a token such as `<0xE4>` stands for.
  private static func byte(_ vocabulary: Vocabulary, _ id: TokenID) -> UInt8? {
    let text = vocabulary.bytes(of: id)
    guard text.count == 6, text.starts(with: Array("<0x".utf8)), text.last == UInt8(ascii: ">")
    else { return nil }
    return UInt8(String(decoding: text.dropFirst(3).dropLast(), as: UTF8.self), radix: 16)
  }

  private static func plain(_ scalar: UInt32) -> UInt32 {
    let narrow = (0xFF01...0xFF5E).contains(scalar) ? scalar - 0xFEE0 : scalar
    switch narrow {
    case 0x30...0x39: return 0x30
    case 0x41...0x5A: return narrow + 0x20
    default: return narrow == scalar || isLetterOrDigit(narrow) ? narrow : scalar
    }
  }

  // Wide marks are those of Chinese text and stay apart.
  private static func isLetterOrDigit(_ scalar: UInt32) -> Bool {
    (0x30...0x39).contains(scalar) || (0x61...0x7A).contains(scalar)
  }

  private static func kind(_ scalar: UInt32) -> Kind {
    switch scalar {
    case 0x61...0x7A: [.alphabetic, .letter]
    case ..<0x250: .alphabetic
    case 0x4E00...0x9FFF: .chinese
    default: []
    }
  }
}
