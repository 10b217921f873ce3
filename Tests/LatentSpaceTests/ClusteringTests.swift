import SeqaeLatentSpace
import SeqaeRandom
import SeqaeTensors
import TestSupport
import Testing

/// k-means and Gaussian mixtures against scikit-learn's, and by their laws.
struct ClusteringTests {
  private let fixture: LatentFixture

  init() throws { fixture = try LatentFixture() }

  private func sparse(_ x: DenseMatrix) -> SparseMatrix {
    var sparse = SparseMatrix(columns: x.columns)
    for row in 0..<x.rows {
      sparse.append(x[row: row].enumerated().map { (place: Int32($0.offset), value: $0.element) })
    }
    return sparse
  }

  // MARK: k-means

  @Test(arguments: ["near", "empty"])
  func clustersFromGivenCentresAreScikitLearns(_ name: String) throws {
    let x = try fixture.matrix("kmeans.x")
    let start = try fixture.matrix("kmeans.\(name).start")
    for clusters in [KMeans(x, from: start), KMeans(sparse(x), from: start)] {
      #expect(clusters.labels == (try fixture.integers("kmeans.\(name).labels")))
      #expect(isNear(clusters.centres, try fixture.matrix("kmeans.\(name).centres"), 1e-12))
      #expect(isNear([clusters.inertia], try fixture.values("kmeans.\(name).inertia"), 1e-12))
      #expect(clusters.isConverged)
    }
  }

  @Test func ofSeveralStartsTheBestIsScikitLearns() throws {
    let x = try fixture.matrix("kmeans.x")
    for seed in 1...5 as ClosedRange<UInt64> {
      let clusters = KMeans(x, clusters: 4, using: Random(seed: seed))
      #expect(isNear([clusters.inertia], try fixture.values("kmeans.best"), 1e-12))
    }
    let many = KMeans(x, clusters: 9, starts: 200, using: Random(seed: 1))
    #expect(many.inertia <= (try fixture.values("kmeans.best9")[0]) * 1.005)
  }

  @Test func theSeedAloneDecides() throws {
    let x = try fixture.matrix("kmeans.x")
    let one = KMeans(x, clusters: 6, starts: 2, using: Random(seed: 3))
    let threads = Threads.count
    Threads.count = threads + 1
    defer { Threads.count = threads }
    let other = KMeans(x, clusters: 6, starts: 2, using: Random(seed: 3))
    #expect(one.labels == other.labels && one.centres == other.centres)
    #expect(one.labels == one.labels(of: x))
  }

  @Test func asManyClustersAsVectorsLeaveNothing() {
    let x = randomMatrix(7, 3, seed: 2)
    let clusters = KMeans(x, clusters: 7, using: Random(seed: 1))
    #expect(clusters.inertia == 0 && Set(clusters.labels).count == 7)
  }

  @Test func fewerDifferentVectorsThanClustersAreNoTrouble() {
    let x = DenseMatrix([1, 1, 1, 1, 5, 5], columns: 1)
    let clusters = KMeans(x, clusters: 4, using: Random(seed: 1))
    #expect(clusters.inertia == 0)
    #expect(clusters.centres.elements.allSatisfy { $0 == 1 || $0 == 5 })
  }

  @Test func oneClusterIsTheMean() {
    let x = randomMatrix(20, 2, seed: 4)
    let clusters = KMeans(x, clusters: 1, using: Random(seed: 1))
    let mean = (0..<2).map { column in (0..<20).reduce(0) { $0 + x[$1, column] } / 20 }
    #expect(isNear(clusters.centres.elements, mean, 1e-15))
  }

  // MARK: Gaussian mixtures

