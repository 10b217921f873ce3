import SeqaeFiles
import SeqaeRecipes

/// The task `spelling`.
extension Evaluate {
  func evaluateSpelling() throws(Failure) {
    let files = try data.files(for: Self.name)
    guard predictions == nil || files.count == 1 else {
      throw Failure(.usage, "--predictions are of one file, found \(files.count) with --data")
    }
    let part = try selection()
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
}
