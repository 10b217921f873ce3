import SeqaeFiles
import SeqaeRecipes

/// The tasks `denoise` and `calibration`.
extension Evaluate {
  func evaluateDenoising() throws(Failure) {
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
        languages[ByteString(language.rawValue)] = Self.object(part.metrics)
      }
      let result: JSON = [
        "task": JSON(task.rawValue), "metrics": Self.object(figures.all.metrics),
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
            + "text with a tab between, found \(counted(columns.count, "column"))")
      }
      repairs.append(DenoisingPair(noisy: Array(columns[0]), clean: Array(columns[1])))
    }
    guard repairs.count == pairs.count else {
      throw Failure(
        .data, "\(path): expected \(pairs.count) lines, as \(data) has, found \(repairs.count)")
    }
    return repairs
  }

  func evaluateCalibration() throws(Failure) {
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
}
