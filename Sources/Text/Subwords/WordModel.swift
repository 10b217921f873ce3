import SeqaeFiles

/// A model whose tokens are whole words: a word of the vocabulary, or the unknown one.
///
/// What Hugging Face calls `WordLevel`, and the form that published figures of the Penn Treebank are in (Mikolov et al.
/// 2010: its 10,000 most frequent words). What is unknown doesn't come back from its token.
public struct WordModel: SubwordModel {
  /// The tokens.
  public let vocabulary: Vocabulary
  /// The token of every other word.
  public let unknown: TokenID

  private let isWord: [Bool]  // by token: no text can make a special one

  /// Creates the model of a vocabulary.
  ///
  /// - Parameters:
  ///   - vocabulary: the tokens.
  ///   - unknown: one of them.
  ///   - specialTokens: those that are no words, whatever their spelling.
  public init(_ vocabulary: Vocabulary, unknown: TokenID, specialTokens: [TokenID]) {
    precondition(
      vocabulary.contains(unknown), "token \(unknown) is not in a vocabulary of \(vocabulary.count)"
    )
    self.vocabulary = vocabulary
    self.unknown = unknown
    var isWord = [Bool](repeating: true, count: vocabulary.count)
    for id in specialTokens where vocabulary.contains(id) { isWord[Int(id)] = false }
    self.isWord = isWord
  }

  /// Appends the token of each piece.
  public func encode(_ text: [UInt8], _ pieces: [Range<Int>], into encoding: inout Encoding) {
    encoding.reserve(pieces.count)
    for piece in pieces {
      let id = vocabulary.id(of: text[piece]) ?? unknown
      encoding.append(isWord[Int(id)] ? id : unknown, piece)
    }
  }

  /// Appends a word, after a space unless it is the first.
  public func decode(_ id: TokenID, into bytes: inout [UInt8]) {
    if !bytes.isEmpty { bytes.append(UInt8(ascii: " ")) }
    bytes.append(contentsOf: vocabulary.bytes(of: id))
  }
}
