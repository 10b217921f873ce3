import SeqaeFiles
import SeqaeRecipes
import SeqaeTensors
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

    noisebench spoils held-out lines of corpora with each of twenty noises at four rates and prints
    the share of the errors that repairs remove; broken is the share of the characters that the noise
    had left right and the repair has lost. --export writes the sets, a file of noisy and clean lines
    for each language, noise and rate, and one for each language whose noisy lines are the clean ones;
    --predictions scores another system by a folder that has for each of these files, NAME.tsv, its
    repairs of the noisy lines, NAME.txt.

    calibration repairs the noisy lines of denoise and sorts all edits, however unsure, by their
    confidence: right is the share of those that take away nothing but what was too much and write
    nothing but what was missing. --plot draws it.

    clean sorts held-out lines by what they have that looks like noise, such as numbers, names,
    addresses or doubled characters, and counts those that come back unchanged.

    probe asks how well the classes of texts can be told by a plane through the mean states that the
    encoder of a rewriter or a denoiser has for them, with the encoder as it is: logistic regression on
    tab-separated lines, texts in the column that --data names and classes in that of --labels.
    detection spoils held-out lines with noises that put wrong characters in, at 10 %, and measures how
    well a detector of train electra tells these from others: the area under its curve, and precision,
    recall and F1 of what it names. Beside it stands the repairer by what it is unsure of, both where
    they name one of 1,000 clean characters. left is the share of the wrong characters that the
    repairer leaves, found the share of those that the detector names.
    """
  static let example = [
    "$ seqae noise --data corpus.txt --split test --pairs > pairs.tsv",
    "$ seqae evaluate denoise --data pairs.tsv",
  ]

  private enum Task: String, ArgumentChoice {
    case denoise, noisebench, clean, calibration, probe
  }

  private let task: Task
  private let data: Corpora
  private let predictions: String?
  private let export: String?
  private let plot: String?
  private let splits: String?
  private let limit: Int
  private let minimumConfidence: Double?
  private let precision: WeightPrecision?
  private let labels: Int?
  private let test: String?
  private let showsBaselines: Bool
  private let precision: Precision?
  private let detector: String?
  private let model: ModelLocation
  private let common: CommonOptions

  init(_ arguments: inout Arguments) throws(Failure) {
    task = try arguments.choice(
      "TASK", placeholder: .denoise, help: "denoise, noisebench, clean, calibration or probe")
    data = try Corpora(
      &arguments,
      help: "the lines to measure on; for the benchmarks corpora, else those of the shipped model")
    predictions = try arguments.option(
      "--predictions", "PATH", help: "score these repairs, in place of a model's")
    export = try arguments.option(
      "--export", "DIR", help: "write the sets of noisebench, and measure nothing")
    plot = try arguments.option(
      "--plot", "FILE", help: "draw the calibration: a reliability diagram, SVG")
    splits = try arguments.option(
      "--splits", "FILE", standard: "Scripts/splits.json of the checkout",
      help: "what is held out of the corpora")
    limit = try arguments.option(
      "--limit", "N", default: 200, within: 1...1_000_000,
      help: "how many lines of each language, or category, a benchmark takes")
    minimumConfidence = try arguments.option(
      "--min-confidence", "P", within: 0...1, standard: "the model's own",
      help: "make no edit that the model finds less probable")
    precision = try arguments.optionalChoice(
      "--precision", "P", standard: "int8 if the weights are, else this processor's fastest",
      help: "float32, bfloat16 or int8: what products are computed in")
    labels = try arguments.option(
      "--labels", "COLUMN", within: 1...1000, help: "the column of probe's classes, from 1")
    test = try arguments.option(
      "--test", "FILE:COLUMN", standard: "a fifth of the data, by its hash",
      help: "what probe asks about")
    showsBaselines = try arguments.flag(
      "--baselines",
      help: "let probe tell by a bag of tokens and by the untrained encoder too")
      "--precision", "P", standard: "the fastest that this processor has",
      help: "float32 or bfloat16: what products are computed in")
    detector = try arguments.option(
      "--detector", "DIR", help: "the run of train electra that detection measures")
    model = try ModelLocation(&arguments, default: "denoiser")
    common = try CommonOptions(&arguments)
    try arguments.refuse(
      ["--min-confidence", "--precision", ModelLocation.option], when: predictions != nil,
      "with --predictions")
    try arguments.refuse(
      ["--splits", "--limit", "--encoding"], when: task == .denoise || task == .calibration,
      "with the task \(task.rawValue)")
    try arguments.refuse(
      ["--min-confidence", "--predictions"], when: task == .calibration, "with the task calibration"
    )
    try arguments.refuse(["--plot"], when: task != .calibration, "with the task \(task.rawValue)")
    try arguments.refuse(["--export"], when: task != .noisebench, "with the task \(task.rawValue)")
    try arguments.refuse(["--predictions"], when: task == .clean, "with the task clean")
    try arguments.refuse(
      ["--predictions", "--splits", "--limit", "--min-confidence"], when: task == .probe,
      "with the task probe")
    try arguments.refuse(
      ["--labels", "--test", "--baselines"], when: task != .probe, "with the task \(task.rawValue)")
    try arguments.refuse(
      ["--predictions"], when: task == .clean || task == .detection,
      "with the task \(task.rawValue)")
    try arguments.refuse(
      ["--detector"], when: task != .detection, "with the task \(task.rawValue)")
    try arguments.refuse(["--min-confidence"], when: task == .detection, "with the task detection")
  }

  func run() throws(Failure) -> Ending {
    common.apply()
    switch task {
    case .denoise: try evaluateDenoising()
    case .noisebench: try evaluateNoiseBench()
    case .clean: try evaluateCleanBench()
    case .calibration: try evaluateCalibration()
    case .probe: try evaluateProbe()
    case .detection: try evaluateDetection()
    }
    return .done
  }

  private func repairer() throws(Failure) -> ([[UInt8]]) -> [[UInt8]] {
    let denoiser = try DenoiserDirectory.load(try model.folder())
    return {
      denoiser.repair($0, minimumConfidence: minimumConfidence, precision: precision).map(\.text)
    }
  }

  private func corpora() throws(Failure) -> [CorpusSource] {
    data.isEmpty ? try DenoiserRecipe.defaultData() : try data.sources()
  }

  private func evaluateNoiseBench() throws(Failure) {
    let bench = try NoiseBench(
      try corpora(), splits: try HeldOut.splits(splits), limit: limit, report: common.note)
    if let export {
      try bench.write(to: export)
      return common.note("\(export): \(bench.cells.count) sets")
    }
    let progress = Progress(common.quiet ? .silent : nil)
    let began = Clock.seconds()
    func show(_ done: Int) {
      progress.update(
        fraction: Double(done) / Double(bench.cells.count), seconds: Clock.seconds() - began
      ) { "\(done) of \(bench.cells.count) sets" }
    }
    let figures: [DenoisingEvaluation]
    let cleanRepairs: (Language) throws(Failure) -> [[UInt8]]
    if let predictions {
      figures = try bench.run(progress: show) { cell throws(Failure) in
        try NoiseBench.repairs(of: cell, in: predictions)
      }
      cleanRepairs = { language throws(Failure) in
        try bench.cleanRepairs(language, in: predictions)
      }
    } else {
      let repair = try repairer()
      figures = try bench.run(progress: show) { cell throws(Failure) in
        repair(cell.pairs.map(\.noisy))
      }
      cleanRepairs = { language in repair(bench.cleanLines(language)) }
    }
    var clean: [(Language, DenoisingEvaluation)] = []
    for language in bench.languages {
      let repaired = try cleanRepairs(language)
      clean.append(
        (language, DenoisingEvaluation(clean: bench.cleanLines(language), repaired: repaired)))
    }
    progress.clear()
    try NoiseBenchTable.write(bench, figures, clean: clean, json: common.json)
  }

  private func evaluateDetection() throws(Failure) {
    guard let detector else {
      throw Failure(
        .usage, "expected --detector DIR, a run of seqae train electra (seqae evaluate --help)")
    }
    let electra = try ElectraDirectory.load(try ModelLocation.folder(named: detector))
    let denoiser = try DenoiserDirectory.load(try model.folder())
    let bench = try DetectionBench(
      try corpora(), splits: try HeldOut.splits(splits), limit: limit, report: common.note)
    try DetectionTable.write(
      bench, bench.compare(electra, denoiser, precision: precision), json: common.json)
  }

  private func evaluateCleanBench() throws(Failure) {
    let bench = try CleanBench(
      try corpora(), splits: try HeldOut.splits(splits), limit: limit, report: common.note)
    let repair = try repairer()
    let figures = bench.cells.map { cell in
      DenoisingEvaluation(clean: cell.lines, repaired: repair(cell.lines))
    }
    try NoiseBenchTable.write(bench, figures, json: common.json)
  }

  private func evaluateCalibration() throws(Failure) {
    let pairs = try DenoisingPair.read(try data.single(for: Self.name))
    let denoiser = try DenoiserDirectory.load(try model.folder())
    var calibration = Calibration()
    let noisy = pairs.map(\.noisy)
    let unsure = denoiser.repair(noisy, minimumConfidence: 0, precision: precision)
    for (pair, repair) in zip(pairs, unsure) { calibration.add(repair, of: pair) }
    let repaired = denoiser.repair(noisy, precision: precision).map(\.text)
    let again = denoiser.repair(repaired, precision: precision)
    if let plot {
      let diagram = ReliabilityDiagram(
        calibration, title: "Is the denoiser right as often as it says?")
      try AtomicFile.write(plot, bytes: Array(diagram.svg.utf8))
    }
    try CalibrationTable.write(
      calibration,
      idempotent: Double(again.count { !$0.changed }) / Double(again.count), json: common.json)
  }

  private func evaluateProbe() throws(Failure) {
    let sources = try data.sources()
    guard let labels, let source = sources.first, sources.count == 1 else {
      throw Failure(
        .usage,
        "expected --data FILE:COLUMN, the texts, and --labels COLUMN, their classes (seqae evaluate --help)"
      )
    }
    let asked = try test.map { argument throws(Failure) in
      try LabelledTexts(try CorpusSource(argument, encoding: source.encoding), label: labels)
    }
    let probe = try LinearProbe(try LabelledTexts(source, label: labels), test: asked)
    let encoder = try ProbedEncoder.load(try model.folder())
    let figures = try probe.run(
      encoder, baselines: showsBaselines, precision: precision ?? .fastestReal, report: common.note)
    try ProbeTable.write(probe, figures, json: common.json)
  }

  private func evaluateDenoising() throws(Failure) {
    let data = try data.single(for: Self.name)
    let pairs = try DenoisingPair.read(data)
    let figures: (all: DenoisingEvaluation, byLanguage: [(Language, DenoisingEvaluation)])
    if let predictions {
      figures = DenoisingEvaluation.run(
        pairs, repairs: try Self.readRepairs(predictions, of: pairs, data))
    } else {
      let denoiser = try DenoiserDirectory.load(try model.folder())
      figures = try DenoisingEvaluation.run(pairs) { texts throws(Failure) in
        denoiser.repair(texts, minimumConfidence: minimumConfidence, precision: precision).map(
          \.text)
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
