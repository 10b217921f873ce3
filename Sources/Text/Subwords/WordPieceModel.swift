import SeqaeFiles

/// Word pieces: the longest token that begins a word, then the longest that goes on, and so on.
///
/// Wu et al. 2016, §4.1, in the greedy form of BERT's published code (Devlin et al. 2019): a token that goes
/// on is spelled with a prefix, `##`, and a word that can't be taken apart is one unknown token.
///
/// A word costs one lookup for each end that is tried, at most its characters squared over 2, of which
/// there are at most `longestWord`.
public struct WordPieceModel: SubwordModel {
  /// The tokens.
  public let vocabulary: Vocabulary
  /// The token of a word that can't be taken apart.
  public let unknown: TokenID
  /// What the spelling of a token begins with that goes on with a word.
  public let prefix: ByteString
  /// Characters of a word beyond which it is unknown.
  public let longestWord: Int
  /// Whether decoding sets marks and contractions against the word before them.
  public let cleansUp: Bool

  private let begins: TokenTable
  private let continues: TokenTable
  private let workspaces = WorkspacePool()

  /// Creates the model of a vocabulary.
  ///
  /// - Parameters:
  ///   - vocabulary: the tokens.
  ///   - unknown: one of them.
  ///   - prefix: of tokens that go on, as `##`.
  ///   - longestWord: characters of a word beyond which it is unknown.
  ///   - cleansUp: whether decoding takes spaces before marks away.
  public init(
    _ vocabulary: Vocabulary, unknown: TokenID, prefix: ByteString = "##", longestWord: Int = 100,
    cleansUp: Bool = true
  ) {
    precondition(
      vocabulary.contains(unknown), "token \(unknown) is not in a vocabulary of \(vocabulary.count)"
    )
    self.vocabulary = vocabulary
    self.unknown = unknown
    self.prefix = prefix
    self.longestWord = longestWord
    self.cleansUp = cleansUp
    begins = TokenTable(vocabulary, after: [])
    continues = TokenTable(vocabulary, after: prefix.bytes)
  }

  /// Appends the tokens of words.
  public func encode(_ text: [UInt8], _ pieces: [Range<Int>], into encoding: inout Encoding) {
    let workspace = workspaces.take()
    defer { workspaces.giveBack(workspace) }
    encoding.reserve(text.count / 4 + 1)
    text.withUnsafeBufferPointer { text in
      for piece in pieces {
        let key = PieceKey(text, piece)
        if let key, workspace.cache.append(key, at: piece.lowerBound, to: &encoding) { continue }
        workspace.reserve(piece.count)
        tokenize(text, piece, workspace)
        if let key {
          workspace.cache.store(key, workspace.ids, workspace.ends, workspace.count)
        }
        workspace.appendAll(at: piece.lowerBound, to: &encoding)
      }
    }
  }

  /// Leaves the tokens of a word in the workspace.
  private func tokenize(
    _ text: UnsafeBufferPointer<UInt8>, _ piece: Range<Int>, _ workspace: Workspace
  ) {
    var start = piece.lowerBound
    if isTooLong(text, piece) { start = piece.upperBound }
    while start < piece.upperBound {
      let table = start == piece.lowerBound ? begins : continues
      var end = min(piece.upperBound, start + table.longest)
      var found: TokenID?
      while end > start {
        // Only whole characters are looked up.
        if end == piece.upperBound || text[end].beginsCodePoint {
          found = table.id(of: UnsafeBufferPointer(rebasing: text[start..<end]))
          if found != nil { break }
        }
        end -= 1
      }
      guard let found else { break }
      workspace.take(found, end: end - piece.lowerBound)
      start = end
    }
    guard start < piece.upperBound || workspace.count == 0 else { return }
    workspace.reserve(1)
    workspace.take(unknown, end: piece.count)
  }

