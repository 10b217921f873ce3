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

    spelling reads files of sentences with wrong characters and what they should be, a tab between, as
    many characters in one as in the other, and prints for each how many sentences had all their
    mistakes found, and no others, and how many came out right: precision is the share of those that
    were changed, recall of those with mistakes. By the bake-off's F1, which is pycorrector's too, a
    sentence with mistakes that comes out wrong counts against recall alone; false positives are the
    share of the right sentences that were changed. --predictions scores another system's sentences, a
    line each.

    clean sorts held-out lines by what they have that looks like noise, such as numbers, names,
    addresses or doubled characters, and counts those that come back unchanged.
    """
  static let example = [
    "$ seqae noise --data corpus.txt --split test --pairs > pairs.tsv",
    "$ seqae evaluate denoise --data pairs.tsv",
  ]

  private enum Task: String, ArgumentChoice {
    case denoise, noisebench, clean, spelling
  }

  private enum Part: String, ArgumentChoice {
    case test, development
  }

  private let task: Task
  private let data: Corpora
  private let predictions: String?
  private let export: String?
  private let part: Part?
  private let splits: String?
  private let limit: Int
  private let minimumConfidence: Double?
  private let precision: Precision?
  private let model: ModelLocation
  private let common: CommonOptions

  init(_ arguments: inout Arguments) throws(Failure) {
    task = try arguments.choice(
      "TASK", placeholder: .denoise, help: "denoise, noisebench, clean or spelling")
    data = try Corpora(
      &arguments,
      help: "the lines to measure on; for the benchmarks corpora, else those of the shipped model")
    predictions = try arguments.option(
      "--predictions", "PATH", help: "score these repairs, in place of a model's")
    export = try arguments.option(
      "--export", "DIR", help: "write the sets of noisebench, and measure nothing")
    part = try arguments.optionalChoice(
      "--split", "PART", standard: "all",
      help: "of spelling, which held-out sentences alone: test or development")
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
      "--precision", "P", standard: "the fastest that this processor has",
      help: "float32 or bfloat16: what products are computed in")
    model = try ModelLocation(&arguments, default: "denoiser")
    common = try CommonOptions(&arguments)
    try arguments.refuse(
      ["--min-confidence", "--precision", ModelLocation.option], when: predictions != nil,
      "with --predictions")
    try arguments.refuse(
      ["--splits", "--limit", "--encoding"], when: task == .denoise, "with the task denoise")
    try arguments.refuse(
      ["--limit", "--encoding"], when: task == .spelling, "with the task spelling")
    try arguments.refuse(
      ["--splits"], when: task == .spelling && part == nil, "without --split")
    try arguments.refuse(
      ["--split"], when: task != .spelling, "with the task \(task.rawValue)")
    try arguments.refuse(["--export"], when: task != .noisebench, "with the task \(task.rawValue)")
    try arguments.refuse(["--predictions"], when: task == .clean, "with the task clean")
  }

  func run() throws(Failure) -> Ending {
    common.apply()
    switch task {
    case .denoise: try evaluateDenoising()
    case .noisebench: try evaluateNoiseBench()
    case .clean: try evaluateCleanBench()
    case .spelling: try evaluateSpelling()
    }
    return .done
  }

  private func repairer() throws(Failure) -> ([[UInt8]]) -> [[UInt8]] {
    let model = try TextRepairers.load(try model.folder())
    return {
      model.repair($0, minimumConfidence: minimumConfidence, precision: precision).map(\.text)
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

  private func evaluateCleanBench() throws(Failure) {
    let bench = try CleanBench(
      try corpora(), splits: try HeldOut.splits(splits), limit: limit, report: common.note)
    let repair = try repairer()
    let figures = bench.cells.map { cell in
      DenoisingEvaluation(clean: cell.lines, repaired: repair(cell.lines))
    }
    try NoiseBenchTable.write(bench, figures, json: common.json)
  }

  private func evaluateSpelling() throws(Failure) {
    let files = try data.files(for: Self.name)
    guard predictions == nil || files.count == 1 else {
      throw Failure(.usage, "--predictions are of one file, found \(files.count) with --data")
    }
    var part: (Splits.Part, of: Splits)?
    if let chosen = self.part {
      part = (chosen == .test ? .test : .development, of: try HeldOut.splits(splits))
    }
    var sets: [(name: String, pairs: [DenoisingPair])] = []
    for file in files { sets.append((file, try SpellingSet.read(file, part: part))) }
    let repair: ([[UInt8]]) throws(Failure) -> [[UInt8]]
    if let predictions {
      repair = { texts throws(Failure) in
        try SpellingSet.predictions(predictions, of: files[0], count: texts.count)
      }
    } else {
      let model = try repairer()
      repair = { texts throws(Failure) in model(texts) }
    }
    var rows: [(name: String, figures: SpellingEvaluation)] = []
    for (name, pairs) in sets {
      let figures = SpellingEvaluation(pairs, repaired: try repair(pairs.map(\.noisy)))
      rows.append((Path.lastComponent(name), figures))
      if common.json {
        try Output.standard.line(SpellingTable.json(name, figures).serialized())
      }
    }
    if !common.json { try Output.standard.write(Array(SpellingTable.text(rows).utf8)) }
  }

  private func evaluateDenoising() throws(Failure) {
    let data = try data.single(for: Self.name)
    let pairs = try DenoisingPair.read(data)
    let figures: (all: DenoisingEvaluation, byLanguage: [(Language, DenoisingEvaluation)])
    if let predictions {
      figures = DenoisingEvaluation.run(
        pairs, repairs: try Self.readRepairs(predictions, of: pairs, data))
    } else {
      let repair = try repairer()
      figures = try DenoisingEvaluation.run(pairs) { texts throws(Failure) in repair(texts) }
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
