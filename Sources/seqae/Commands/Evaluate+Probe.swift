import SeqaeFiles
import SeqaeRecipes

/// The task `probe`.
extension Evaluate {
  func evaluateProbe() throws(Failure) {
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
    let training = try LabelledTexts(source, label: labels)
    let probe: LinearProbe
    do throws(Failure) {
      probe = try LinearProbe(training, test: asked)
    } catch {
      throw error.located(in: source.path)
    }
    let encoder = try ProbedEncoder.load(try model.folder())
    let figures = try probe.run(
      encoder, baselines: showsBaselines, precision: precision ?? .fastestReal, report: common.note)
    try ProbeTable.write(probe, figures, json: common.json)
  }
}
