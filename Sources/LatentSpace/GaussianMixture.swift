import Glibc
import SeqaeRandom
import SeqaeTensors

/// A mixture of K Gaussians, fitted by expectation maximisation (Dempster, Laird & Rubin 1977).
///
/// p(x) = Σ πₖ N(x; μₖ, Σₖ). The E step gives each vector to the components by their share rₖ of its density, with
/// logarithms throughout, the M step makes πₖ, μₖ and Σₖ the shares' weighted means. It starts from clusters, those of
/// k-means unless others are given, and ends when the mean log-likelihood moves less than a tolerance. An iteration takes N K D
/// operations, with full covariances N K D².
///
/// ```swift
/// let mixture = GaussianMixture(x, components: 3, using: Random(seed: 1))
/// mixture.posterior(x)  // [N, 3]
/// ```
public struct GaussianMixture: Sendable {
  /// The form of the covariances.
  public enum Covariance: String, CaseIterable, Sendable {
    /// Dimensions vary alone.
    case diagonal
    /// Any two dimensions vary together.
    case full
  }

  /// What is fitted and when to end.
  public struct Options: Sendable {
    /// The form of the covariances.
    public var covariance = Covariance.full
    /// What is added to each variance, so that none vanishes: 10⁻⁶, as in scikit-learn.
    public var regularization = 1e-6
    /// How little the mean log-likelihood may move: 10⁻³, as in scikit-learn.
    public var tolerance = 1e-3
    /// The most iterations.
    public var maximumIterations = 100

    /// The options that scikit-learn has by default.
    public init() {}
  }

  /// The shares π of the components [K], of sum 1.
  public private(set) var weights: [Double]
  /// Their means μ [K, D].
  public private(set) var means: DenseMatrix
  /// Their covariances, K of them: the variances [1, D], or full matrices [D, D].
  public private(set) var covariances: [DenseMatrix]
  /// How many iterations there were.
  public private(set) var iterations = 0
  /// Whether the last one moved the log-likelihood less than the tolerance.
  public private(set) var isConverged = false

  private let options: Options
  private var densities: [Density] = []

  /// Fits a mixture from clusters of k-means.
  ///
  /// - Parameters:
  ///   - x: the vectors [N, D].
  ///   - components: K, from 1 to N.
  ///   - options: the form of the covariances and when to end.
  ///   - random: draws the starts of k-means.
  public init(
    _ x: DenseMatrix, components: Int, options: Options = Options(), using random: Random
  ) {
    let clusters = KMeans(x, clusters: components, using: random)
    self.init(x, components: components, from: clusters.labels, options: options)
  }

  /// Fits a mixture from given clusters.
  ///
  /// - Parameters:
  ///   - x: the vectors [N, D].
  ///   - components: K.
  ///   - labels: the first component of each vector, 0 ..< K.
  ///   - options: the form of the covariances and when to end.
  public init(
    _ x: DenseMatrix, components: Int, from labels: [Int], options: Options = Options()
  ) {
    precondition(
      labels.count == x.rows && labels.allSatisfy { (0..<components).contains($0) },
      "GaussianMixture: \(labels.count) labels below \(components) for \(x.rows) vectors")
    self.options = options
    weights = []
    means = DenseMatrix(rows: components, columns: x.columns)
    covariances = []
    var shares = DenseMatrix(rows: x.rows, columns: components)
    for (row, label) in labels.enumerated() { shares[row, label] = 1 }
    maximise(x, shares)
    var likelihood = -Double.infinity
    while !isConverged, iterations < options.maximumIterations {
      let (next, shares) = expectation(x)
      maximise(x, shares)
      iterations += 1
      isConverged = abs(next - likelihood) < options.tolerance
      likelihood = next
    }
  }

  /// Returns log p(x) of each vector, in nats.
  public func logLikelihoods(of x: DenseMatrix) -> [Double] {
    joint(x).map { logSumExp($0) }
  }

  /// Returns the share of each component in each vector: p(k | x) [N, K].
  public func posterior(_ x: DenseMatrix) -> DenseMatrix { expectation(x).shares }

  /// Returns the most probable component of each vector, of equally probable ones the first.
  public func labels(of x: DenseMatrix) -> [Int] {
    joint(x).map { row in row.indices.reduce(0) { row[$1] > row[$0] ? $1 : $0 } }
  }

  // MARK: Private helpers

  /// log πₖ + log N(x; μₖ, Σₖ) for each vector and component.
  private func joint(_ x: DenseMatrix) -> [[Double]] {
    precondition(
      x.columns == means.columns, "GaussianMixture: vectors of \(x.columns), not \(means.columns)")
    return Threads.map(x.rows) { row in
      densities.indices.map { log(weights[$0]) + densities[$0].logarithm(at: x[row: row]) }
    }
  }

  /// The mean of log p(x), and the shares.
  private func expectation(_ x: DenseMatrix) -> (likelihood: Double, shares: DenseMatrix) {
    var sum = 0.0
    var shares: [Double] = []
    shares.reserveCapacity(x.rows * weights.count)
    for row in joint(x) {
      let total = logSumExp(row)
      sum += total
      shares += row.map { exp($0 - total) }
    }
    return (sum / Double(x.rows), DenseMatrix(shares, columns: weights.count))
  }

