import SeqaeFiles

/// A model whose pieces are code points, with bytes for those that the vocabulary lacks.
///
/// What Hugging Face's BPE does with no merges and `byte_fallback`: a code point of the vocabulary is
/// one token, another is spelled by the tokens `<0x00>` … `<0xFF>` of its UTF-8 bytes. Bytes that are
/// not UTF-8 become such tokens too, so that any byte string comes back from its tokens.
public struct CharacterModel: SubwordModel {
  /// The tokens.
  public let vocabulary: Vocabulary

  private let byteTokens: [TokenID]  // by byte
  private let bytesOfTokens: [TokenID: UInt8]

  /// Creates the model of a vocabulary, which must have all 256 byte tokens.
  public init(_ vocabulary: Vocabulary) throws(Failure) {
    self.vocabulary = vocabulary
    let tokens = try CharacterModel.byteTokens(of: vocabulary)
    byteTokens = tokens
    bytesOfTokens = Dictionary(uniqueKeysWithValues: zip(tokens, UInt8.min...UInt8.max))
  }

  /// Returns the token of each byte; throws a data failure if one is missing.
  static func byteTokens(of vocabulary: Vocabulary) throws(Failure) -> [TokenID] {
    var tokens: [TokenID] = []
    for byte in UInt8.min...UInt8.max {
      let name = CharacterModel.byteToken(byte)
      guard let id = vocabulary.id(of: name) else {
        throw Failure(
          .data, "the vocabulary lacks the token \(name), and byte fallback needs all 256")
      }
      tokens.append(id)
    }
    return tokens
  }

  /// Returns the name of the token of a byte, such as `<0x0A>`.
  public static func byteToken(_ byte: UInt8) -> ByteString {
    let digits = Array("0123456789ABCDEF".utf8)
    var name = Array("<0x".utf8)
    name.append(digits[Int(byte >> 4)])
    name.append(digits[Int(byte & 15)])
    name.append(UInt8(ascii: ">"))
    return ByteString(name)
  }

  /// Appends the tokens of `pieces`; linear.
  public func encode(_ text: [UInt8], _ pieces: [Range<Int>], into encoding: inout Encoding) {
    encoding.reserve(text.count)
    text.withUnsafeBufferPointer { text in
      for piece in pieces { encode(text, piece, into: &encoding) }
    }
  }

  private func encode(
    _ text: UnsafeBufferPointer<UInt8>, _ piece: Range<Int>, into encoding: inout Encoding
  ) {
    var index = piece.lowerBound
    while index < piece.upperBound {
      let scalar = decodeScalar(text, at: index)
      if let scalar, let id = vocabulary.id(ofScalar: scalar.value) {
        encoding.append(id, index..<index + scalar.length)
        index += scalar.length
        continue
      }
      for _ in 0..<(scalar?.length ?? 1) {
        encoding.append(byteTokens[Int(text[index])], index..<index + 1)
        index += 1
      }
    }
  }

  /// Appends the character or the byte that the token `id` stands for.
  public func decode(_ id: TokenID, into bytes: inout [UInt8]) {
    if let byte = bytesOfTokens[id] {
      bytes.append(byte)
    } else {
      bytes.append(contentsOf: vocabulary.bytes(of: id))
    }
  }
}
