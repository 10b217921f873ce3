/// Some n-grams and how often each occurs, exactly.
package struct NGramList: Sendable, Equatable {
  /// Their numbers, ascending.
  package private(set) var keys: [UInt64] = []
  /// How often each occurs.
  package private(set) var counts: [UInt32] = []

  /// Creates the list of none.
  package init() {}

  /// Creates a list.
  ///
  /// - Parameters:
  ///   - keys: ascending, none twice.
  ///   - counts: as many.
  package init(keys: [UInt64], counts: [UInt32]) {
    precondition(
      keys.count == counts.count, "NGramList: \(keys.count) keys, \(counts.count) counts")
    (self.keys, self.counts) = (keys, counts)
  }

  /// How often an n-gram occurs. O(log n).
  package func count(_ gram: NGram) -> Float {
    var (low, high) = (0, keys.count)
    while low < high {
      let middle = (low + high) / 2
      if keys[middle] < gram.key { low = middle + 1 } else { high = middle }
    }
    return low < keys.count && keys[low] == gram.key ? Float(counts[low]) : 0
  }

  /// Adds n-grams that are in order, each as often as it stands there.
  fileprivate mutating func merge(_ sorted: [UInt64]) {
    var (newKeys, newCounts): ([UInt64], [UInt32]) = ([], [])
    newKeys.reserveCapacity(keys.count + sorted.count / 2)
    newCounts.reserveCapacity(keys.count + sorted.count / 2)
    var (old, new) = (0, 0)
    while old < keys.count || new < sorted.count {
      var count: UInt32 = 0
      let key =
        new == sorted.count || old < keys.count && keys[old] <= sorted[new]
        ? keys[old] : sorted[new]
      if old < keys.count, keys[old] == key {
        count = counts[old]
        old += 1
      }
      while new < sorted.count, sorted[new] == key {
        if count < .max { count += 1 }
        new += 1
      }
      newKeys.append(key)
      newCounts.append(count)
    }
    (keys, counts) = (newKeys, newCounts)
  }

  /// Those that occur at least `least` times.
  package func pruned(below least: Int) -> NGramList {
    let kept = counts.indices.filter { Int(counts[$0]) >= least }
    return NGramList(keys: kept.map { keys[$0] }, counts: kept.map { counts[$0] })
  }
}

/// Counts numbers such as n-grams are, in memory for those that differ and a few million more.
package struct KeyCounter {
  private static let bufferSize = 1 << 22

  private var buffer: [UInt64] = []
  private var list = NGramList()

  /// Creates a counter that has counted nothing.
  package init() {}

  /// Counts a number.
  @inline(__always)
  package mutating func add(_ key: UInt64) {
    buffer.append(key)
    if buffer.count >= Self.bufferSize { settle() }
  }

  private mutating func settle() {
    buffer.sort()
    list.merge(buffer)
    buffer.removeAll(keepingCapacity: true)
  }

  /// Returns the counts.
  package consuming func finish() -> NGramList {
    settle()
    return list
  }
}

/// Counts the n-grams of one order.
package struct NGramCounter {
  private let order: Int
  private var counter = KeyCounter()

  /// Creates a counter of n-grams of `order` characters.
  package init(order: Int) {
    precondition((1...NGram.longest).contains(order), "NGramCounter: order \(order)")
    self.order = order
  }

  /// Counts the n-grams of a text's symbols, with those that begin before it or end after it.
  package mutating func add(_ symbols: some Collection<UInt16>) {
    let mask = order == 4 ? UInt64.max : (1 << UInt64(16 * order)) - 1
    var key: UInt64 = 0
    for _ in 0..<order { key = (key << 16 | UInt64(TextSymbols.boundary)) & mask }
    for symbol in symbols {
      key = (key << 16 | UInt64(symbol)) & mask
      counter.add(key)
    }
    for _ in 1..<max(1, order) {
      key = (key << 16 | UInt64(TextSymbols.boundary)) & mask
      counter.add(key)
    }
  }

  /// Returns the counts.
  package consuming func finish() -> NGramList { counter.finish() }
}
