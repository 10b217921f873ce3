/// The best of many hits, of as many documents as asked for.
struct TopHits {
  /// A hit that is larger the better it is; of equally good ones that of the first document.
  private struct Ranked: Comparable {
    let hit: Hit

    static func < (left: Ranked, right: Ranked) -> Bool {
      (left.hit.score, right.hit.document) < (right.hit.score, left.hit.document)
    }
  }

  private var best: LargestKept<Ranked>

  init(limit: Int) { best = LargestKept(limit: limit) }

  /// Takes a document's best hit in, unless there are enough better ones. O(log limit).
  mutating func add(_ hit: Hit) { best.add(Ranked(hit: hit)) }

  /// The score below which no hit is taken in any more.
  var threshold: Double { best.smallest?.hit.score ?? -.infinity }

  /// The hits, the best first.
  var sorted: [Hit] { best.elements.sorted { $1 < $0 }.map(\.hit) }
}
