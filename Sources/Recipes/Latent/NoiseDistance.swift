import SeqaeFiles
import SeqaeLatentSpace
import SeqaeTensors
import SeqaeTraining

/// How far noise moves texts in a model's space of codes: where the clean text stands among many by its distance from the
/// noisy one.
public struct NoiseDistance {
  private static let near = 10  // of how many nearest ones `within_10` tells

  /// `pairs`, those whose two texts differ; `texts`, the clean ones that are ranked; `distance` from noisy to clean over that to
  /// the others, the mean; of the clean one's rank the median, the mean of the inverses, and how often it is the first and
  /// among the first ten.
  public let metrics: [Metric]
  /// How many texts were longer than the model's positions, of which the beginning was read.
  public let tooLong: Int

  /// Ranks the clean text of each pair among those of all of them.
  ///
  /// - Parameters:
  ///   - directory: the model.
  ///   - pairs: noisy and clean texts.
  /// - Throws: `Failure(.data)` for fewer than two clean texts, no pair with noise, and a model that is told classes.
  public init(_ directory: LatentDirectory, _ pairs: [DenoisingPair]) throws(Failure) {
    let texts = LatentTexts(directory)
    guard texts.classes.isEmpty else {
      throw Failure(
        .data, "this model is told the classes of texts: give one that reads texts alone")
    }
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
    let (vectors, longClean) = Self.codes(of: clean, texts)
    let (queries, longNoisy) = Self.codes(of: spoilt.map(\.noisy), texts)
    let standings = Threads.map(spoilt.count) { number in
      Neighbourhoods.standing(
        of: rows[spoilt[number].clean] ?? 0, from: Array(queries[row: number]), among: vectors)
    }
    let (count, ranks) = (Double(standings.count), standings.map(\.rank).sorted())
    func mean(_ value: (Neighbourhoods.Standing) -> Double) -> Double {
      standings.reduce(0) { $0 + value($1) } / count
    }
    metrics = [
      Metric("pairs", count), Metric("texts", Double(clean.count)),
      Metric("distance", mean(\.distance)), Metric("median_rank", ranks[ranks.count / 2]),
      Metric("reciprocal_rank", mean { 1 / $0.rank }),
      Metric("first", mean { $0.rank == 1 ? 1 : 0 }),
      Metric("within_\(Self.near)", mean { $0.rank <= Double(Self.near) ? 1 : 0 }),
    ]
    tooLong = longClean + longNoisy
  }

  private static func codes(
    of lines: [[UInt8]], _ texts: LatentTexts
  ) -> (DenseMatrix, tooLong: Int) {
    let (codes, tooLong) = texts.codes(of: lines)
    return (
      DenseMatrix(codes.flatMap { $0.vector.map { Double($0) } }, columns: texts.size), tooLong
    )
  }
}