  private mutating func maximise(_ x: DenseMatrix, _ shares: DenseMatrix) {
    let fitted = Threads.map(means.rows) { component in
      Self.fit(x, shares, component, options)
    }
    let total = fitted.reduce(0) { $0 + $1.size }
    weights = fitted.map { $0.size / total }
    means = DenseMatrix(fitted.flatMap(\.mean), columns: x.columns)
    covariances = fitted.map(\.covariance)
    densities = fitted.map { Density(mean: $0.mean, $0.covariance, options.covariance) }
  }

  private static func fit(
    _ x: DenseMatrix, _ shares: DenseMatrix, _ component: Int, _ options: Options
  ) -> (size: Double, mean: [Double], covariance: DenseMatrix) {
    let dimensions = x.columns
    var size = 10 * Double.ulpOfOne  // so that a component of no vector stays a number
    var mean = [Double](repeating: 0, count: dimensions)
    for row in 0..<x.rows {
      let share = shares[row, component]
      size += share
      for d in 0..<dimensions { mean[d] += share * x[row, d] }
    }
    for d in 0..<dimensions { mean[d] /= size }
    let isFull = options.covariance == .full
    var covariance = DenseMatrix(rows: isFull ? dimensions : 1, columns: dimensions)
    var difference = [Double](repeating: 0, count: dimensions)
    for row in 0..<x.rows {
      let share = shares[row, component] / size
      guard share > 0 else { continue }
      for d in 0..<dimensions { difference[d] = x[row, d] - mean[d] }
      if isFull {
        for i in 0..<dimensions {
          let part = share * difference[i]
          for j in 0...i { covariance[i, j] += part * difference[j] }
        }
      } else {
        for d in 0..<dimensions { covariance[0, d] += share * difference[d] * difference[d] }
      }
    }
    for i in 0..<dimensions {
      covariance[isFull ? i : 0, i] += options.regularization
      if isFull { for j in 0..<i { covariance[j, i] = covariance[i, j] } }
    }
    return (size, mean, covariance)
  }
}

/// log Σ exp(x), of which no term overflows.
func logSumExp(_ x: [Double]) -> Double {
  let largest = x.max() ?? -.infinity
  guard largest.isFinite else { return largest }
  return largest + log(x.reduce(0) { $0 + exp($1 - largest) })
}

/// One Gaussian, ready to be asked for its density.
private struct Density: Sendable {
  private let mean: [Double]
  private let factor: DenseMatrix  // σ [1, D], or L of Σ = L Lᵀ [D, D]
  private let constant: Double  // −½ (D log 2π + log |Σ|)

  init(mean: [Double], _ covariance: DenseMatrix, _ form: GaussianMixture.Covariance) {
    self.mean = mean
    let factor =
      switch form {
      case .diagonal:
        DenseMatrix(covariance.elements.map { $0.squareRoot() }, columns: mean.count)
      case .full: Self.cholesky(covariance)
      }
    self.factor = factor
    let root = mean.indices.reduce(0) { $0 + log(factor[form == .full ? $1 : 0, $1]) }
    constant = -0.5 * Double(mean.count) * log(2 * Double.pi) - root
  }

  /// −½ (D log 2π + log |Σ| + (x − μ)ᵀ Σ⁻¹ (x − μ)).
  func logarithm(at x: ArraySlice<Double>) -> Double {
    var difference = zip(x, mean).map { $0 - $1 }
    if factor.rows == 1 {
      for d in difference.indices { difference[d] /= factor[0, d] }
    } else {
      // L y = x − μ, from the first row on.
      for i in difference.indices {
        var rest = difference[i]
        for j in 0..<i { rest -= factor[i, j] * difference[j] }
        difference[i] = rest / factor[i, i]
      }
    }
    return constant - 0.5 * difference.reduce(0) { $0 + $1 * $1 }
  }

  /// L of Σ = L Lᵀ; where rounding has left no such L, of Σ with more on its diagonal.
  private static func cholesky(_ matrix: DenseMatrix) -> DenseMatrix {
    let n = matrix.rows
    let mean = (0..<n).reduce(0) { $0 + matrix[$1, $1] } / Double(n)
    var more = 0.0
    while true {
      if let factor = factor(matrix, more) { return factor }
      precondition(mean.isFinite, "GaussianMixture: a covariance is not finite")
      more = max(10 * more, 1e-12 * mean, .leastNormalMagnitude)
    }
  }

  private static func factor(_ matrix: DenseMatrix, _ more: Double) -> DenseMatrix? {
    let n = matrix.rows
    var factor = DenseMatrix(rows: n, columns: n)
    for i in 0..<n {
      for j in 0...i {
        var rest = matrix[i, j] + (i == j ? more : 0)
        for k in 0..<j { rest -= factor[i, k] * factor[j, k] }
        if i == j {
          guard rest > 0 else { return nil }
          factor[i, i] = rest.squareRoot()
        } else {
          factor[i, j] = rest / factor[j, j]
        }
      }
    }
    return factor
  }
}
