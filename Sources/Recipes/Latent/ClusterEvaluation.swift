import SeqaeFiles
import SeqaeLatentSpace
import SeqaeModels
import SeqaeRetrieval
import SeqaeTensors

/// How well clusters of texts agree with their classes: those that a model has, those of k-means on its codes, and those of
/// k-means on TF-IDF, which knows no model.
public struct ClusterEvaluation {
  /// How well one way of clustering does.
  public struct Figures: Sendable, Equatable {
    /// What found the clusters.
    public let name: String
    /// How many it looked for.
    public let clusters: Int
    /// Normalized mutual information.
    public let nmi: Double
    /// The share of the texts in the cluster that stands for their class (Hungarian algorithm).
    public let accuracy: Double
    /// The adjusted Rand index.
    public let adjustedRand: Double

    init(_ name: String, _ clusters: Int, _ labels: [Int], _ classes: [Int]) {
      let agreement = ClusteringAgreement(clusters: labels, classes: classes)
      self.name = name
      self.clusters = clusters
      nmi = agreement.normalizedMutualInformation
      accuracy = agreement.accuracy
      adjustedRand = agreement.adjustedRandIndex
    }
  }

  private static let block = 1024  // codes that are given to clusters side by side

  /// The figures: the model's own clusters if it has some, k-means on its codes, k-means on TF-IDF.
  public let figures: [Figures]
  /// How many texts were longer than the model's positions, of which the beginning was read.
  public let tooLong: Int

  /// Clusters texts in each way; k-means finds as many clusters as there are classes.
  ///
  /// - Parameters:
  ///   - directory: the model.
  ///   - data: the texts and their classes.
  ///   - terms: what TF-IDF tells texts apart by.
  ///   - seed: of the starts of k-means.
  ///   - report: told what is done.
  /// - Throws: `Failure(.data)` for fewer than two classes, a model that is told them, and texts without a term in common.
  public init(
    _ directory: LatentDirectory, _ data: LabelledTexts, terms: Terms = .words, seed: UInt64,
    report: (String) -> Void
  ) throws(Failure) {
    let texts = LatentTexts(directory)
    guard texts.classes.isEmpty else {
      throw Failure(
        .data, "this model is told the classes of texts: give one that has to find them")
    }
    let names = Set(data.labels).sorted()
    guard names.count > 1 else {
      throw Failure(.data, "the data has one class: clusters are compared with two or more")
    }
    let numbers = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    let classes = data.labels.map { numbers[$0] ?? 0 }
    var options = Clustering.Options(clusters: names.count)
    options.seed = seed
    options.terms = terms
    report("the codes of \(data.count) texts")
    let (codes, tooLong) = texts.codes(of: data.texts)
    var figures: [Figures] = []
    if let model = directory.model as? any ClusteringModel {
      figures.append(
        Figures("its clusters", model.clusters, Self.labels(of: codes, model), classes))
    }
    report("k-means on codes")
    let vectors = DenseMatrix(codes.flatMap { $0.vector.map { Double($0) } }, columns: texts.size)
    let means = try Clustering(.vectors(vectors), options)
    figures.append(Figures("k-means on codes", names.count, means.labels, classes))
    report("k-means on TF-IDF")
    let baseline = try Clustering(.texts(data.texts), options)
    figures.append(Figures("k-means on TF-IDF", names.count, baseline.labels, classes))
    self.figures = figures
    self.tooLong = tooLong
  }

  /// The most probable cluster of each code.
  private static func labels(of codes: [LatentCode], _ model: any ClusteringModel) -> [Int] {
    stride(from: 0, to: codes.count, by: block).flatMap { start in
      let rows = codes[start..<min(codes.count, start + block)]
      let z = Tensor(rows.flatMap(\.vector), [rows.count, model.size])
      return model.memberships(z).argMax().integers().map { Int($0) }
    }
  }
}
