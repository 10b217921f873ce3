/// One ranking of several: by the sum of 1 / (k + rank) over the rankings that a document is in.
///
/// Cormack, Clarke & Büttcher 2009, *Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning Methods*.
public enum RankFusion {
  /// k, as the paper sets it.
  public static let k = 60.0

  /// Returns the documents of all rankings, the best first; of equally good ones the first written.
  ///
  /// - Parameter rankings: each the best first.
  /// - Returns: hits with their sums, of each document the piece that stands best.
  public static func fuse(_ rankings: [[Hit]]) -> [Hit] {
    var places: [Int: (hit: Hit, rank: Int)] = [:]
    for ranking in rankings {
      for (position, hit) in ranking.enumerated() {
        let rank = position + 1
        let part = 1 / (k + Double(rank))
        guard var place = places[hit.document] else {
          places[hit.document] = (Hit(document: hit.document, piece: hit.piece, score: part), rank)
          continue
        }
        place.hit.score += part
        if rank < place.rank { (place.hit.piece, place.rank) = (hit.piece, rank) }
        places[hit.document] = place
      }
    }
    return places.values.map(\.hit).sorted {
      ($0.score, $1.document) > ($1.score, $0.document)
    }
  }
}
