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
    try arguments.refuse(
      ["--min-confidence", ModelLocation.option], when: predictions != nil, "with --predictions")
  }

  func run() throws(Failure) -> Ending {
    common.apply()
    switch task {
    case .denoise: try evaluateDenoising()
    }
    return .done
  }

  private func evaluateDenoising() throws(Failure) {
    let pairs = try DenoisingPair.read(data)
    let figures: (all: DenoisingEvaluation, byLanguage: [(Language, DenoisingEvaluation)])
    if let predictions {
      figures = DenoisingEvaluation.run(
        pairs, repairs: try Self.readRepairs(predictions, of: pairs, data))
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

  /// Reads another system's repairs: for each pair those of its noisy and of its clean text.
  private static func readRepairs(
    _ path: String, of pairs: [DenoisingPair], _ data: String
  ) throws(Failure) -> [DenoisingPair] {
    var lines = try LineReader(path: path)
    var repairs: [DenoisingPair] = []
    while let line = try lines.next() {
      let columns = line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
      guard columns.count == 2 else {
        throw Failure(
          .data,
          "\(path): line \(lines.lineNumber): expected the repairs of a noisy and a clean "
            + "text with a tab between, found \(columns.count) columns")
      }
      repairs.append(DenoisingPair(noisy: Array(columns[0]), clean: Array(columns[1])))
    }
    guard repairs.count == pairs.count else {
      throw Failure(
        .data, "\(path): expected \(pairs.count) lines, as \(data) has, found \(repairs.count)")
    }
    return repairs
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
