import SeqaeFiles

extension Tokenizer {
  /// Returns the tokenizer with special tokens behind its own; those that it has already stay where they are.
  ///
  /// ```swift
  /// let tagged = try tokenizer.adding(["<2en>", "<2zh>"])
  /// tagged.vocabulary.count                    // tokenizer.vocabulary.count + 2
  /// ```
  ///
  /// - Parameter tokens: their spellings.
  /// - Returns: a tokenizer of characters or merges.
  /// - Throws: `Failure(.data)` for another kind of tokenizer, or if one of them is an ordinary token.
  public func adding(_ tokens: [ByteString]) throws(Failure) -> Tokenizer {
    var added: [ByteString] = []
    for token in tokens {
      guard let id = vocabulary.id(of: token) else {
        added.append(token)
        continue
      }
      guard isSpecial(id) else {
        throw Failure(.data, "the tokenizer has \(token.quoted) as an ordinary token")
      }
    }
    guard !added.isEmpty else { return self }
    let own = (0..<TokenID(vocabulary.count)).map { ByteString(Array(vocabulary.bytes(of: $0))) }
    let larger = try Vocabulary(own + added)
    let model: any SubwordModel
    switch self.model {
    case is CharacterModel: model = try CharacterModel(larger)
    case let old as BytePairModel:
      model = try BytePairModel(
        larger, base: old.base, merges: old.merges, takesWholePieces: old.takesWholePieces)
    default:
      throw Failure(
        .data, "the tokenizer is none of characters or merges: no special tokens can be added")
    }
    return Tokenizer(
      normalizer: normalizer, splitter: splitter, model: model, template: template,
      specialTokens: specialTokens + (TokenID(own.count)..<TokenID(larger.count)),
      offsetTrimming: offsetTrimming)
  }
}
