import SeqaeFiles
import SeqaeLatentSpace
import SeqaeModels
import SeqaeRandom
import SeqaeTensors
import SeqaeText
import SeqaeTraining

/// How an embedder is judged while it is trained: by how well the noisy development lines find their clean ones, those of
/// pairs the texts that mean the same, and by scored pairs of sentences if there are.
struct EmbedderValidation {
  // Apart from every seed of training, and the same for every run, so that runs can be compared.
  private static let seed: UInt64 = 0x5EED_E3BE

  private let clean: [[UInt8]]
  private let noisy: [(text: [UInt8], row: Int)]  // with the row of its clean text
  private let pairs: ScoredPairs?
  private let encoder: SentenceEncoder

  init(
    _ data: DenoiserData, _ configuration: EmbedderConfiguration, _ encoder: SentenceEncoder
  ) throws(Failure) {
    self.encoder = encoder
    let lines = Language.allCases.flatMap {
      data.development($0).prefix(configuration.validationLines)
    }
    let noise = DenoiserNoise(
      DenoiserNoise.Configuration(cleanShare: 0, insertionShare: 0.45, letterShare: 0.35))
    let random = Random(seed: Self.seed)
    func withNoise(_ line: [UInt8]) -> [UInt8] {
      Array(
        noise.corrupt(
          String(decoding: line, as: UTF8.self), using: random.child(Splits.hash(line))
        ).utf8)
    }
    // Of texts that mean the same one looks for the other.
    let others = data.developmentPairs.prefix(configuration.validationLines)
    // Each text once: it would share its rank with another one of itself.
    var rows: [[UInt8]: Int] = [:]
    var clean: [[UInt8]] = []
    for text in lines + others.map(\.clean) where rows[text] == nil {
      rows[text] = clean.count
      clean.append(text)
    }
    self.clean = clean
    noisy =
      lines.compactMap { line in
        let spoilt = withNoise(line)
        return spoilt == line ? nil : (spoilt, rows[line] ?? 0)
      } + others.map { (withNoise($0.noisy), rows[$0.clean] ?? 0) }
    pairs = try configuration.pairs.isEmpty ? nil : ScoredPairs(configuration.pairs)
  }

  /// Returns the metrics of the model as it is; none without development lines and pairs, nil if stopped.
  ///
  /// `reciprocal_rank` is the mean of 1/rank of the clean line among all of them by the cosine with its noisy one, `first`
  /// the share of ranks 1, `distance` that to the clean line over that to the others. With scored pairs `spearman`, by
  /// which the best model is chosen then, comes before these, and `pearson` after it.
  func callAsFunction(_ shouldStop: () -> Bool) -> [Metric]? {
    if shouldStop() { return nil }
    var metrics: [Metric] = []
    if let pairs {
      let figures = pairs.figures(cosines(of: pairs))
      metrics += [Metric("spearman", figures.spearman), Metric("pearson", figures.pearson)]
    }
    guard clean.count > 1, !noisy.isEmpty else { return metrics }
    if shouldStop() { return nil }
    let standings = self.standings()
    let count = Double(standings.count)
    func mean(_ value: (Neighbourhoods.Standing) -> Double) -> Double {
      standings.reduce(0) { $0 + value($1) } / count
    }
    return metrics + [
      Metric("reciprocal_rank", mean { 1 / $0.rank }),
      Metric("first", mean { $0.rank == 1 ? 1 : 0 }), Metric("distance", mean(\.distance)),
    ]
  }

  private func cosines(of pairs: ScoredPairs) -> [Double] {
    ScoredPairs.cosines(encoder.embed(pairs.first), encoder.embed(pairs.second))
  }

  private func standings() -> [Neighbourhoods.Standing] {
    // Of vectors of length 1 the nearest has the highest cosine.
    let space = matrix(encoder.embed(clean))
    let queries = matrix(encoder.embed(noisy.map(\.text)))
    return Neighbourhoods.standings(of: noisy.map(\.row), from: queries, among: space)
  }

  private func matrix(_ vectors: [[Float]]) -> DenseMatrix {
    DenseMatrix(vectors.flatMap { $0.map { Double($0) } }, columns: encoder.dimensions)
  }

  /// The clean lines that are nearest to a few noisy ones, for people to read.
  func samples() -> [JSON] {
    let count = min(RunSamples.count, noisy.count)
    guard count > 0 else { return [] }
    let chosen = (0..<count).map { noisy[noisy.count * $0 / count] }
    let vectors = encoder.embed(clean)
    return zip(chosen, encoder.embed(chosen.map(\.text))).map { query, vector in
      let cosines = ScoredPairs.cosines(
        [[Float]](repeating: vector, count: vectors.count), vectors)
      let nearest = cosines.indices.max { cosines[$0] < cosines[$1] } ?? 0
      return [
        "noisy": .string(ByteString(query.text)), "nearest": .string(ByteString(clean[nearest])),
        "meant": .string(ByteString(clean[query.row])),
      ]
    }
  }
}
