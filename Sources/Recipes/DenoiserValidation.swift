import SeqaeFiles
import SeqaeModels
import SeqaeRandom
import SeqaeText
import SeqaeTraining

/// How a run's model is judged while it is trained.
protocol RunValidation {
  /// Returns the metrics of the model as it is, the one that chooses the best model first; none where there is
  /// nothing to judge it on, nil if stopped.
  func callAsFunction(_ shouldStop: () -> Bool) -> [Metric]?

  /// Repairs of a few texts for people to read.
  func samples() -> [JSON]
}

/// How a denoiser is judged while it is trained: on noisy and clean development lines, made once.
struct DenoiserValidation: RunValidation {
  // Apart from every seed of training, and the same for every run, so that runs can be compared.
  private static let seed: UInt64 = 0x5EED_DE07

  private let pairs: [DenoisingPair]  // with insertions
  private let letterPairs: [DenoisingPair]  // with wrong, missing and exchanged letters
  private let batches: [DenoisingAutoencoder.Batch]
  private let model: DenoisingAutoencoder
  private let options: RepairOptions

  init(
    _ data: DenoiserData, _ configuration: DenoiserConfiguration, _ model: DenoisingAutoencoder
  ) {
    pairs = Language.allCases.flatMap { language in
      NoisySet.pairs(
        data.development(language), noise: .insertion, rates: nil, seed: Self.seed,
        limit: configuration.validationLines)
    }
    letterPairs = DenoiserValidation.letterPairs(pairs.map(\.clean), configuration)
    self.model = model
    options = RepairOptions(minimumConfidence: configuration.minimumConfidence)
    batches = DenoiserValidation.batches(pairs.map(\.clean), configuration, model)
  }

  private static func letterPairs(
    _ lines: [[UInt8]], _ configuration: DenoiserConfiguration
  ) -> [DenoisingPair] {
    var letters = configuration.noise
    letters.cleanShare = 0
    letters.insertionShare = 0
    letters.letterShare = 1
    let noise = DenoiserNoise(letters)
    let random = Random(seed: seed).child("letters")
    return lines.enumerated().map { number, line in
      let noisy = noise.corrupt(
        String(decoding: line, as: UTF8.self), using: random.child(UInt64(number)))
      return DenoisingPair(noisy: Array(noisy.utf8), clean: line)
    }
  }

  /// The examples whose loss is reported, with the noise of training.
  private static func batches(
    _ lines: [[UInt8]], _ configuration: DenoiserConfiguration, _ model: DenoisingAutoencoder
  ) -> [DenoisingAutoencoder.Batch] {
    let noise = DenoiserNoise(configuration.noise)
    let random = Random(seed: seed).child("loss")
    var examples: [DenoisingAutoencoder.Example] = []
    for (number, line) in lines.enumerated() {
      let own = random.child(UInt64(number))
      let noisy = noise.corrupt(String(decoding: line, as: UTF8.self), using: own)
      if let example = model.examples(
        noisy: Array(noisy.utf8), clean: line, masking: nil, using: own)
      {
        examples.append(example)
      }
    }
    examples.sort { $0.source.count < $1.source.count }
    var batches: [DenoisingAutoencoder.Batch] = []
    var start = 0
    for end in 1..<max(1, examples.count + 1) {
      let isFull =
        end == examples.count
        || (end + 1 - start) * examples[end].source.count > configuration.batchTokens
      guard isFull else { continue }
      batches.append(model.batch(Array(examples[start..<end])))
      start = end
    }
    return batches
  }

  // So few that it takes less than a second or two to see a wish to stop.
  private static let chunk = 64

  /// Returns the metrics of the model as it is; none without development lines, nil if stopped.
  ///
  /// `score`, by which the best model is chosen, is the mean over the languages of the shares of errors
  /// removed, of insertions and of letters, and the share of clean lines unchanged.
  func callAsFunction(_ shouldStop: () -> Bool) -> [Metric]? {
    guard !pairs.isEmpty else { return [] }
    guard let noisy = repaired(pairs.map(\.noisy), shouldStop),
      let letters = repaired(letterPairs.map(\.noisy), shouldStop),
      let clean = repaired(pairs.map(\.clean), shouldStop), let loss = loss(shouldStop)
    else { return nil }
    let (_, byLanguage) = DenoisingEvaluation.run(
      pairs, repairs: zip(noisy, clean).map { DenoisingPair(noisy: $0, clean: $1) })
    var scores: [Double] = []
    var metrics: [Metric] = []
    for (language, figures) in byLanguage {
      let own = zip(letterPairs, letters).filter { $0.0.language == language }
      let lettersCut = DenoisingEvaluation(own.map(\.0), repaired: own.map(\.1)).errorsCut
      scores.append((figures.errorsCut + lettersCut + figures.cleanUnchanged) / 3)
      metrics += [
        Metric("\(language.rawValue)_errors_cut", figures.errorsCut),
        Metric("\(language.rawValue)_letters_cut", lettersCut),
        Metric("\(language.rawValue)_clean_unchanged", figures.cleanUnchanged),
      ]
    }
    let score = scores.reduce(0, +) / Double(max(1, scores.count))
    return [Metric("score", score), Metric("loss", loss)] + metrics
  }

  /// Repairs of a few texts, of both languages alike, for people to read.
  func samples() -> [JSON] {
    let count = min(RunSamples.count, pairs.count)
    let chosen = (0..<count).map { pairs[pairs.count * $0 / count] }
    let repairs = model.repair(chosen.map(\.noisy), options).map(\.text)
    return zip(chosen, repairs).map { pair, repaired in
      [
        "noisy": .string(ByteString(pair.noisy)), "repaired": .string(ByteString(repaired)),
        "clean": .string(ByteString(pair.clean)),
      ]
    }
  }

  /// The repair of each text, nil if stopped.
  private func repaired(_ texts: [[UInt8]], _ shouldStop: () -> Bool) -> [[UInt8]]? {
    var repairs: [[UInt8]] = []
    while repairs.count < texts.count {
      if shouldStop() { return nil }
      let end = min(texts.count, repairs.count + Self.chunk)
      repairs += model.repair(Array(texts[repairs.count..<end]), options).map(\.text)
    }
    return repairs
  }

  /// The mean cross entropy of a label, in nats; nil if stopped.
  private func loss(_ shouldStop: () -> Bool) -> Double? {
    var sum = 0.0
    var tokens = 0
    for batch in batches {
      if shouldStop() { return nil }
      for objective in model.objectives(batch, .inference) {
        sum += objective.loss().total.item() * Double(batch.steps)
      }
      tokens += batch.steps
    }
    return tokens == 0 ? 0 : sum / Double(tokens)
  }
}
