import Glibc

/// How well clusters agree with classes that are known, whatever either are called.
///
/// ```swift
/// let agreement = ClusteringAgreement(clusters: [0, 0, 1, 1], classes: [7, 7, 3, 4])
/// agreement.purity  // 0.75
/// ```
public struct ClusteringAgreement: Sendable {
  private let counts: DenseMatrix  // clusters × classes
  private let clusterSizes: [Double]
  private let classSizes: [Double]
  private let total: Double

  /// Counts how many vectors each cluster has of each class.
  ///
  /// - Parameters:
  ///   - clusters: the cluster of each vector, one or more.
  ///   - classes: its class.
  public init(clusters: [Int], classes: [Int]) {
    precondition(
      clusters.count == classes.count && !clusters.isEmpty,
      "ClusteringAgreement: \(clusters.count) clusters, \(classes.count) classes")
    let (rows, rowCount) = Self.numbered(clusters)
    let (columns, columnCount) = Self.numbered(classes)
    var counts = DenseMatrix(rows: rowCount, columns: columnCount)
    for (row, column) in zip(rows, columns) { counts[row, column] += 1 }
    self.counts = counts
    clusterSizes = (0..<rowCount).map { counts[row: $0].reduce(0, +) }
    classSizes = (0..<columnCount).map { column in
      (0..<rowCount).reduce(0) { $0 + counts[$1, column] }
    }
    total = Double(clusters.count)
  }

  private static func numbered(_ labels: [Int]) -> (numbers: [Int], count: Int) {
    var known: [Int: Int] = [:]
    let numbers = labels.map { label in
      let number = known[label] ?? known.count
      known[label] = number
      return number
    }
    return (numbers, known.count)
  }

  /// The share of the vectors that are of their cluster's class, each cluster standing for the class that is best for all
  /// together and no two for the same (Hungarian algorithm): 0 to 1.
  public var accuracy: Double {
    let columns = Assignment.best(counts)
    let hits = columns.enumerated().reduce(0.0) { sum, pair in
      sum + (pair.element.map { counts[pair.offset, $0] } ?? 0)
    }
    return hits / total
  }

  /// The share of the vectors that are of the largest class of their cluster: 0 to 1, 1 for clusters of one.
  public var purity: Double {
    (0..<counts.rows).reduce(0) { $0 + (counts[row: $1].max() ?? 0) } / total
  }

  /// Mutual information in nats.
  public var mutualInformation: Double {
    var sum = 0.0
    for row in 0..<counts.rows {
      for column in 0..<counts.columns where counts[row, column] > 0 {
        let count = counts[row, column]
        sum += count / total * log(count * total / (clusterSizes[row] * classSizes[column]))
      }
    }
    return max(0, sum)
  }

  /// Mutual information over the mean of the two entropies (arithmetic): 0 to 1; 1 where both have one part.
  public var normalizedMutualInformation: Double {
    let entropies = entropy(clusterSizes) + entropy(classSizes)
    return entropies == 0 ? 1 : mutualInformation / (entropies / 2)
  }

  /// The Rand index less what chance gives, over the most that it can be more (Hubert & Arabie 1985): 1 for the same parts,
  /// 0 on average for random ones.
  public var adjustedRandIndex: Double {
    func pairs(_ counts: some Sequence<Double>) -> Double {
      counts.reduce(0) { $0 + $1 * ($1 - 1) / 2 }
    }
    let together = pairs(counts.elements)
    let (left, right) = (pairs(clusterSizes), pairs(classSizes))
    let all = total * (total - 1) / 2
    let most = (left + right) / 2
    let chance = all == 0 ? 0 : left * right / all
    // All in one part, or each alone, in both.
    return most == chance ? 1 : (together - chance) / (most - chance)
  }

  private func entropy(_ sizes: [Double]) -> Double {
    sizes.reduce(0) { $0 - $1 / total * log($1 / total) }
  }
}
