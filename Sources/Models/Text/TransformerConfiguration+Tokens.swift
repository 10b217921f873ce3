import SeqaeFiles
import SeqaeText

extension TransformerConfiguration {
  /// Creates the configuration of a small model over the tokens of `tokenizer`, whose special tokens it names.
  ///
  /// - Throws: `Failure(.data)` if the tokenizer lacks one.
  public init(for tokenizer: Tokenizer) throws(Failure) {
    self.init(vocabularySize: tokenizer.vocabulary.count)
    padding = try tokenizer.id(of: .pad)
    beginning = try tokenizer.id(of: .bos)
    end = try tokenizer.id(of: .eos)
    decoderStart = end  // as in BART
  }

  /// Checks that a tokenizer is the one that the model was made for.
  ///
  /// - Throws: `Failure(.data)` that names the first number that differs.
  func requireTokens(of tokenizer: Tokenizer) throws(Failure) {
    let named: [(key: String, found: Int, expected: Int)] = [
      ("vocab_size", vocabularySize, tokenizer.vocabulary.count),
      ("pad_token_id", Int(padding), Int(try tokenizer.id(of: .pad))),
      ("bos_token_id", Int(beginning), Int(try tokenizer.id(of: .bos))),
      ("eos_token_id", Int(end), Int(try tokenizer.id(of: .eos))),
    ]
    for (key, found, expected) in named where found != expected {
      throw Failure(
        .data,
        "config.json: \(key) is \(found), by tokenizer.json it is \(expected):"
          + " they belong to different models")
    }
  }
}
