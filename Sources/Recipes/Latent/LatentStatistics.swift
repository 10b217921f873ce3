import Glibc
import SeqaeModels
import SeqaeTensors

/// What the posteriors of many texts say together.
package struct LatentStatistics {
  /// From what variance of its mean on a dimension counts as used; Burda, Grosse & Salakhutdinov 2016,
  /// *Importance Weighted Autoencoders*, §5.2.
  static let activeVariance = 0.01

  private var count = 0
  private var sums: [Double] = []  // of μ
  private var squares: [Double] = []  // of (μ − first μ)²: no difference of large numbers
  private var shift: [Double] = []
  private var divergences: Double?

  /// Creates statistics of nothing.
  package init() {}

  /// Takes up the posteriors of some more texts, and the divergence of each from the prior; nil of points.
  package mutating func add(_ q: Posterior, divergences own: Tensor?) {
    let (means, size) = (q.mean.doubles(), q.mean.shape[1])
    if sums.isEmpty {
      shift = Array(means.prefix(size))
      sums = [Double](repeating: 0, count: size)
      squares = sums
    }
    for (index, mean) in means.enumerated() {
      let (place, value) = (index % size, mean - shift[index % size])
      sums[place] += value
      squares[place] += value * value
    }
    count += q.mean.shape[0]
    if let own { divergences = (divergences ?? 0) + own.sum().item() }
  }

  /// The mean divergence from the prior, in nats a text; nil of points.
  package var divergence: Double? { divergences.map { $0 / Double(max(1, count)) } }

  /// How many dimensions differ between texts: Aᵤ = Cov_x(E_{q(u|x)}[u]) > 0.01.
  package var activeUnits: Int {
    zip(sums, squares).count { sum, square in
      let (n, mean) = (Double(count), sum / Double(max(1, count)))
      return n > 1 && (square - n * mean * mean) / (n - 1) > Self.activeVariance
    }
  }
}

/// Which codes of a codebook are used, and how often.
package struct CodebookUse {
  private var counts: [Int]

  /// Creates the counts of a codebook of so many codes.
  package init(_ size: Int) { counts = [Int](repeating: 0, count: size) }

  /// Counts the codes of some texts.
  package mutating func add(_ texts: [[Int]]) {
    for code in texts.joined() { counts[code] += 1 }
  }

  /// The share of the codes that are used.
  package var usage: Double { Double(counts.count { $0 > 0 }) / Double(counts.count) }

  /// exp(−Σ pᵢ log pᵢ), pᵢ the share of the uses that code i has.
  package var perplexity: Double {
    let total = Double(max(1, counts.reduce(0, +)))
    return exp(
      counts.reduce(0) { sum, count in
        let p = Double(count) / total
        return count > 0 ? sum - p * log(p) : sum
      })
  }
}
