/// What a mistyped name was probably meant to be.
enum Spelling {
  /// Says which of the names is meant: `did you mean --output?`; nil if none is near.
  ///
  /// A name is near if at most a third of its letters, and at least one, were mistyped.
  static func suggestion(for word: String, among names: [String]) -> String? {
    let distances = names.map { (name: $0, distance: distance(word, $0)) }
    guard let best = distances.min(by: { $0.distance < $1.distance }),
      best.distance <= max(1, best.name.utf8.count / 3)
    else { return nil }
    return "did you mean \(best.name)?"
  }

  /// The fewest letters to insert, delete, replace or swap with a neighbour that make `first` into
  /// `second`: the optimal string alignment distance, O(mn).
  static func distance(_ first: String, _ second: String) -> Int {
    let first = Array(first.utf8.prefix(100))  // far beyond any name: bounds the work
    let second = Array(second.utf8)
    var beforeLast: [Int] = []
    var last = Array(0...second.count)
    for (row, letter) in first.enumerated() {
      var current = [row + 1]
      for (column, other) in second.enumerated() {
        var best = last[column] + (letter == other ? 0 : 1)
        best = min(best, last[column + 1] + 1, current[column] + 1)
        if row > 0, column > 0, letter == second[column - 1], first[row - 1] == other {
          best = min(best, beforeLast[column - 1] + 1)
        }
        current.append(best)
      }
      (beforeLast, last) = (last, current)
    }
    return last[second.count]
  }
}
