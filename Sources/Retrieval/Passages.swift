import SeqaeText

/// How long documents are cut into the pieces that are compared with a query.
public enum Passages {
  /// The most bytes of a piece, unless an index says otherwise: some 300 English words or 600 Chinese characters.
  public static let standardLimit = 2000

  /// Returns ranges of at most `limit` bytes, cut where sentences end, each beginning with some of what the one before
  /// ends with; linear.
  ///
  /// A sentence that is longer is cut between words, as `Boundaries.stretches` cuts. Spaces and line ends alone make no
  /// piece.
  ///
  /// - Parameters:
  ///   - text: UTF-8.
  ///   - limit: the most bytes of a piece, 4 or more.
  ///   - overlap: the most bytes that two pieces share, less than `limit`.
  /// - Returns: the ranges, ascending.
  public static func ranges(of text: [UInt8], limit: Int, overlap: Int) -> [Range<Int>] {
    precondition(limit >= 4 && 0 <= overlap && overlap < limit, "Passages: \(overlap) of \(limit)")
    guard text.contains(where: { $0 > 0x20 }) else { return [] }
    if text.count <= limit { return [0..<text.count] }
    let offsets = Boundaries.offsets(of: .sentence, in: text)
    let units = zip(offsets, offsets.dropFirst()).flatMap {
      (start: Int, end: Int) -> [Range<Int>] in
      guard end - start > limit else { return [start..<end] }
      let stretches = Boundaries.stretches(of: Array(text[start..<end]), limit: limit)
      return stretches.map { $0.lowerBound + start..<$0.upperBound + start }
    }
    var pieces: [Range<Int>] = []
    var first = 0
    while first < units.count {
      let start = units[first].lowerBound
      var next = first + 1
      while next < units.count, units[next].upperBound - start <= limit { next += 1 }
      pieces.append(start..<units[next - 1].upperBound)
      guard next < units.count else { break }
      // The sentences at the end that the next piece begins with, as long as it also has one of its own.
      let end = units[next - 1].upperBound
      first = next
      while first - 1 > 0, units[first - 1].lowerBound > start,
        end - units[first - 1].lowerBound <= overlap,
        units[next].upperBound - units[first - 1].lowerBound <= limit
      {
        first -= 1
      }
    }
    return pieces
  }
}
