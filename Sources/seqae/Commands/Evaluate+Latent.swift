import SeqaeFiles
import SeqaeRecipes
import SeqaeTraining

/// The tasks `vae`, `lm` and `distance`.
extension Evaluate {
  func evaluateLatent() throws(Failure) {
    let model = try LatentDirectory.load(try model.folder())
    var options = LatentEvaluation.Options()
    (options.draws, options.seed, options.words) = (draws, seed, tokenizer)
    options.inferenceSteps = inferenceSteps
    let evaluation = try LatentEvaluation(model, try texts(), options)
    try write(evaluation.metrics, tooLong: evaluation.tooLong)
  }

  func evaluateLanguageModel() throws(Failure) {
    let model = try LanguageModelDirectory.load(try model.folder()).model
    let evaluation = try LanguageModelEvaluation(model, try texts())
    try write(evaluation.metrics, tooLong: evaluation.tooLong)
  }

  func evaluateDistance() throws(Failure) {
    let pairs = try DenoisingPair.read(try data.single(for: Self.name))
    let texts = pair.map { Array($0.utf8) }
    let single = texts.isEmpty ? nil : DenoisingPair(noisy: texts[0], clean: texts[1])
    let folder = try model.folder()
    let evaluation =
      switch try TextEmbedders.kind(of: folder) {
      case .latent: try NoiseDistance(try LatentDirectory.load(folder), pairs, single: single)
      case .encoder, .bagOfWords:
        try NoiseDistance(try TextEmbedders.open(folder), pairs, single: single)
      }
    try write(evaluation.metrics, tooLong: evaluation.tooLong, "of these the beginning is read")
  }

  private func texts() throws(Failure) -> EvaluatedTexts {
    guard !data.isEmpty else {
      throw Failure(.usage, "expected --data FILE… (seqae evaluate --help)")
    }
    return try EvaluatedTexts(try data.sources(), limit: limit, report: common.note)
  }

  private func write(
    _ metrics: [Metric], tooLong: Int, _ consequence: String = "they are left out"
  ) throws(Failure) {
    if tooLong > 0 {
      common.note("\(tooLong) texts are longer than the model's positions: \(consequence)")
    }
    if common.json {
      let result: JSON = ["task": JSON(task.rawValue), "metrics": Self.object(metrics)]
      return try Output.standard.line(result.serialized())
    }
    let rows = metrics.map {
      [$0.name, fixed($0.value, $0.name == "texts" || $0.name == "pairs" ? 0 : 3)]
    }
    try Output.standard.write(Array(textTable(rows, left: [0]).utf8))
  }
}
