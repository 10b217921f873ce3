import SeqaeFiles

/// The printable characters by which GPT-2's vocabulary spells bytes.
///
/// Radford et al. 2019; `bytes_to_unicode` of its published encoder: printable Latin-1 stands for
/// itself, and the other 68 bytes, in order, for U+0100 and what follows. The space is `Ġ`.
enum ByteAlphabet {
  /// The character of each byte.
  static let scalars: [UInt32] = {
    var next: UInt32 = 0x100
    return (UInt8.min...UInt8.max).map { byte in
      switch byte {
      case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return UInt32(byte)
      default:
        defer { next += 1 }
        return next
      }
    }
  }()

  private static let bytes: [UInt32: UInt8] = Dictionary(
    uniqueKeysWithValues: zip(scalars, UInt8.min...UInt8.max))

  /// Returns the bytes that `token` spells, nil if it has a character outside the alphabet.
  static func bytes(spelledBy token: ArraySlice<UInt8>) -> [UInt8]? {
    var result: [UInt8] = []
    let isSpelling = token.withUnsafeBufferPointer { text in
      var index = 0
      while index < text.count {
        guard let scalar = decodeScalar(text, at: index), let byte = bytes[scalar.value] else {
          return false
        }
        result.append(byte)
        index += scalar.length
      }
      return true
    }
    return isSpelling ? result : nil
  }

  /// Returns the spelling of a byte.
  static func spelling(_ byte: UInt8) -> ByteString {
    var bytes: [UInt8] = []
    bytes.appendScalar(scalars[Int(byte)])
    return ByteString(bytes)
  }
}
