import SeqaeFiles
import SeqaeRecipes
import SeqaeTraining

/// `seqae evaluate`: figures for a model, or for another system's output.
struct Evaluate: Command {
  static let name = "evaluate"
  static let abstract = "Measure how well a model does its task."
  static let discussion = """
    denoise reads lines of a noisy and a clean text with a tab between, and repairs both. Errors are
    edit distances in code points, before and after the repair, as a share of the clean text; what is
    changed in a clean text is a false edit. --predictions scores another system: for each line of
    the data, its repairs of the noisy and of the clean text, with a tab between.
    """
  static let example = [
    "$ seqae noise --data corpus.txt --split test --pairs > pairs.tsv",
    "$ seqae evaluate denoise --data pairs.tsv",
  ]

  private enum Task: String, ArgumentChoice {
    case denoise
  }

  private let task: Task
  private let data: String
  private let predictions: String?
  private let minimumConfidence: Double?
  private let model: ModelLocation
  private let common: CommonOptions

  init(_ arguments: inout Arguments) throws(Failure) {
    task = try arguments.choice("TASK", placeholder: .denoise, help: "denoise")
    data = try arguments.required("--data", "FILE", help: "the lines to measure on")
    predictions = try arguments.option(
      "--predictions", "FILE", help: "score these repairs, in place of a model's")
    minimumConfidence = try arguments.option(
      "--min-confidence", "P", within: 0...1, standard: "the model's own",
      help: "make no edit that the model finds less probable")
    model = try ModelLocation(&arguments, default: "denoiser")
    common = try CommonOptions(&arguments)
  }

  func run() throws(Failure) {
    common.apply()
    switch task {
    case .denoise: try evaluateDenoising()
    }
  }

  private func evaluateDenoising() throws(Failure) {
    let pairs = try DenoisingPair.read(data)
    let figures: (all: DenoisingEvaluation, byLanguage: [(Language, DenoisingEvaluation)])
    if let predictions {
      let repairs = try Predictions(predictions, of: pairs, data)
      figures = try DenoisingEvaluation.run(pairs) { texts throws(Failure) in repairs(texts) }
    } else {
      let denoiser = try DenoiserDirectory.load(try model.folder())
      figures = try DenoisingEvaluation.run(pairs) { texts throws(Failure) in
        denoiser.repair(texts, minimumConfidence: minimumConfidence).map(\.text)
      }
    }
    if common.json {
      var languages = JSONObject()
      for (language, part) in figures.byLanguage {
        languages[ByteString(language.rawValue)] = metrics(part)
      }
      let result: JSON = [
        "task": JSON(task.rawValue), "metrics": metrics(figures.all),
        "languages": .object(languages),
      ]
      return try Output.standard.line(result.serialized())
    }
    let rows = figures.byLanguage.map { ($0.0.rawValue, $0.1) } + [("all", figures.all)]
    try Output.standard.write(Array(DenoisingTable.text(rows).utf8))
  }

  private func metrics(_ figures: DenoisingEvaluation) -> JSON {
    .object(
      JSONObject(
        figures.metrics.map { metric in
          let isCount = metric.value == metric.value.rounded() && metric.value.magnitude < 1e15
          return (
            key: ByteString(metric.name),
            value: isCount ? .integer(Int(metric.value)) : .number(metric.value)
          )
        }))
  }
}

/// Another system's repairs, by the text that was repaired.
private struct Predictions {
  private var repairs: [[UInt8]: [UInt8]] = [:]

  init(_ path: String, of pairs: [DenoisingPair], _ data: String) throws(Failure) {
    var lines = try LineReader(path: path)
    var count = 0
    while let line = try lines.next() {
      let columns = line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
      guard columns.count == 2 else {
        throw Failure(
          .data,
          "\(path): line \(lines.lineNumber): expected the repairs of a noisy and a clean "
            + "text with a tab between, found \(columns.count) columns")
      }
      if count < pairs.count {
        repairs[pairs[count].noisy] = Array(columns[0])
        repairs[pairs[count].clean] = Array(columns[1])
      }
      count += 1
    }
    guard count == pairs.count else {
      throw Failure(
        .data, "\(path): expected \(pairs.count) lines, as \(data) has, found \(count)")
    }
  }

  func callAsFunction(_ texts: [[UInt8]]) -> [[UInt8]] {
    texts.map { repairs[$0] ?? $0 }
  }
}
