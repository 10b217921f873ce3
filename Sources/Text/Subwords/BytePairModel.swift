import SeqaeFiles

/// Byte pair encoding: the smallest units of a piece, joined two by two in the order of learned merges.
///
/// Sennrich, Haddow and Birch 2016, *Neural Machine Translation of Rare Words with Subword Units*, §3.2. Of
/// the neighbours that have a merge, the one learned first is joined, of equal ones the leftmost, until
/// none is left: the ids are those of Hugging Face's BPE.
///
/// ```swift
/// let model = try BytePairModel(vocabulary, base: .characters, merges: [(left: t, right: h)])
/// ```
///
/// A short piece costs a few table lookups, and one that was seen lately a single one; a long one (a
/// page of unspaced Chinese) takes n log n. Memory for the work is kept between calls.
public struct BytePairModel: SubwordModel {
  /// The units that merges begin with.
  public enum Base: Sendable {
    /// Code points, and the tokens `<0x00>` … `<0xFF>` for those that the vocabulary lacks.
    case characters
    /// Bytes, which the vocabulary spells by GPT-2's 256 printable characters.
    case bytes
  }

  /// Two tokens that become the one of both their spellings.
  public typealias Merge = (left: TokenID, right: TokenID)

  /// The tokens.
  public let vocabulary: Vocabulary
  /// The units that merges begin with.
  public let base: Base
  /// The merges, first the one that was learned first.
  public let merges: [Merge]
  /// Whether a piece that is a token is that token, even where merges would not lead to it.
  public let takesWholePieces: Bool

  let table: PairTable
  let units: [TokenID]  // the token of each byte
  private let texts: TokenTexts
  private let workspaces = WorkspacePool()

  /// Creates the model of a vocabulary and the merges that make it.
  ///
  /// - Parameters:
  ///   - vocabulary: the tokens, with one for each of the 256 bytes.
  ///   - base: the units.
  ///   - merges: pairs of tokens whose joint spelling is a token, in the order of learning.
  ///   - takesWholePieces: whether a piece that is a token is not taken apart (`ignore_merges`).
  /// - Throws: `Failure(.data)` for a byte without a token and a merge whose result is no token.
  public init(
    _ vocabulary: Vocabulary, base: Base, merges: [Merge], takesWholePieces: Bool = false
  ) throws(Failure) {
    self.vocabulary = vocabulary
    self.base = base
    self.merges = merges
    self.takesWholePieces = takesWholePieces
    switch base {
    case .characters:
      units = try CharacterModel.byteTokens(of: vocabulary)
      texts = TokenTexts(vocabulary, byteTokens: units)
    case .bytes:
      var units: [TokenID] = []
      for byte in UInt8.min...UInt8.max {
        let spelling = ByteAlphabet.spelling(byte)
        guard let id = vocabulary.id(of: spelling) else {
          throw Failure(
            .data,
            "the vocabulary lacks \(spelling.quoted), which spells byte \(byte): all 256 are needed"
          )
        }
        units.append(id)
      }
      self.units = units
      texts = TokenTexts(spelledInBytes: vocabulary)
    }
    var complete: [(left: TokenID, right: TokenID, result: TokenID)] = []
    complete.reserveCapacity(merges.count)
    for (rank, merge) in merges.enumerated() {
      precondition(
        vocabulary.contains(merge.left) && vocabulary.contains(merge.right),
        "BytePairModel: merge \(rank) of \(merge) in a vocabulary of \(vocabulary.count)")
      let spelling = vocabulary.bytes(of: merge.left) + vocabulary.bytes(of: merge.right)
      guard let result = vocabulary.id(of: spelling) else {
        throw Failure(
          .data, "merge \(rank) makes \(ByteString(Array(spelling)).quoted), which is no token")
      }
      complete.append((left: merge.left, right: merge.right, result: result))
    }
    table = PairTable(complete)
  }

