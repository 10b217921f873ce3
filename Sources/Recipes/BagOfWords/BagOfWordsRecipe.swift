import SeqaeFiles
import SeqaeLayers
import SeqaeModels
import SeqaeRandom
import SeqaeRetrieval
import SeqaeTraining

/// Trains an autoencoder of bags of words: `seqae train bow`.
public struct BagOfWordsRecipe: SteppedRecipe {
  /// What `training.json` and commands call it.
  public static let name = "bow"

  /// Documents, limits and settings.
  public var plan: RunPlan<BagOfWordsConfiguration>

  /// Creates a recipe whose runs start from random weights.
  public init(_ plan: RunPlan<BagOfWordsConfiguration>) { self.plan = plan }

  /// Reads the documents and their words and makes what the run works with.
  ///
  /// - Parameters:
  ///   - run: the folder of a run that goes on, whose words it has; nil for a new one.
  ///   - progress: told what is ready.
  /// - Returns: the model and its batches, and how it is judged and written.
  /// - Throws: a `Failure` if documents can't be read or have no words in common.
  public func prepare(
    resuming run: String?, _ progress: Progress
  ) throws(Failure) -> PreparedRun<BagOfWordsAutoencoder, WordBag> {
    let settings = configuration.training
    let texts = try DocumentTexts(
      data, try Splits(path: splits), development: settings.validationLines)
    let reader = WordBagReader(try vocabulary(texts.training, resuming: run), configuration.input)
    let words = reader.vocabulary.vocabulary.count
    let random = Random(seed: UInt64(settings.seed))
    let model = try BagOfWordsAutoencoder(
      configuration.model(words: words), in: ParameterStore(.fresh(random.child("weights"))))
    let bags = texts.training.map { reader($0) }
    let examples = bags.filter { !$0.isEmpty }
    guard !examples.isEmpty else {
      throw Failure(
        .data,
        "\(data.map(\.description).joined(separator: ", ")): none of the \(bags.count) documents for training has a word of "
          + "the run's: give back the data that it was started with")
    }
    let (documents, weights) = (bags.count, model.parameters.reduce(0) { $0 + $1.shape.count })
    progress.note(
      "\(documents) documents for training, \(texts.development.count) for development; \(words) words, "
        + "\(weights) weights")
    if examples.count < documents {
      progress.note("\(documents - examples.count) documents have none of the words: left out")
    }
    let directory = BagOfWordsDirectory(model, reader)
    let validation = BagOfWordsValidation(texts.development, directory, batch: configuration.batch)
    var prepared = PreparedRun(
      model: model, source: batches(examples, Self.fingerprint(texts.training), model),
      validate: { validation($0) }, samples: { validation.samples() },
      write: { (folder: String) throws(Failure) in try directory.write(to: folder) })
    prepared.begin = { (folder: String) throws(Failure) in
      try BagOfWordsDirectory.write(reader.vocabulary, to: folder)
    }
    return prepared
  }

  /// The words that are counted: a run's own, or the commonest of the documents.
  private func vocabulary(_ texts: [[UInt8]], resuming run: String?) throws(Failure) -> TFIDF {
    if let run {
      return try BagOfWordsDirectory.vocabulary(
        Path.join(run, BagOfWordsDirectory.vocabularyName))
    }
    let vocabulary = TFIDF(
      texts, terms: .words, maximumShare: configuration.mostDocuments,
      maximumTerms: configuration.words)
    guard !vocabulary.vocabulary.isEmpty else {
      throw Failure(
        .data,
        "\(data.map(\.description).joined(separator: ", ")): no word is in at most a share of "
          + "\(configuration.mostDocuments) of the \(texts.count) documents for training: give more documents, or "
          + "raise most_documents")
    }
    return vocabulary
  }

  private static func fingerprint(_ texts: [[UInt8]]) -> String {
    let hash = texts.reduce(DenoiserData.emptyHash) {
      ($0 ^ Splits.hash($1)) &* 0x100_0000_01B3
    }
    return "\(texts.count) documents, \(String(hash, radix: 16))"
  }

  private func batches(
    _ examples: [WordBag], _ fingerprint: String, _ model: BagOfWordsAutoencoder
  ) -> BucketedBatches<WordBag, BagOfWordsAutoencoder.Batch> {
    var batching = BucketedBatches<WordBag, BagOfWordsAutoencoder.Batch>.Configuration()
    // Each document counts as one token, a pass as a window.
    (batching.tokens, batching.window) = (configuration.batch, examples.count)
    batching.seed = UInt64(configuration.training.seed)
    let passes = ShuffledPasses(examples.count, seed: configuration.training.seed)
    return BucketedBatches(
      batching, fingerprint: fingerprint, epochLength: examples.count,
      examples: { (range, _) throws(Failure) in passes.places(range).map { examples[$0] } },
      length: { (_: WordBag) in 1 },
      batch: { chosen in TrainingBatch(model.batch(chosen), tokens: chosen.count) })
  }
}
