import SeqaeFiles
import SeqaeText

/// A part of a document that shows why it was found.
public struct Snippet: Sendable, Equatable {
  /// The part, UTF-8, on one line.
  public let text: [UInt8]
  /// The bytes of it that match the query, ascending.
  public let matches: [Range<Int>]
  /// Whether there is text before it, and after.
  public let isCut: (before: Bool, after: Bool)

  public static func == (left: Snippet, right: Snippet) -> Bool {
    left.text == right.text && left.matches == right.matches && left.isCut == right.isCut
  }

  /// Finds the part of a piece with the most different terms of a query; its beginning if it has none.
  ///
  /// - Parameters:
  ///   - text: the document's text.
  ///   - piece: where the piece lies in it.
  ///   - query: UTF-8.
  ///   - terms: what the index finds texts by.
  ///   - limit: about how many bytes to show.
  public init(
    of text: [UInt8], _ piece: Range<Int>, query: [UInt8], terms: KeywordTerms, limit: Int = 240
  ) {
    let piece = piece.clamped(to: 0..<text.count)
    let wanted = Set(terms.terms(of: query).map(\.bytes))
    let body = Array(text[piece])
    let found = terms.terms(of: body).filter { wanted.contains($0.bytes) }
      .sorted { $0.source.lowerBound < $1.source.lowerBound }
    let window = Self.window(of: body, found, limit)
    isCut = (
      piece.lowerBound + window.lowerBound > 0, piece.lowerBound + window.upperBound < text.count
    )
    // One line: each byte for itself, so that places stay.
    self.text = body[window].map { $0 < 0x20 || $0 == 0x7F ? 0x20 : $0 }
    var matches: [Range<Int>] = []
    for term in found where window.contains(term.source.lowerBound) {
      let start = term.source.lowerBound - window.lowerBound
      let end = min(term.source.upperBound - window.lowerBound, window.count)
      let range = start..<end
      if let last = matches.last, range.lowerBound <= last.upperBound {
        matches[matches.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
      } else {
        matches.append(range)
      }
    }
    self.matches = matches
  }

  /// The stretch of about `limit` bytes with the most different terms.
  private static func window(
    of text: [UInt8], _ found: [KeywordTerms.Term], _ limit: Int
  ) -> Range<Int> {
    guard text.count > limit else { return 0..<text.count }
    var counts: [ByteString: Int] = [:]
    var (start, best, bestCount) = (0, 0, 0)
    for (end, term) in found.enumerated() {
      counts[term.bytes, default: 0] += 1
      // A fourth is left for what stands around the matches.
      while found[end].source.upperBound - found[start].source.lowerBound > limit * 3 / 4,
        start < end
      {
        counts[found[start].bytes, default: 1] -= 1
        if counts[found[start].bytes] == 0 { counts[found[start].bytes] = nil }
        start += 1
      }
      if counts.count > bestCount { (best, bestCount) = (start, counts.count) }
    }
    let first = bestCount == 0 ? 0 : max(0, found[best].source.lowerBound - limit / 8)
    let low = min(first, text.count - limit)
    return cut(text, low..<(low + limit))
  }

  /// A stretch whose ends are moved inwards to boundaries of words, if there is one near, else of code points.
  private static func cut(_ text: [UInt8], _ stretch: Range<Int>) -> Range<Int> {
    let near = 24
    var (low, high) = (stretch.lowerBound, stretch.upperBound)
    let offsets = Boundaries.offsets(of: .word, in: text)
    if low > 0, let offset = offsets.first(where: { $0 >= low }), offset - low <= near {
      low = offset
    }
    if high < text.count, let offset = offsets.last(where: { $0 <= high }), high - offset <= near {
      high = offset
    }
    while low < high, low > 0, !text[low].beginsCodePoint { low += 1 }
    while high > low, high < text.count, !text[high].beginsCodePoint { high -= 1 }
    while low < high, text[low] <= 0x20 { low += 1 }
    while high > low, text[high - 1] <= 0x20 { high -= 1 }
    return low..<high
  }
}
