import SeqaeRandom

/// A list that is gone through again and again, each pass in an order of its own.
struct ShuffledPasses: Sendable {
  private let count: Int
  private let seed: UInt64

  /// Creates the passes through `count` places, 1 or more, in orders that a run's seed decides.
  init(_ count: Int, seed: Int) {
    precondition(count > 0, "ShuffledPasses: \(count) places")
    self.count = count
    self.seed = UInt64(seed)
  }

  /// Returns the places of a range of draws: draw k is a function of k.
  func places(_ range: Range<Int>) -> [Int] {
    let random = Random(seed: seed).child("order")
    var drawn: [Int] = []
    var next = range.lowerBound
    while next < range.upperBound {
      let (pass, place) = next.quotientAndRemainder(dividingBy: count)
      var order = Array(0..<count)
      random.child(UInt64(pass)).shuffle(&order)
      let end = min(count, place + range.upperBound - next)
      drawn += order[place..<end]
      next += end - place
    }
    return drawn
  }
}
