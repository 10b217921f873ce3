import SeqaeFiles

/// The number of a token in its vocabulary, as a model's embedding knows it.
public typealias TokenID = Int32

/// The tokens of a model: from number to bytes and back.
///
/// Tokens are byte strings and compared as such. Looking up a code point costs two array reads,
/// looking up bytes one hash; neither allocates.
public struct Vocabulary: Sendable {
  /// The number of tokens; their numbers are 0 ..< `count`.
  public let count: Int

  private let bytes: [UInt8]  // of all tokens, one after the other
  private let ends: [Int]  // where token i ends
  private let slots: [TokenID]  // open addressing by hash, -1 where free
  private let pages: [UInt16]  // of 256 code points; 0 is the page of none
  private let characters: [TokenID]  // by page and low byte of the code point, -1 where none

  /// Creates a vocabulary of tokens numbered in order.
  ///
  /// Throws a data failure for an empty token, one that occurs twice, and more than 2³¹ − 1 tokens.
  public init(_ tokens: [ByteString]) throws(Failure) {
    guard tokens.count <= Int(TokenID.max) else {
      throw Failure(.data, "a vocabulary of \(tokens.count) tokens: more than \(TokenID.max)")
    }
    count = tokens.count
    var bytes: [UInt8] = []
    var ends: [Int] = []
    ends.reserveCapacity(tokens.count)
    for token in tokens {
      bytes.append(contentsOf: token.bytes)
      ends.append(bytes.count)
    }
    var table = CharacterTable()
    var slots = [TokenID](repeating: -1, count: Vocabulary.slotCount(tokens.count))
    for (index, token) in tokens.enumerated() {
      let id = TokenID(index)
      guard !token.isEmpty else { throw Failure(.data, "vocabulary: token \(id) is empty") }
      let slot = token.bytes.withUnsafeBufferPointer {
        Vocabulary.slot(of: $0, slots, bytes, ends)
      }
      guard slots[slot] < 0 else {
        throw Failure(
          .data, "vocabulary: tokens \(slots[slot]) and \(id) are both \(token.quoted)")
      }
      slots[slot] = id
      token.bytes.withUnsafeBufferPointer { token in
        if let scalar = decodeScalar(token, at: 0), scalar.length == token.count {
          table.set(scalar.value, id)
        }
      }
    }
    self.bytes = bytes
    self.ends = ends
    self.slots = slots
    pages = table.pages
    characters = table.characters
  }

  /// Whether `id` is the number of a token.
  public func contains(_ id: TokenID) -> Bool { 0 <= id && Int(id) < count }

  /// Returns the bytes of the token `id`, which must be below `count`.
  public func bytes(of id: TokenID) -> ArraySlice<UInt8> {
    precondition(contains(id), "token \(id) is not in a vocabulary of \(count)")
    let index = Int(id)
    return bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]]
  }

  /// Returns the number of the token spelled `token`.
  public func id(of token: ByteString) -> TokenID? { id(of: token.bytes[...]) }

  /// Returns the number of the token spelled `token`.
  public func id(of token: ArraySlice<UInt8>) -> TokenID? {
    let id = token.withUnsafeBufferPointer { slots[Vocabulary.slot(of: $0, slots, bytes, ends)] }
    return id < 0 ? nil : id
  }

  /// Returns the number of the token that is this one code point.
  @inline(__always)
  public func id(ofScalar scalar: UInt32) -> TokenID? {
    let page = Int(scalar >> 8)
    guard page < pages.count else { return nil }
    let id = characters[Int(pages[page]) << 8 | Int(scalar & 0xFF)]
    return id < 0 ? nil : id
  }

  /// At most half of the slots are used, so that a search ends soon.
  private static func slotCount(_ count: Int) -> Int {
    var size = 2
    while size < 2 * count + 2 { size *= 2 }
    return size
  }

  /// Returns the slot that holds `token`, or the free one where it would go.
  private static func slot(
    of token: UnsafeBufferPointer<UInt8>, _ slots: [TokenID], _ bytes: [UInt8], _ ends: [Int]
  ) -> Int {
    var hasher = Hasher()  // keyed: no file can be written so that its tokens collide
    hasher.combine(bytes: UnsafeRawBufferPointer(token))
    var slot = hasher.finalize() & (slots.count - 1)
    while slots[slot] >= 0 {
      let index = Int(slots[slot])
      let start = index == 0 ? 0 : ends[index - 1]
      if ends[index] - start == token.count, token.elementsEqual(bytes[start..<ends[index]]) {
        break
      }
      slot = (slot + 1) & (slots.count - 1)
    }
    return slot
  }
}

/// Numbers by code point, in pages of 256 that exist where a token does.
private struct CharacterTable {
  var pages = [UInt16](repeating: 0, count: 0x1100)
  var characters = [TokenID](repeating: -1, count: 256)

  mutating func set(_ scalar: UInt32, _ id: TokenID) {
    let page = Int(scalar >> 8)
    if pages[page] == 0 {
      pages[page] = UInt16(characters.count >> 8)
      characters.append(contentsOf: repeatElement(-1, count: 256))
    }
    characters[Int(pages[page]) << 8 | Int(scalar & 0xFF)] = id
  }
}
