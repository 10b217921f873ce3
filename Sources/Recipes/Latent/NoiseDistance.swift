import SeqaeFiles
import SeqaeLatentSpace
import SeqaeRetrieval
import SeqaeTensors
import SeqaeTraining

/// How far noise moves texts in a model's space of codes, or an embedder's of vectors: where the clean text stands among many by its distance from the
/// noisy one.
public struct NoiseDistance {
  private static let near = 10  // of how many nearest ones `within_10` tells
  // Texts whose distances from each other are looked at, and pairs whose clean text is written: enough for three digits.
  private static let sample = 2000

  /// `pairs`, those whose two texts differ; `texts`, the clean ones that are ranked; `distance` from noisy to clean over that to
  /// the others, the mean; of the clean one's rank the median, the mean of the inverses, and how often it is the first and
  /// among the first ten; `spread`, the deviation of the distances of clean texts over their mean; `reconstruction` and
  /// `noisy_reconstruction`, what it costs to write the clean text from its own code and from that of the noisy one, in nats a
  /// text, by models that write; the last three of the first 2,000. Of a pair that was asked for, `pair_distance` and `pair_rank`.
  public let metrics: [Metric]
  /// How many texts were longer than the model's positions, of which the beginning was read.
  public let tooLong: Int

  /// Texts to vectors, and how many of them were too long.
  private typealias Codes = (_ lines: [[UInt8]]) throws(Failure) -> (DenseMatrix, tooLong: Int)

  /// Ranks the clean text of each pair among those of all of them, by the codes of a model that also writes.
  ///
  /// - Parameters:
  ///   - directory: the model.
  ///   - pairs: noisy and clean texts.
  ///   - single: a noisy and a clean text that are also measured by themselves, the clean one among it and those of all pairs;
  ///     nil for none.
  /// - Throws: `Failure(.data)` for fewer than two clean texts, no pair with noise, and a model that is told classes.
  public init(
    _ directory: LatentDirectory, _ pairs: [DenoisingPair], single: DenoisingPair? = nil
  ) throws(Failure) {
    let texts = LatentTexts(directory)
    guard texts.classes.isEmpty else {
      throw Failure(
        .data, "this model is told the classes of texts: give one that reads texts alone")
    }
    try self.init(
      pairs, single: single,
      codes: { lines throws(Failure) in
        let (codes, tooLong) = texts.codes(of: lines)
        let values = codes.flatMap { $0.vector.map { Double($0) } }
        return (DenseMatrix(values, columns: texts.size), tooLong)
      }, costs: { Self.costs($0, texts) })
  }

  /// Ranks the clean text of each pair among those of all of them, by an embedder's vectors.
  ///
  /// - Parameters:
  ///   - embedder: the model.
  ///   - pairs: noisy and clean texts.
  ///   - single: a noisy and a clean text that are also measured by themselves; nil for none.
  /// - Throws: `Failure(.data)` for fewer than two clean texts and no pair with noise.
  public init(
    _ embedder: any TextEmbedder, _ pairs: [DenoisingPair], single: DenoisingPair? = nil
  ) throws(Failure) {
    try self.init(
      pairs, single: single,
      codes: { lines throws(Failure) in
        let values = try embedder.embed(lines).flatMap { $0.map { Double($0) } }
        return (DenseMatrix(values, columns: embedder.dimensions), 0)
      }, costs: { _ in [] })
  }

  private init(
    _ pairs: [DenoisingPair], single: DenoisingPair?, codes: Codes,
    costs: ([DenoisingPair]) -> [Metric]
  ) throws(Failure) {
    var rows: [[UInt8]: Int] = [:]
    var clean: [[UInt8]] = []
    for pair in pairs where rows[pair.clean] == nil {
      rows[pair.clean] = clean.count
      clean.append(pair.clean)
    }
    let spoilt = pairs.filter { $0.noisy != $0.clean }
    guard clean.count > 1, !spoilt.isEmpty else {
      throw Failure(
        .data,
        "expected noisy texts and two or more clean ones, found \(spoilt.count) and \(clean.count)")
    }
    let (vectors, longClean) = try codes(clean)
    let (queries, longNoisy) = try codes(spoilt.map(\.noisy))
    let standings = Neighbourhoods.standings(
      of: spoilt.map { rows[$0.clean] ?? 0 }, from: queries, among: vectors)
    let sample = vectors.selecting(Array(0..<min(Self.sample, clean.count)))
    var metrics =
      Self.metrics(standings, texts: clean.count)
      + [Metric("spread", Neighbourhoods.relativeSpread(sample))]
      + costs(Array(spoilt.prefix(Self.sample)))
    if let single {
      metrics += try Self.metrics(of: single, row: rows[single.clean], vectors, codes)
    }
    self.metrics = metrics
    tooLong = longClean + longNoisy
  }

  private static func metrics(
    _ standings: [Neighbourhoods.Standing], texts: Int
  ) -> [Metric] {
    let (count, ranks) = (Double(standings.count), standings.map(\.rank).sorted())
    func mean(_ value: (Neighbourhoods.Standing) -> Double) -> Double {
      standings.reduce(0) { $0 + value($1) } / count
    }
    return [
      Metric("pairs", count), Metric("texts", Double(texts)),
      Metric("distance", mean(\.distance)), Metric("median_rank", ranks[ranks.count / 2]),
      Metric("reciprocal_rank", mean { 1 / $0.rank }),
      Metric("first", mean { $0.rank == 1 ? 1 : 0 }),
      Metric("within_\(near)", mean { $0.rank <= Double(near) ? 1 : 0 }),
    ]
  }

  private static func costs(_ pairs: [DenoisingPair], _ texts: LatentTexts) -> [Metric] {
    guard let own = texts.reconstruction(of: pairs.map { ($0.clean, $0.clean) }),
      let noisy = texts.reconstruction(of: pairs.map { ($0.noisy, $0.clean) })
    else { return [] }
    return [Metric("reconstruction", own), Metric("noisy_reconstruction", noisy)]
  }

  /// What is said of a single pair, whose clean text has a row among the vectors or is one more.
  private static func metrics(
    of pair: DenoisingPair, row: Int?, _ vectors: DenseMatrix, _ codes: Codes
  ) throws(Failure) -> [Metric] {
    let (own, _) = try codes([pair.noisy, pair.clean])
    let all =
      row == nil
      ? DenseMatrix(vectors.elements + own[row: 1], columns: vectors.columns) : vectors
    let standings = Neighbourhoods.standings(
      of: [row ?? vectors.rows], from: own.selecting([0]), among: all)
    return standings.flatMap {
      [Metric("pair_distance", $0.distance), Metric("pair_rank", $0.rank)]
    }
  }
}
