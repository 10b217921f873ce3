import SeqaeFiles
import SeqaeRandom
import SeqaeText
import SeqaeTraining

/// A recipe that trains a model on lines of corpora, cut into tokens.
public protocol TextRecipe: SteppedRecipe {
  // Said again, so that they are found by what `prepare` below returns.
  associatedtype Trained
  associatedtype Example

  /// Whether the first side of a pair of its corpora is the class of the second.
  var readsLabels: Bool { get }
  /// Whether a corpus's development lines are what the model is judged on.
  func isJudged(_ source: CorpusSource) -> Bool
  /// What the tokens are of a tokenizer that the run trains.
  var tokenizerModel: TokenizerConfiguration.Model { get }
  /// What such a tokenizer is trained on.
  var tokenizerData: [CorpusSource] { get }

  /// Makes what the run works with.
  ///
  /// - Parameters:
  ///   - material: data and tokenizer.
  ///   - progress: told what is ready.
  /// - Returns: the model and its batches, and how it is judged and written.
  /// - Throws: a `Failure` where settings, data and tokenizer don't fit each other.
  func prepare(
    _ material: RunMaterial, _ progress: Progress
  ) throws(Failure) -> PreparedRun<Trained, Example>
}

/// What a recipe makes its model of.
public struct RunMaterial {
  package let data: DenoiserData
  package let splits: Splits
  package let tokenizer: Tokenizer
  package let random: Random  // of the seed
  fileprivate let tokenizerPath: String?

  /// Returns what `make` does; what it finds wrong with a tokenizer that was given is said of its file.
  func fitting<Result>(_ make: () throws(Failure) -> Result) throws(Failure) -> Result {
    do throws(Failure) {
      return try make()
    } catch {
      guard let tokenizerPath else { throw error }
      throw error.located(in: tokenizerPath, remedy: ": train one with seqae train tokenizer")
    }
  }
}

extension TextRecipe {
  public var readsLabels: Bool { false }

  public func isJudged(_ source: CorpusSource) -> Bool { true }

  public var tokenizerModel: TokenizerConfiguration.Model { .characters }

  public var tokenizerData: [CorpusSource] { data }

  /// Reads the lines of the corpora, and the tokenizer or trains one, and makes what the run works with.
  ///
  /// - Parameters:
  ///   - run: the folder of a run that goes on, whose tokens it has; nil for a new one.
  ///   - progress: told what is ready.
  /// - Returns: the model and its batches, and how it is judged and written.
  /// - Throws: a `Failure` where settings, data and tokenizer don't fit each other, or can't be read.
  public func prepare(
    resuming run: String?, _ progress: Progress
  ) throws(Failure) -> PreparedRun<Trained, Example> {
    let tokenizerPath =
      run.map { Path.join($0, ModelFolder.tokenizerName) } ?? self.tokenizer ?? start?.tokenizer
    let splits = try Splits(path: self.splits)
    let settings = configuration.training
    let data = try DenoiserData(
      self.data, splits, limit: settings.lineLimit, window: settings.shuffleWindow,
      development: settings.developmentLimit, labelled: readsLabels, isJudged: isJudged,
      report: { progress.note($0) })
    let tokenizer: Tokenizer
    if let tokenizerPath {
      tokenizer = try Tokenizer(readingJSON: tokenizerPath)
    } else {
      // Damaged lines were reported when the data was read.
      var wanted = TokenizerConfiguration()
      wanted.model = tokenizerModel
      wanted.vocabulary = settings.vocabulary
      tokenizer = try TokenizerRecipe.train(
        tokenizerData, splits: splits, wanted, progress: Progress(.silent))
    }
    var prepared = try prepare(
      RunMaterial(
        data: data, splits: splits, tokenizer: tokenizer,
        random: Random(seed: UInt64(settings.seed)), tokenizerPath: tokenizerPath), progress)
    for (stream, weight) in zip(data.streams, DrawnLines.weights(data.streams, settings)) {
      progress.note(
        "\(stream.name) (\(stream.language.rawValue)): \(stream.trainingCount) lines for training, "
          + "\(stream.developmentCount) for development; share \(fixed(weight, 3))")
    }
    let weights = prepared.model.parameters.reduce(0) { $0 + $1.shape.count }
    progress.note("\(weights) weights, \(tokenizer.vocabulary.count) tokens")
    prepared.begin = { (folder: String) throws(Failure) in
      try tokenizer.write(to: Path.join(folder, ModelFolder.tokenizerName))
    }
    return prepared
  }
}