  private func isTooLong(_ text: UnsafeBufferPointer<UInt8>, _ piece: Range<Int>) -> Bool {
    guard piece.count > longestWord else { return false }
    var characters = 0
    for index in piece where text[index].beginsCodePoint { characters += 1 }
    return characters > longestWord
  }

  /// Appends a token, after a space unless it goes on with a word or is the first.
  public func decode(_ id: TokenID, into bytes: inout [UInt8]) {
    let spelling = vocabulary.bytes(of: id)
    guard !bytes.isEmpty else {
      bytes.append(contentsOf: cleansUp ? WordPieceModel.cleaned(Array(spelling)) : Array(spelling))
      return
    }
    var text: [UInt8]
    if spelling.starts(with: prefix.bytes) {
      text = Array(spelling.dropFirst(prefix.bytes.count))
    } else {
      text = [UInt8(ascii: " ")] + spelling
    }
    bytes.append(contentsOf: cleansUp ? WordPieceModel.cleaned(text) : text)
  }

  /// What the spaces of English text are cleaned of, in this order.
  private static let corrections: [(ByteString, ByteString)] = [
    (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"),
    (" 'm", "'m"), (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
  ]

  private static func cleaned(_ text: [UInt8]) -> [UInt8] {
    var text = text
    for (old, new) in corrections where text.count >= old.bytes.count {
      var result: [UInt8] = []
      var index = 0
      while index < text.count {
        if text[index...].starts(with: old.bytes) {
          result += new.bytes
          index += old.bytes.count
        } else {
          result.append(text[index])
          index += 1
        }
      }
      text = result
    }
    return text
  }
}

/// The tokens whose spelling begins with a prefix, by what follows it.
private struct TokenTable: Sendable {
  /// The longest of them, in bytes without the prefix.
  let longest: Int

  private let texts: [UInt8]
  private let entries: [(id: TokenID, start: Int, count: Int)]
  private let slots: [Int32]
  private let seed = UInt64(truncatingIfNeeded: Hasher().finalize())

  init(_ vocabulary: Vocabulary, after prefix: [UInt8]) {
    var texts: [UInt8] = []
    var entries: [(id: TokenID, start: Int, count: Int)] = []
    for id in 0..<TokenID(vocabulary.count) {
      let spelling = vocabulary.bytes(of: id)
      guard spelling.count > prefix.count, spelling.starts(with: prefix) else { continue }
      entries.append((id: id, start: texts.count, count: spelling.count - prefix.count))
      texts += spelling.dropFirst(prefix.count)
    }
    longest = entries.map(\.count).max() ?? 0
    let seed = seed
    var size = 16
    while size < 3 * entries.count { size *= 2 }
    var slots = [Int32](repeating: -1, count: size)
    texts.withUnsafeBufferPointer { bytes in
      for (index, entry) in entries.enumerated() {
        let text = UnsafeBufferPointer(rebasing: bytes[entry.start..<entry.start + entry.count])
        var slot = TokenTable.hash(text, seed) & (size - 1)
        while slots[slot] >= 0 { slot = (slot + 1) & (size - 1) }
        slots[slot] = Int32(truncatingIfNeeded: index)
      }
    }
    self.texts = texts
    self.entries = entries
    self.slots = slots
  }

  func id(of text: UnsafeBufferPointer<UInt8>) -> TokenID? {
    var slot = TokenTable.hash(text, seed) & (slots.count - 1)
    while slots[slot] >= 0 {
      let entry = entries[Int(slots[slot])]
      if entry.count == text.count,
        text.elementsEqual(texts[entry.start..<entry.start + entry.count])
      {
        return entry.id
      }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  @inline(__always)
  private static func hash(_ text: UnsafeBufferPointer<UInt8>, _ seed: UInt64) -> Int {
    var state = seed
    for byte in text { state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }  // FNV-1a, keyed
    return Int(truncatingIfNeeded: (state ^ state >> 32) & 0x7FFF_FFFF)
  }
}
