import SeqaeFiles
import SeqaeModels
import SeqaeRandom
import SeqaeText
import SeqaeTraining

/// How a denoiser is judged while it is trained: on noisy and clean development lines, made once.
struct DenoiserValidation {
  // Apart from every seed of training, and the same for every run, so that runs can be compared.
  private static let seed: UInt64 = 0x5EED_DE07

  private let pairs: [DenoisingPair]
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
    self.model = model
    options = RepairOptions(minimumConfidence: configuration.minimumConfidence)
    batches = DenoiserValidation.batches(pairs.map(\.clean), configuration, model)
  }

  /// The examples whose loss is reported, with the noise of training.
  private static func batches(
    _ lines: [[UInt8]], _ configuration: DenoiserConfiguration, _ model: DenoisingAutoencoder
  ) -> [DenoisingAutoencoder.Batch] {
    let noise = MixedTextNoise(configuration.noise)
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
  /// `score`, by which the best model is chosen, is the mean over the languages of the share of errors
  /// removed and the share of clean lines unchanged.
  func callAsFunction(_ shouldStop: () -> Bool) -> [Metric]? {
    guard !pairs.isEmpty else { return [] }
    guard let noisy = repaired(pairs.map(\.noisy), shouldStop),
      let clean = repaired(pairs.map(\.clean), shouldStop), let loss = loss(shouldStop)
    else { return nil }
    let (_, byLanguage) = DenoisingEvaluation.run(
      pairs, repairs: zip(noisy, clean).map { DenoisingPair(noisy: $0, clean: $1) })
    let scores = byLanguage.map { ($0.1.errorsCut + $0.1.cleanUnchanged) / 2 }
    var metrics = [
      Metric("score", scores.reduce(0, +) / Double(max(1, scores.count))), Metric("loss", loss),
    ]
    for (language, figures) in byLanguage {
      metrics.append(Metric("\(language.rawValue)_errors_cut", figures.errorsCut))
      metrics.append(Metric("\(language.rawValue)_clean_unchanged", figures.cleanUnchanged))
    }
    return metrics
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
        sum += objective.loss().total.item() * Double(batch.targetTokens)
      }
      tokens += batch.targetTokens
    }
    return tokens == 0 ? 0 : sum / Double(tokens)
  }
}
