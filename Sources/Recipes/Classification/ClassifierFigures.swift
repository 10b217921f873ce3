/// How often classes were named rightly.
public struct ClassifierFigures: Sendable, Equatable {
  /// How many texts of each class (row) were given each name (column).
  public let confusion: [[Int]]

  /// Counts answers.
  ///
  /// - Parameters:
  ///   - named: the class that was named of each text.
  ///   - labels: its class.
  ///   - classes: their number.
  public init(_ named: [Int], labels: [Int], classes: Int) {
    precondition(
      named.count == labels.count, "ClassifierFigures: \(named.count) names of \(labels.count)")
    var confusion = [[Int]](repeating: [Int](repeating: 0, count: classes), count: classes)
    for (name, label) in zip(named, labels) { confusion[label][name] += 1 }
    self.confusion = confusion
  }

  /// The number of texts.
  public var count: Int { confusion.reduce(0) { $0 + $1.reduce(0, +) } }

  /// The share of the texts whose class was named.
  public var accuracy: Double {
    Double(confusion.indices.reduce(0) { $0 + confusion[$1][$1] }) / Double(max(1, count))
  }

  /// The standard error of that share, √(p (1 − p) / n).
  public var standardError: Double {
    (accuracy * (1 - accuracy) / Double(max(1, count))).squareRoot()
  }

  /// The mean over the classes of F1 = 2 TP / (2 TP + FP + FN); classes that were neither named nor there don't count.
  public var macroF1: Double {
    let scores = confusion.indices.compactMap { index -> Double? in
      let (own, named) = (
        confusion[index].reduce(0, +), confusion.reduce(0) { $0 + $1[index] }
      )
      return own + named > 0 ? 2 * Double(confusion[index][index]) / Double(own + named) : nil
    }
    return scores.reduce(0, +) / Double(max(1, scores.count))
  }
}

extension [Double] {
  /// The place of the largest value, of equals the first.
  package var largest: Int { indices.max { (self[$0], -$0) < (self[$1], -$1) } ?? 0 }
}
