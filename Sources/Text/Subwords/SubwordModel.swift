/// Tokens of a text, and where each of them lies in it.
public struct Encoding: Sendable, Equatable {
  /// The tokens' numbers.
  public internal(set) var ids: [TokenID]

  /// For each token the bytes of the original text that it stands for; empty for an added one.
  public internal(set) var ranges: [Range<Int>]

  /// Creates the encoding of an empty text.
  public init() {
    ids = []
    ranges = []
  }

  /// The number of tokens.
  public var count: Int { ids.count }

  /// Makes room for `count` more tokens; many times over in linear time.
  public mutating func reserve(_ count: Int) {
    let needed = ids.count + count
    guard needed > ids.capacity else { return }
    // Exactly what is needed would copy all tokens for each piece of a text.
    let room = max(needed, 2 * ids.capacity)
    ids.reserveCapacity(room)
    ranges.reserveCapacity(room)
  }

  /// Adds a token that stands for `range` of the text.
  @inline(__always)
  public mutating func append(_ id: TokenID, _ range: Range<Int>) {
    ids.append(id)
    ranges.append(range)
  }
}

/// Cuts pieces of text into tokens of a vocabulary.
public protocol SubwordModel: Sendable {
  /// The tokens.
  var vocabulary: Vocabulary { get }

  /// Appends the tokens of `pieces` of `text`, with ranges in `text`; no token crosses a piece's end.
  func encode(_ text: [UInt8], _ pieces: [Range<Int>], into encoding: inout Encoding)

  /// Appends the bytes that the token `id` stands for after the text that `bytes` holds so far.
  func decode(_ id: TokenID, into bytes: inout [UInt8])
}
