import SeqaeFiles
import SeqaeRecipes
import SeqaeTraining

/// The tasks `noisebench`, `clean` and `detection`.
extension Evaluate {
  func evaluateNoiseBench() throws(Failure) {
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

  func evaluateCleanBench() throws(Failure) {
    let bench = try CleanBench(
      try corpora(), splits: try HeldOut.splits(splits), limit: limit, report: common.note)
    let repair = try repairer()
    let figures = bench.cells.map { cell in
      DenoisingEvaluation(clean: cell.lines, repaired: repair(cell.lines))
    }
    try NoiseBenchTable.write(bench, figures, json: common.json)
  }

  func evaluateDetection() throws(Failure) {
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
}
