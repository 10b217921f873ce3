import SeqaeFiles
import SeqaeModels
import SeqaeRandom
import SeqaeText
import SeqaeTraining

/// How a model is judged while it learns to spell: on development pairs and on their clean sides as texts of
/// their own, so that half of the texts are right as they stand, as in the bake-offs of 2014 and 2015.
///
/// Where the data has no pairs for development the noise of training makes some.
struct SpellingValidation: RunValidation {
  // Apart from every seed of training, and the same for every run, so that runs can be compared.
  private static let seed: UInt64 = 0x5EED_5BE1

  private let pairs: [DenoisingPair]
  private let model: DenoisingAutoencoder
  private let options: RepairOptions

  init(
    _ data: DenoiserData, _ configuration: DenoiserConfiguration, _ model: DenoisingAutoencoder
  ) {
    let given = data.developmentPairs.filter(SpellingEvaluation.isComparable)
    let wrong = given.isEmpty ? SpellingValidation.made(data, configuration) : given
    pairs = wrong + wrong.map { DenoisingPair(noisy: $0.clean, clean: $0.clean) }
    self.model = model
    options = RepairOptions(minimumConfidence: configuration.minimumConfidence)
  }

  private static func made(
    _ data: DenoiserData, _ configuration: DenoiserConfiguration
  ) -> [DenoisingPair] {
    var noisy = configuration
    noisy.cleanShare = 0
    let noise = noisy.noise(atLine: .max, data.mistakes)
    let random = Random(seed: seed).child("noise")
    return data.development(.chinese).prefix(configuration.validationLines).enumerated().map {
      let text = String(decoding: $1, as: UTF8.self)
      let spoilt = noise.corrupt(text, using: random.child(UInt64($0)))
      return DenoisingPair(noisy: Array(spoilt.utf8), clean: $1)
    }
  }

  // So few that it takes less than a second or two to see a wish to stop.
  private static let chunk = 64

  /// Returns the F1 of corrected sentences, by which the best model is chosen, and what it is made of.
  func callAsFunction(_ shouldStop: () -> Bool) -> [Metric]? {
    guard !pairs.isEmpty else { return [] }
    var repaired: [[UInt8]] = []
    while repaired.count < pairs.count {
      if shouldStop() { return nil }
      let end = min(pairs.count, repaired.count + Self.chunk)
      repaired += model.repair(pairs[repaired.count..<end].map(\.noisy), options).map(\.text)
    }
    let figures = SpellingEvaluation(pairs, repaired: repaired)
    return [
      Metric("score", figures.correction.f1), Metric("precision", figures.correction.precision),
      Metric("recall", figures.correction.recall), Metric("detection", figures.detection.f1),
      Metric("false_positive_rate", figures.falsePositiveRate),
    ]
  }

  /// Repairs of a few texts with mistakes, for people to read.
  func samples() -> [JSON] {
    let wrong = pairs.count / 2
    let count = min(RunSamples.count, wrong)
    let chosen = (0..<count).map { pairs[wrong * $0 / count] }
    let repairs = model.repair(chosen.map(\.noisy), options).map(\.text)
    return zip(chosen, repairs).map { pair, repaired in
      [
        "noisy": .string(ByteString(pair.noisy)), "repaired": .string(ByteString(repaired)),
        "clean": .string(ByteString(pair.clean)),
      ]
    }
  }
}
