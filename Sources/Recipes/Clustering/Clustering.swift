import SeqaeFiles
import SeqaeLatentSpace
import SeqaeRandom
import SeqaeRetrieval
import SeqaeTraining

/// Clusters of vectors, or of texts by their terms.
public struct Clustering: Sendable {
  /// How clusters are found.
  public enum Method: String, CaseIterable, Sendable {
    /// Each vector goes to the nearest of K means.
    case kmeans
    /// Each goes to the most probable of K Gaussians.
    case gmm
  }

  /// What is done, and how.
  public struct Options: Sendable {
    /// How clusters are found.
    public var method = Method.kmeans
    /// How many.
    public var clusters: Int
    /// From how many starts k-means is tried.
    public var starts = 10
    /// The form of a Gaussian's covariance.
    public var covariance = GaussianMixture.Covariance.full
    /// What texts consist of.
    public var terms = Terms.words
    /// How many terms texts are told apart by: the most frequent ones of those in two texts or more.
    public var maximumTerms = 20_000
    /// Decides the starts.
    public var seed: UInt64 = 1

    /// The defaults, for a number of clusters.
    public init(clusters: Int) { self.clusters = clusters }
  }

  /// The cluster of each vector or text, from 0.
  public let labels: [Int]
  /// The probability of that cluster; nil of k-means.
  public let probabilities: [Double]?
  /// What the method has to say of its own work.
  public let metrics: [Metric]

  /// Finds clusters.
  ///
  /// - Parameters:
  ///   - input: what is clustered. Texts become vectors of TF-IDF of length 1.
  ///   - options: what is done.
  /// - Throws: `Failure(.data)` for more clusters than vectors, `Failure(.usage)` for Gaussians of texts.
  public init(_ input: ClusteringInput, _ options: Options) throws(Failure) {
    guard options.clusters <= input.count else {
      throw Failure(
        .data,
        "expected at least as many vectors or texts as clusters, \(options.clusters), found \(input.count)"
      )
    }
    switch (input, options.method) {
    case (.vectors(let vectors), .kmeans): self = Self.means(vectors, options)
    case (.texts(let texts), .kmeans):
      let weights = TFIDF(
        texts, terms: options.terms, minimumTexts: 2, maximumTerms: options.maximumTerms)
      guard !weights.vocabulary.isEmpty else {
        throw Failure(.data, "no two texts have a term in common: there is nothing to tell by")
      }
      var vectors = SparseMatrix(columns: weights.vocabulary.count)
      for text in texts {
        let unit = weights.vector(of: text).unit
        vectors.append(zip(unit.places, unit.values).map { ($0, Double($1)) })
      }
      self = Self.means(vectors, options)
    case (.vectors(let vectors), .gmm): self = Self.gaussians(vectors, options)
    case (.texts, .gmm):
      throw Failure(
        .usage,
        "gmm takes vectors and no texts: turn them into some, or leave it to kmeans (seqae cluster --help)"
      )
    }
  }

  private init(labels: [Int], probabilities: [Double]?, metrics: [Metric]) {
    (self.labels, self.probabilities, self.metrics) = (labels, probabilities, metrics)
  }

  private static func means(_ vectors: some Points, _ options: Options) -> Clustering {
    let clusters = KMeans(
      vectors, clusters: options.clusters, starts: options.starts,
      using: Random(seed: options.seed))
    let metrics = [
      Metric("inertia", clusters.inertia), Metric("iterations", Double(clusters.iterations)),
    ]
    return Clustering(labels: clusters.labels, probabilities: nil, metrics: metrics)
  }

  private static func gaussians(_ vectors: DenseMatrix, _ options: Options) -> Clustering {
    var fit = GaussianMixture.Options()
    fit.covariance = options.covariance
    let mixture = GaussianMixture(
      vectors, components: options.clusters, options: fit, using: Random(seed: options.seed))
    let posterior = mixture.posterior(vectors)
    let labels = mixture.labels(of: vectors)
    let likelihood = mixture.logLikelihoods(of: vectors).reduce(0, +) / Double(vectors.rows)
    return Clustering(
      labels: labels, probabilities: labels.enumerated().map { posterior[$0.offset, $0.element] },
      metrics: [
        Metric("log_likelihood", likelihood), Metric("iterations", Double(mixture.iterations)),
      ])
  }

  /// Returns how well the clusters agree with classes, by the names that `seqae cluster` prints.
  ///
  /// - Parameter classes: the class of each vector or text.
  /// - Returns: normalized mutual information, adjusted Rand index, accuracy and purity.
  public func agreement(with classes: [ByteString]) -> [Metric] {
    var numbers: [ByteString: Int] = [:]
    let numbered = classes.map { name in
      let number = numbers[name] ?? numbers.count
      numbers[name] = number
      return number
    }
    let agreement = ClusteringAgreement(clusters: labels, classes: numbered)
    return [
      Metric("nmi", agreement.normalizedMutualInformation),
      Metric("adjusted_rand", agreement.adjustedRandIndex),
      Metric("accuracy", agreement.accuracy), Metric("purity", agreement.purity),
    ]
  }
}
