/// The best of many hits, of as many documents as asked for: a heap whose root is the worst that is kept.
struct TopHits {
  private let limit: Int
  private var heap: [Hit] = []

  init(limit: Int) {
    self.limit = limit
    heap.reserveCapacity(min(limit, 4096))
  }

  /// Takes a document's best hit in, unless there are enough better ones. O(log limit).
  mutating func add(_ hit: Hit) {
    if heap.count < limit {
      heap.append(hit)
      var child = heap.count - 1
      while child > 0, isWorse(heap[child], heap[(child - 1) / 2]) {
        heap.swapAt(child, (child - 1) / 2)
        child = (child - 1) / 2
      }
    } else if let worst = heap.first, isWorse(worst, hit) {
      heap[0] = hit
      sink()
    }
  }

  /// The score below which no hit is taken in any more.
  var threshold: Double { heap.count < limit ? -.infinity : heap[0].score }

  /// The hits, the best first; of equally good ones that of the first document.
  var sorted: [Hit] { heap.sorted { isWorse($1, $0) } }

  private mutating func sink() {
    var parent = 0
    while true {
      var worst = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < heap.count && isWorse(heap[child], heap[worst]) {
        worst = child
      }
      guard worst != parent else { return }
      heap.swapAt(parent, worst)
      parent = worst
    }
  }

  private func isWorse(_ left: Hit, _ right: Hit) -> Bool {
    (left.score, right.document) < (right.score, left.document)
  }
}
