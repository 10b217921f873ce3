import SeqaeFiles
import SeqaeModels
import SeqaeRecipes
import SeqaeTraining

/// The task `classifier`.
extension Evaluate {
  func evaluateClassifier() throws(Failure) {
    guard !data.isEmpty else {
      throw Failure(.usage, "expected --data FILE:CLASS,TEXT… (seqae evaluate --help)")
    }
    let (sources, splits) = (try data.sources(), try HeldOut.splits(splits))
    guard methods.isEmpty else {
      let generative =
        methods.contains(.bayesLM) ? try LatentDirectory.load(try model.folder()) : nil
      return try compare(try ClassifiedTexts(sources, splits, report: common.note), generative)
    }
    let classifier = try ClassifierDirectory.load(try model.folder())
    let texts = try ClassifiedTexts(
      sources, splits, classes: classifier.classes, report: common.note)
    try texts.requireTest()
    try write(classifier.figures(texts.test), classifier.classes)
  }

  /// Prints a row for each method and share, and one for the generative model, if there is one.
  private func compare(
    _ data: ClassifiedTexts, _ generative: LatentDirectory?
  ) throws(Failure) {
    var rows: [[String]] = [["method", "share", "learnt from", "right", "", "macro F1"]]
    for share in shares.isEmpty ? [1] : shares {
      let training = data.training.drawn(share, seed: 0)
      for method in methods where method != .bayesLM {
        common.note("\(method.rawValue), \(training.count) texts")
        let figures =
          method == .naiveBayes
          ? try CountClassification.naiveBayes(training, data, terms.terms)
          : try CountClassification.logistic(training, data, terms.terms)
        rows.append(try row(method, share: share, learnt: training.count, figures))
      }
    }
    if let generative {
      let figures = try BayesClassification.figures(generative, data, draws: draws, seed: 0)
      rows.append(try row(.bayesLM, share: nil, learnt: nil, figures))
    }
    if !common.json { try Output.standard.write(Array(textTable(rows, left: [0]).utf8)) }
  }

  /// A method's row of the table; with --json it is printed as an object at once.
  private func row(
    _ method: EvaluatedMethod, share: Double?, learnt: Int?, _ figures: ClassifierFigures
  ) throws(Failure) -> [String] {
    if common.json {
      let result: JSON = [
        "task": JSON(task.rawValue), "method": JSON(method.rawValue),
        "labels_share": share.map { .number($0) } ?? .null,
        "learnt": learnt.map { .integer($0) } ?? .null, "metrics": metrics(figures),
      ]
      try Output.standard.line(result.serialized())
      try Output.standard.flush()
    }
    return [
      method.rawValue, share.map(\.argument) ?? "-", learnt.map { "\($0)" } ?? "-",
      "\(fixed(100 * figures.accuracy, 1)) %", "± \(fixed(100 * figures.standardError, 1))",
      fixed(figures.macroF1, 3),
    ]
  }

  private func metrics(_ figures: ClassifierFigures) -> JSON {
    [
      "texts": .integer(figures.count), "accuracy": .number(figures.accuracy),
      "accuracy_standard_error": .number(figures.standardError),
      "macro_f1": .number(figures.macroF1),
    ]
  }

  private func write(_ figures: ClassifierFigures, _ classes: [ByteString]) throws(Failure) {
    if common.json {
      let result: JSON = [
        "task": JSON(task.rawValue), "metrics": metrics(figures),
        "classes": .array(classes.map { .string($0) }),
        "confusion": .array(figures.confusion.map { .array($0.map { .integer($0) }) }),
      ]
      return try Output.standard.line(result.serialized())
    }
    try Output.standard.line(
      "\(figures.count) texts: \(fixed(100 * figures.accuracy, 1)) % ± \(fixed(100 * figures.standardError, 1)) "
        + "right, macro F1 \(fixed(figures.macroF1, 3)); rows are the classes, columns what they are taken for:"
    )
    let names = classes.map(\.string)
    let rows = zip(names, figures.confusion).map { [$0] + $1.map { "\($0)" } }
    try Output.standard.write(Array(textTable([[""] + names] + rows, left: [0]).utf8))
  }
}
