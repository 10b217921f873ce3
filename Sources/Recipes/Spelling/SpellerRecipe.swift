import SeqaeFiles
import SeqaeLayers
import SeqaeModels
import SeqaeRandom
import SeqaeText
import SeqaeTraining

/// Trains a speller: `seqae train spelling`.
///
/// The counts take most of the time and all of the memory: two bytes for each character of clean text, and while
/// n-grams of four are counted 24 bytes for each that differs.
public struct SpellerRecipe: Sendable {
  /// The corpora: pairs, `FILE:WRITTEN,MEANT`, and clean text.
  public var data: [CorpusSource]
  /// The file that says what is held out.
  public var splits: String
  /// Sizes, rates and so on.
  public var configuration = SpellerConfiguration()

  /// Creates a recipe with the default settings.
  public init(data: [CorpusSource], splits: String) {
    (self.data, self.splits) = (data, splits)
  }

  /// Trains a speller and writes it.
  ///
  /// - Parameters:
  ///   - output: the folder that receives it, which holds none yet.
  ///   - progress: where to report.
  /// - Returns: the figures on the development pairs and on their clean sides as sentences of their own; nil where
  ///   there are none.
  /// - Throws: a `Failure`; the folder is made only when all is done.
  @discardableResult
  public func train(
    output: String, progress: Progress = Progress()
  ) throws(Failure) -> SpellingEvaluation? {
    try RunDirectory.refuseExisting(output)
    let data = try SpellerData(self.data, try Splits(path: splits), configuration, progress)
    progress.note(
      "\(data.counted.lines) lines of \(data.counted.characters) characters, \(data.pairs.count) "
        + "pairs")
    let random = Random(seed: UInt64(configuration.seed))
    let model = try Speller(
      data.knowledge, candidates: configuration.candidates, hidden: configuration.hidden,
      in: ParameterStore(.fresh(random.child("weights"))))
    try fit(model, data.pairs, random, progress)
    let speller = SpellerDirectory(model, minimumConfidence: configuration.minimumConfidence)
    try speller.write(to: output, hidden: configuration.hidden)
    let training: JSON = [
      "seqae_recipe": "spelling",
      "data": .array(self.data.map { JSON($0.absolute.description) }),
      "encoding": JSON((self.data.first?.encoding ?? .utf8).rawValue),
      "splits": JSON(Path.absolute(splits)), "settings": configuration.json,
    ]
    try AtomicFile.write(
      Path.join(output, "training.json"),
      bytes: training.serialized(pretty: true) + [UInt8(ascii: "\n")])
    guard !data.development.isEmpty else { return nil }
    let judged =
      data.development
      + data.development.map { DenoisingPair(noisy: $0.clean, clean: $0.clean) }
    let repairs = speller.repair(judged.map(\.noisy), minimumConfidence: nil, precision: nil)
    let figures = SpellingEvaluation(judged, repaired: repairs.map(\.text))
    progress.note(
      "development: precision \(fixed(figures.correction.precision, 3))  recall "
        + "\(fixed(figures.correction.recall, 3))  F1 \(fixed(figures.correction.f1, 3))  false "
        + "positives \(fixed(figures.falsePositiveRate, 3))")
    return figures
  }

  // Of so many places the figures' means and deviations are taken.
  private static let sample = 20_000

  /// Learns what the counts say, from every place of the pairs.
  private func fit(
    _ model: Speller, _ pairs: [DenoisingPair], _ random: Random, _ progress: Progress
  ) throws(Failure) {
    var places: [(place: Speller.Place, meant: UInt16)] = []
    for pair in pairs {
      let meant = TextSymbols.of(pair.clean).symbols
      for (index, place) in model.places(TextSymbols.of(pair.noisy).symbols, truth: meant) {
        places.append((place, meant[index]))
      }
    }
    random.child("order").shuffle(&places)
    model.standardize(by: places.prefix(Self.sample).map(\.place))
    var optimizer = AdamW()
    let batches = (places.count + configuration.batch - 1) / configuration.batch
    let steps = configuration.epochs * batches
    let began = Clock.seconds()
    var step = 0
    for epoch in 1...configuration.epochs {
      var sum = 0.0
      for start in stride(from: 0, to: places.count, by: configuration.batch) {
        let part = places[start..<min(places.count, start + configuration.batch)]
        let batch = model.batch(part.map(\.place), meant: part.map(\.meant))
        let rate = configuration.learningRate * (1 - Double(step) / Double(steps))
        for objective in model.objectives(batch, .training(random)) {
          let (loss, gradients) = withGradients { objective.loss() }
          let value = loss.total.item()
          let norm = optimizer.step(
            objective.parameters, gradients, rate: Float(rate), maximumNorm: 1)
          guard value.isFinite, norm.isFinite else {
            throw Failure(
              .data, "step \(step): the loss is \(value): lower learning_rate")
          }
          sum += value * Double(part.count)
        }
        step += 1
        let done = step
        progress.update(fraction: Double(done) / Double(steps), seconds: Clock.seconds() - began) {
          "step \(done) of \(steps)"
        }
      }
      progress.note("epoch \(epoch)  loss \(fixed(sum / Double(places.count), 4))")
      random.child("order").child(UInt64(epoch)).shuffle(&places)
    }
    progress.clear()
  }
}
