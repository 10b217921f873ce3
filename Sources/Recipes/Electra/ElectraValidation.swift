import SeqaeFiles
import SeqaeLayers
import SeqaeModels
import SeqaeRandom
import SeqaeTensors
import SeqaeText
import SeqaeTraining

/// How an ELECTRA is judged while it is trained: as a detector of its generator's replacements and of noise, on
/// development lines, the same each time.
final class ElectraValidation {
  // Apart from every seed of training, and the same for every run, so that runs can be compared.
  private static let seed: UInt64 = 0x5EED_E1EC
  private static let batchTokens = 4096

  /// From what suspicion on a character is named: the last validation's finding; before it none is.
  private(set) var threshold = 1.0

  private let bench: DetectionBench
  private let batches: [Electra.Batch]
  private let model: Electra
  private let alarmRate: Double

  init(
    _ data: DenoiserData, _ configuration: ElectraConfiguration, _ model: Electra,
    _ examples: Electra.Examples
  ) {
    let lines = Language.allCases.map { language in
      (language: language, lines: data.development(language))
    }
    bench = DetectionBench(lines, limit: configuration.validationLines)
    self.model = model
    alarmRate = configuration.alarmRate
    let random = Random(seed: Self.seed)
    var chosen: [Electra.Example] = []
    for (_, lines) in bench.clean {
      for line in lines {
        if let example = examples(line, using: random.child(Splits.hash(line))) {
          chosen.append(example)
        }
      }
    }
    chosen.sort { $0.ids.count < $1.ids.count }
    batches = chosen.cut(limit: Self.batchTokens) { $0.ids.count }.map { model.batch($0) }
  }

  /// Returns the metrics of the model as it is; none without development lines, nil if stopped.
  ///
  /// `score`, by which the best model is chosen, is the mean over languages and noises of the area under the
  /// curve.
  func callAsFunction(_ shouldStop: () -> Bool) -> [Metric]? {
    guard !bench.cells.isEmpty else { return [] }
    guard let own = ownReplacements(shouldStop) else { return nil }
    var isStopped = false
    let judgement = bench.judge(
      threshold: { DetectionFigures.threshold(for: alarmRate, of: $0) },
      scores: { texts in
        isStopped = isStopped || shouldStop()
        return isStopped
          ? texts.map { [Float](repeating: 0, count: codePointCount($0)) }
          : model.suspicions(of: texts)
      })
    guard !isStopped else { return nil }
    threshold = judgement.threshold
    var metrics: [Metric] = []
    for (cell, figures) in zip(bench.cells, judgement.cells) {
      let name = "\(cell.language.rawValue)_\(cell.noise.rawValue.replacing("-", with: "_"))"
      metrics += [Metric("\(name)_auc", figures.auc), Metric("\(name)_f1", figures.f1)]
    }
    let score = judgement.cells.reduce(0) { $0 + $1.auc } / Double(judgement.cells.count)
    return [Metric("score", score)] + own + [Metric("threshold", threshold)] + metrics
  }

  /// The figures on what the generator puts in; nil if stopped.
  private func ownReplacements(_ shouldStop: () -> Bool) -> [Metric]? {
    let random = Random(seed: Self.seed).child("replacements")
    var (scores, isReplaced): ([Float], [Bool]) = ([], [])
    var (right, masked) = (0, 0)
    for (number, batch) in batches.enumerated() {
      if shouldStop() { return nil }
      let found = withPrecision(.fastest) {
        model.detect(batch, using: random.child(UInt64(number)))
      }
      scores += found.logits
      isReplaced += found.isReplaced
      right += found.right
      masked += found.masked
    }
    // A logit of 0 is a probability of one half, the threshold of the paper.
    let figures = DetectionFigures(scores, isReplaced, threshold: 0)
    return [
      Metric("generator_right", masked == 0 ? 0 : Double(right) / Double(masked)),
      Metric("own_auc", figures.auc), Metric("own_f1", figures.f1),
    ]
  }

  /// What the detector names in a few texts, for people to read.
  func samples() -> [JSON] {
    let cells = bench.cells.filter { !$0.texts.isEmpty }
    let chosen = cells.prefix(RunSamples.count).enumerated().map { number, cell in
      (cell, cell.texts[number % cell.texts.count])
    }
    let scores = model.suspicions(of: chosen.map(\.1))
    return zip(chosen, scores).map { chosen, scores in
      let scalars = String(decoding: chosen.1, as: UTF8.self).unicodeScalars
      let marked = zip(scalars, scores).reduce(into: "") { text, pair in
        text += Double(pair.1) >= threshold ? "[\(pair.0)]" : "\(pair.0)"
      }
      return [
        "noise": JSON(chosen.0.noise.rawValue), "text": .string(ByteString(chosen.1)),
        "named": JSON(marked),
      ]
    }
  }
}
