import SeqaeFiles
import SeqaeText
import SeqaeTraining

/// Trains the tokenizer: characters as tokens, or pairs of them too, every byte as a fallback; or words.
public enum TokenizerRecipe {
  /// Counts the training lines of corpora and writes a tokenizer of them.
  ///
  /// What noise inserts is always in the vocabulary, so that it is one token each.
  ///
  /// - Parameters:
  ///   - sources: the corpora.
  ///   - splits: what of them is held out and not counted.
  ///   - configuration: what the tokenizer is to be.
  ///   - start: the file of one that is to get more tokens; nil for a new one.
  ///   - output: the file to write, `tokenizer.json` by convention; its folder is made if missing.
  ///   - progress: told how it goes, and of each damaged line.
  /// - Returns: the tokenizer.
  /// - Throws: a `Failure` for a corpus that can't be read, a size that is too small, or a file that
  ///   can't be written.
  @discardableResult
  public static func run(
    _ sources: [CorpusSource], splits: Splits, _ configuration: TokenizerConfiguration,
    from start: String? = nil, output: String, progress: Progress
  ) throws(Failure) -> Tokenizer {
    let tokenizer =
      if let start {
        try extend(start, sources, splits: splits, configuration, progress: progress)
      } else {
        try train(sources, splits: splits, configuration, progress: progress)
      }
    // Not before: of data that can't be read no folder is left.
    try Path.makeDirectories(Path.directory(output))
    try tokenizer.write(to: output)
    return tokenizer
  }

  /// Adds the most frequent characters of corpora that a tokenizer does not know to its tokens.
  private static func extend(
    _ start: String, _ sources: [CorpusSource], splits: Splits,
    _ configuration: TokenizerConfiguration, progress: Progress
  ) throws(Failure) -> Tokenizer {
    defer { progress.clear() }
    var kept = TokenizerConfiguration()
    kept.vocabulary = configuration.vocabulary
    guard configuration == kept else {
      throw Failure(
        .usage, "a tokenizer that gets more tokens stays what it is: set nothing but vocabulary")
    }
    let tokenizer = try Tokenizer(readingJSON: start)
    var more: CharacterExtension
    do throws(Failure) {
      more = try CharacterExtension(tokenizer)
      try more.requireRoom(size: configuration.vocabulary)
    } catch {
      throw error.located(in: start)
    }
    try forEachLine(sources, splits, progress) { more.count($0) }
    return try more.tokenizer(size: configuration.vocabulary)
  }

  /// Counts the training lines of corpora, whatever they look like, and returns a tokenizer of them.
  static func train(
    _ sources: [CorpusSource], splits: Splits, _ configuration: TokenizerConfiguration,
    progress: Progress
  ) throws(Failure) -> Tokenizer {
    defer { progress.clear() }
    let start = Clock.seconds()
    let size = configuration.vocabulary
    let always = NoiseAlphabet.standard.text
    let normalizer = configuration.normalizer.value
    switch configuration.model {
    case .characters:
      var trainer = CharacterTrainer()
      try forEachLine(sources, splits, progress) { line in
        trainer.count(normalizer?.normalize(AlignedText(line)).bytes ?? line)
      }
      return try Tokenizer(
        characters: try trainer.vocabulary(size: size, including: always), normalizer: normalizer)
    case .words:
      var trainer = WordTrainer(normalizer: normalizer)
      try forEachLine(sources, splits, progress) { trainer.count($0) }
      return try trainer.tokenizer(size: size)
    case .bpe:
      let splitter = ScriptSplitter()
      var trainer = BytePairTrainer(normalizer: normalizer, splitter: splitter)
      try forEachLine(sources, splits, progress) { trainer.count($0) }
      var options = BytePairTrainer.Options()
      options.coverage = configuration.coverage
      let model = try trainer.model(size: size, including: always, options: options) { count in
        let fraction = Double(count) / Double(size)
        progress.update(fraction: fraction, seconds: Clock.seconds() - start) {
          "\(count) of \(size) tokens"
        }
      }
      return try Tokenizer(trained: model, normalizer: normalizer, splitter: splitter)
    }
  }

  private static func forEachLine(
    _ sources: [CorpusSource], _ splits: Splits, _ progress: Progress, _ body: ([UInt8]) -> Void
  ) throws(Failure) {
    let start = Clock.seconds()
    var (count, used) = (0, 0)
    for source in sources {
      var reader = try CorpusReader(source, report: { progress.note($0) })
      while let line = try reader.next() {
        if splits.part(of: line) == .training {
          body(line)
          used += 1
        }
        count += 1
        guard count % 4096 == 0 else { continue }
        progress.update(fraction: 0, seconds: Clock.seconds() - start) {
          "\(count) lines, of \(source.path)"
        }
      }
    }
    guard used > 0 else {
      let names = sources.map(\.description).joined(separator: ", ")
      throw Failure(.data, "\(names): no line for training: expected lines of UTF-8")
    }
  }
}
