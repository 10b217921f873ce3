/// How far two series go together.
public enum Correlation {
  /// Spearman's ρ: Pearson's correlation of the ranks, equal values sharing the mean of theirs.
  ///
  /// - Parameters:
  ///   - x: a series of two or more.
  ///   - y: another of as many.
  /// - Returns: −1 to 1; nil if a series is constant, since nothing goes together with that.
  public static func spearman(_ x: [Double], _ y: [Double]) -> Double? {
    precondition(x.count == y.count && x.count > 1, "spearman: \(x.count) and \(y.count) values")
    return pearson(ranks(x), ranks(y))
  }

  /// Pearson's r; nil if a series is constant.
  public static func pearson(_ x: [Double], _ y: [Double]) -> Double? {
    precondition(x.count == y.count && x.count > 1, "pearson: \(x.count) and \(y.count) values")
    let count = Double(x.count)
    let (meanX, meanY) = (x.reduce(0, +) / count, y.reduce(0, +) / count)
    var (xx, yy, xy) = (0.0, 0.0, 0.0)
    for (a, b) in zip(x, y) {
      xx += (a - meanX) * (a - meanX)
      yy += (b - meanY) * (b - meanY)
      xy += (a - meanX) * (b - meanY)
    }
    return xx > 0 && yy > 0 ? max(-1, min(1, xy / (xx * yy).squareRoot())) : nil
  }

  private static func ranks(_ values: [Double]) -> [Double] {
    let order = values.indices.sorted { values[$0] < values[$1] }
    var ranks = [Double](repeating: 0, count: values.count)
    var start = 0
    while start < order.count {
      var end = start + 1
      while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
      for place in start..<end { ranks[order[place]] = Double(start + 1 + end) / 2 }
      start = end
    }
    return ranks
  }
}
