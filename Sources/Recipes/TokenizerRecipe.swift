import SeqaeFiles
import SeqaeText

/// Trains the tokenizer: characters as tokens, every byte as a fallback.
public enum TokenizerRecipe {
  /// Counts the training lines of corpora and writes a tokenizer of the most frequent characters.
  ///
  /// What noise inserts is always in the vocabulary, so that it is one token each.
  ///
  /// - Parameters:
  ///   - sources: the corpora.
  ///   - splits: what of them is held out and not counted.
  ///   - size: the number of tokens, 256 byte tokens and the special ones included.
  ///   - output: the file to write, `tokenizer.json` by convention.
  ///   - report: receives a line for each damaged line.
  /// - Returns: the tokenizer.
  /// - Throws: a `Failure` for a corpus that can't be read, a size that is too small, or a file that
  ///   can't be written.
  @discardableResult
  public static func run(
    _ sources: [CorpusSource], splits: Splits, size: Int, output: String,
    report: @escaping (String) -> Void
  ) throws(Failure) -> Tokenizer {
    let tokenizer = try train(sources, splits: splits, size: size, report: report)
    try tokenizer.write(to: output)
    return tokenizer
  }

  /// Counts the training lines of corpora, whatever they look like, and returns a tokenizer of them.
  static func train(
    _ sources: [CorpusSource], splits: Splits, size: Int, report: @escaping (String) -> Void
  ) throws(Failure) -> Tokenizer {
    var trainer = CharacterTrainer()
    for source in sources {
      var reader = try CorpusReader(source, report: report)
      while let line = try reader.next() {
        if splits.part(of: line) == .training { trainer.count(line) }
      }
    }
    return try Tokenizer(
      characters: try trainer.vocabulary(size: size, including: NoiseAlphabet.standard.text))
  }
}
