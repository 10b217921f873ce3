import Glibc
import SeqaeFiles
import SeqaeModels
import SeqaeTraining

/// How an autoencoder of bags of words is judged while it is trained: on development documents.
struct BagOfWordsValidation {
  private let texts: [[UInt8]]
  private let bags: [WordBag]
  private let directory: BagOfWordsDirectory
  private let batch: Int

  private static let namedWords = 10
  private static let shownBytes = 200

  init(_ texts: [[UInt8]], _ directory: BagOfWordsDirectory, batch: Int) {
    let known = texts.map { ($0, directory.reader($0)) }.filter { !$0.1.isEmpty }
    (self.texts, bags) = (known.map(\.0), known.map(\.1))
    self.directory = directory
    self.batch = batch
  }

  /// Returns the metrics of the model as it is, of binary codes by their bits; none without development documents, nil if
  /// stopped.
  ///
  /// `log_likelihood`, by which the best model is chosen, is Σᵢ pᵢ log p̂ᵢ in nats a word, `perplexity` that of a word. Of binary
  /// codes `bit_entropy` is that of a bit over the documents, the mean of all bits: 1 where each splits them in halves.
  func callAsFunction(_ shouldStop: () -> Bool) -> [Metric]? {
    guard !bags.isEmpty else { return [] }
    let model = directory.model
    var nats = 0.0
    var ones = [Double](repeating: 0, count: model.configuration.code)
    for start in stride(from: 0, to: bags.count, by: batch) {
      if shouldStop() { return nil }
      let part = model.batch(Array(bags[start..<min(bags.count, start + batch)]))
      nats += model.losses(part, .inference).sum().item()
      guard model.configuration.bitNoise != nil else { continue }
      for (index, bit) in model.code(model.encode(part.inputs), .inference).floats().enumerated() {
        ones[index % ones.count] += Double(bit)
      }
    }
    let count = Double(bags.count)
    var metrics = [
      Metric("log_likelihood", -nats / count), Metric("perplexity", exp(nats / count)),
    ]
    if model.configuration.bitNoise != nil {
      let entropies = ones.map { Self.entropy($0 / count) }
      metrics.append(Metric("bit_entropy", entropies.reduce(0, +) / Double(entropies.count)))
    }
    return metrics
  }

  /// −p log₂ p − (1 − p) log₂ (1 − p).
  private static func entropy(_ p: Double) -> Double {
    [p, 1 - p].reduce(0) { $1 > 0 ? $0 - $1 * log2($1) : $0 }
  }

  /// A few documents with the words that are most probable by their codes.
  func samples() -> [JSON] {
    let count = min(RunSamples.count, bags.count)
    guard count > 0 else { return [] }
    let rows = (0..<count).map { bags.count * $0 / count }
    let (model, names) = (directory.model, directory.reader.vocabulary.vocabulary)
    let code = model.code(model.encode(model.inputs(rows.map { bags[$0] })), .inference)
    let values = model.logProbabilities(code).floats()
    return rows.enumerated().map { place, row in
      let own = Array(values[place * names.count..<(place + 1) * names.count])
      let best = own.indices.sorted { (own[$0], $1) > (own[$1], $0) }.prefix(Self.namedWords)
      // A cut character at the end becomes a sign of its own.
      let text = String(decoding: texts[row].prefix(Self.shownBytes), as: UTF8.self)
      return [
        "text": JSON(text), "words": JSON(best.map { names[$0].string }.joined(separator: " ")),
      ]
    }
  }
}
