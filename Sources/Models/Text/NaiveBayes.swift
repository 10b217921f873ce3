// Multinomial naive Bayes: the generative classifier of bags of words.
//
// McCallum & Nigam 1998, *A Comparison of Event Models for Naive Bayes Text Classification*, §2.2; against logistic
// regression, which has the same form and learns p(c | x) at once: Ng & Jordan 2002, *On Discriminative vs. Generative
// Classifiers*. A text of class c is drawn word by word, each of its own,
//
//     log p(c | x) = log π_c + Σ_f x_f log θ_cf − log Σ_c′ …,  θ_cf = (N_cf + α) / (N_c + α F),  π_c = N(c) / N
//
// x_f: how often feature f stands in x; N_cf: how often in the texts of class c; α: Laplace's smoothing.

import Glibc
import SeqaeText

/// A classifier of texts by how often their features occur in each class.
public struct NaiveBayes: Sendable {
  /// α unless told otherwise: every feature is taken to have been seen once more in every class.
  public static let laplace = 1.0

  private let logPriors: [Double]  // log π [C]
  private let logRates: [[Double]]  // log θ [F][C]

  /// Counts examples.
  ///
  /// - Parameters:
  ///   - bags: the features of each text, below `size`, as often as they occur.
  ///   - size: F.
  ///   - labels: the class of each text, below `classes`.
  ///   - classes: C. A class without a text is never named.
  ///   - smoothing: α, above 0.
  public init(
    _ bags: [[TokenID]], size: Int, labels: [Int], classes: Int,
    smoothing: Double = NaiveBayes.laplace
  ) {
    precondition(
      bags.count == labels.count && !bags.isEmpty && smoothing > 0,
      "NaiveBayes: \(bags.count) texts, \(labels.count) labels, smoothing \(smoothing)")
    var counts = [[Double]](repeating: [Double](repeating: 0, count: classes), count: size)  // N_cf
    var (texts, totals) = (
      [Double](repeating: 0, count: classes), [Double](repeating: 0, count: classes)
    )
    for (bag, label) in zip(bags, labels) {
      texts[label] += 1
      totals[label] += Double(bag.count)
      for feature in bag { counts[Int(feature)][label] += 1 }
    }
    logPriors = texts.map { log($0 / Double(bags.count)) }
    let logTotals = totals.map { log($0 + smoothing * Double(size)) }
    logRates = counts.map { row in
      zip(row, logTotals).map { log($0 + smoothing) - $1 }
    }
  }

  /// Returns log p(c | x) of each class, in nats.
  public func logPosteriors(_ bag: [TokenID]) -> [Double] {
    var joint = logPriors
    for feature in bag {
      let rates = logRates[Int(feature)]
      for index in joint.indices { joint[index] += rates[index] }
    }
    return BayesRule.logPosteriors(joint)
  }
}

/// What follows for classes from log p(x | c) + log p(c).
public enum BayesRule {
  /// Returns log p(c | x) = log p(x, c) − log Σ_c′ p(x, c′), for at least one finite log p(x, c).
  public static func logPosteriors(_ joint: [Double]) -> [Double] {
    let largest = joint.max() ?? 0
    let evidence = largest + log(joint.reduce(0) { $0 + exp($1 - largest) })
    return joint.map { $0 - evidence }
  }
}