  /// Appends the tokens of `pieces`.
  public func encode(_ text: [UInt8], _ pieces: [Range<Int>], into encoding: inout Encoding) {
    let workspace = workspaces.take()
    defer { workspaces.giveBack(workspace) }
    encoding.reserve(text.count / 3 + 1)
    text.withUnsafeBufferPointer { text in
      for piece in pieces {
        var start = piece.lowerBound
        while start < piece.upperBound {
          let end = BytePairModel.windowEnd(text, start..<piece.upperBound)
          encode(text, start..<end, workspace, into: &encoding)
          start = end
        }
      }
    }
  }

  /// Places in a piece have 32 bits: a longer one is cut between code points.
  private static func windowEnd(_ text: UnsafeBufferPointer<UInt8>, _ piece: Range<Int>) -> Int {
    let window = 1 << 30
    guard piece.count > window else { return piece.upperBound }
    var end = piece.lowerBound + window
    while end > piece.lowerBound + window - 3, !text[end].beginsCodePoint { end -= 1 }
    return end
  }

  @inline(__always)
  private func encode(
    _ text: UnsafeBufferPointer<UInt8>, _ piece: Range<Int>, _ workspace: Workspace,
    into encoding: inout Encoding
  ) {
    guard let key = PieceKey(text, piece) else {
      tokenize(text, piece, workspace)
      workspace.appendAll(at: piece.lowerBound, to: &encoding)
      return
    }
    if workspace.cache.append(key, at: piece.lowerBound, to: &encoding) { return }
    tokenize(text, piece, workspace)
    workspace.cache.store(key, workspace.ids, workspace.ends, workspace.count)
    workspace.appendAll(at: piece.lowerBound, to: &encoding)
  }

  /// Leaves the tokens of a piece in the workspace.
  private func tokenize(
    _ text: UnsafeBufferPointer<UInt8>, _ piece: Range<Int>, _ workspace: Workspace
  ) {
    workspace.reserve(piece.count)
    if takesWholePieces, let id = wholeToken(text, piece) {
      workspace.take(id, end: piece.count)
      return
    }
    switch base {
    case .bytes: workspace.takeBytes(text, piece, units)
    case .characters: workspace.takeCharacters(text, piece, vocabulary, units)
    }
    workspace.merge(table)
  }

  private func wholeToken(_ text: UnsafeBufferPointer<UInt8>, _ piece: Range<Int>) -> TokenID? {
    switch base {
    case .characters: return vocabulary.id(of: Array(text[piece])[...])
    case .bytes:
      var spelling: [UInt8] = []
      for byte in text[piece] { spelling.appendScalar(ByteAlphabet.scalars[Int(byte)]) }
      return vocabulary.id(of: spelling[...])
    }
  }

  /// Appends the characters or the byte that the token `id` stands for.
  public func decode(_ id: TokenID, into bytes: inout [UInt8]) {
    bytes.append(contentsOf: texts.bytes(of: id))
  }
}

/// What each token stands for, where that is not its spelling.
private struct TokenTexts: Sendable {
  private var bytes: [UInt8] = []
  private var ends: [Int] = []

  /// The spelling, but for byte tokens.
  init(_ vocabulary: Vocabulary, byteTokens: [TokenID]) {
    let values = Dictionary(uniqueKeysWithValues: zip(byteTokens, UInt8.min...UInt8.max))
    for id in 0..<TokenID(vocabulary.count) {
      if let byte = values[id] {
        bytes.append(byte)
      } else {
        bytes.append(contentsOf: vocabulary.bytes(of: id))
      }
      ends.append(bytes.count)
    }
  }

  /// The bytes that the spelling stands for; that itself where it isn't made of the 256 characters.
  init(spelledInBytes vocabulary: Vocabulary) {
    for id in 0..<TokenID(vocabulary.count) {
      let spelling = vocabulary.bytes(of: id)
      bytes.append(contentsOf: ByteAlphabet.bytes(spelledBy: spelling) ?? Array(spelling))
      ends.append(bytes.count)
    }
  }

  func bytes(of id: TokenID) -> ArraySlice<UInt8> {
    let index = Int(id)
    return bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]]
  }
}