  @Test(arguments: GaussianMixture.Covariance.allCases, ["eight", "ended"])
  func mixturesFromGivenClustersAreScikitLearns(
    _ form: GaussianMixture.Covariance, _ run: String
  ) throws {
    let name = "mixture.\(form.rawValue).\(run)"
    let x = try fixture.matrix("kmeans.x")
    let new = try fixture.matrix("mixture.new")
    var options = GaussianMixture.Options()
    options.covariance = form
    (options.maximumIterations, options.tolerance) = run == "eight" ? (8, 0) : (500, 1e-6)
    let mixture = GaussianMixture(
      x, components: 3, from: try fixture.integers("mixture.start"), options: options)
    #expect(mixture.iterations == (try fixture.integers("\(name).iterations")[0]))
    #expect(mixture.isConverged == (run == "ended"))
    #expect(isNear(mixture.weights, try fixture.values("\(name).weights"), 1e-10))
    #expect(isNear(mixture.means, try fixture.matrix("\(name).means"), 1e-10))
    let covariances = mixture.covariances.flatMap(\.elements)
    #expect(isNear(covariances, try fixture.values("\(name).covariances"), 1e-9))
    #expect(
      isNear(mixture.logLikelihoods(of: new), try fixture.values("\(name).likelihoods"), 1e-9))
    #expect(isNear(mixture.posterior(new), try fixture.matrix("\(name).posterior"), 1e-9))
    let likelihoods = mixture.logLikelihoods(of: x)
    let mean = likelihoods.reduce(0, +) / Double(likelihoods.count)
    #expect(isNear([mean], try fixture.values("\(name).mean"), 1e-10))
  }

  @Test(arguments: GaussianMixture.Covariance.allCases)
  func anIterationNeverLosesLikelihood(_ form: GaussianMixture.Covariance) {
    let x = randomMatrix(60, 2, seed: 5)
    var options = GaussianMixture.Options()
    (options.covariance, options.tolerance, options.regularization) = (form, 0, 0)
    let labels = (0..<60).map { $0 % 3 }
    var before = -Double.infinity
    for iterations in 0..<12 {
      options.maximumIterations = iterations
      let mixture = GaussianMixture(x, components: 3, from: labels, options: options)
      let sum = mixture.logLikelihoods(of: x).reduce(0, +)
      #expect(sum >= before - 1e-9)
      before = sum
    }
  }

  /// ½ (1 + log 2π) D + ½ log |Σ| is the entropy of a Gaussian, and so −log p on average over its own sample of covariance Σ.
  @Test func oneComponentIsTheGaussianOfTheVectors() {
    let x = DenseMatrix([1, 0, -1, 0, 0, 2, 0, -2], columns: 2)  // variances ½ and 2
    var options = GaussianMixture.Options()
    options.regularization = 0
    let mixture = GaussianMixture(x, components: 1, options: options, using: Random(seed: 1))
    let mean = mixture.logLikelihoods(of: x).reduce(0, +) / 4
    #expect(abs(mean + 1 + 1.8378770664093453) < 1e-12)  // log 2π; |Σ| = 1
    #expect(isNear(mixture.covariances[0].elements, [0.5, 0, 0, 2], 1e-15))
  }

  /// Far from every component each density underflows: logarithms don't.
  @Test func farVectorsHaveShares() {
    let x = DenseMatrix([0, 1, 10, 11], columns: 1)
    let mixture = GaussianMixture(x, components: 2, using: Random(seed: 1))
    let shares = mixture.posterior(DenseMatrix([1e6], columns: 1))
    #expect(abs(shares.elements.reduce(0, +) - 1) < 1e-12)
    #expect(mixture.logLikelihoods(of: DenseMatrix([1e6], columns: 1))[0].isFinite)
  }

  /// Three points on a line have a covariance without inverse, which rounding may make negative.
  @Test func vectorsOfALineHaveAFullCovariance() {
    let x = DenseMatrix((0..<30).flatMap { [Double($0) * 1e5, Double($0) * 3e5] }, columns: 2)
    var options = GaussianMixture.Options()
    options.regularization = 0
    let mixture = GaussianMixture(x, components: 2, options: options, using: Random(seed: 1))
    #expect(mixture.logLikelihoods(of: x).allSatisfy { $0.isFinite })
    #expect(Set(mixture.labels(of: x)).count == 2)
  }
}
