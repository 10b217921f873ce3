/// Numbers for the n-grams of sequences, n = 1 … `order`, the same for equal ones: how the metrics count them.
///
/// An n-gram is known by its last symbol and the number of what stands before that, a tree whose every step costs one
/// look-up: O(order · symbols).
struct NGramLexicon {
  /// The longest n-grams.
  let order: Int
  private var numbers: [UInt64: Int] = [:]
  private var lengths: [Int] = []

  /// Creates the lexicon that knows none.
  init(order: Int) {
    self.order = order
  }

  /// Returns how often a sequence has each n-gram, by its number; fewer than there are numbers if it lacks the last.
  mutating func counts(of symbols: [UInt32]) -> [Int] {
    var counts = [Int](repeating: 0, count: lengths.count)
    for start in symbols.indices {
      var before: UInt64 = 0  // 1 + the number of the n-gram so far
      for end in start..<min(start + order, symbols.count) {
        let key = before << 32 | UInt64(symbols[end])
        let number = numbers[key] ?? lengths.count
        if number == lengths.count {
          numbers[key] = number
          lengths.append(end - start + 1)
          counts.append(0)
        }
        counts[number] += 1
        before = UInt64(number) + 1
      }
    }
    return counts
  }

  /// Returns how many n-grams two sequences share, each as often as the one has it that has it less often, by n − 1.
  func shared(_ left: [Int], _ right: [Int]) -> [Int] {
    var shared = [Int](repeating: 0, count: order)
    for (number, (left, right)) in zip(left, right).enumerated() {
      shared[lengths[number] - 1] += min(left, right)
    }
    return shared
  }

  /// Returns how many n-grams a sequence has, by n − 1.
  func totals(of symbols: [UInt32]) -> [Int] {
    (0..<order).map { max(0, symbols.count - $0) }
  }
}

/// Numbers for words, the same for equal ones.
struct WordLexicon {
  private var known: [ArraySlice<UInt8>: UInt32] = [:]

  /// Returns the numbers of words, new ones for those that are not known yet.
  mutating func numbers(of words: [ArraySlice<UInt8>]) -> [UInt32] {
    words.map { word in
      if let number = known[word] { return number }
      let number = UInt32(known.count)
      known[word] = number
      return number
    }
  }
}
