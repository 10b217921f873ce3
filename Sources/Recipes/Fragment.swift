import SeqaeRandom
import SeqaeText

/// Cuts a few words out of a line: people search and post in fragments, which corpora of sentences lack.
package enum Fragment {
  /// The most words of a fragment.
  package static let longest = 6
  /// How often a fragment is made lower case, as queries are typed.
  static let lowercaseShare = 0.5

  /// Returns one to `longest` neighbouring words of `line` without marks at its ends; nil if it has none.
  package static func draw(of line: [UInt8], using random: Random) -> [UInt8]? {
    let bounds = Boundaries.offsets(of: .word, in: line)
    guard bounds.count > 1 else { return nil }
    let first = random.integer(below: bounds.count - 1)
    // Spaces and marks are pieces too, so words of English are every second piece.
    let count = 1 + random.integer(below: 2 * longest)
    var pieces = bounds[first..<min(bounds.count, first + count + 1)]
    while pieces.count > 1, !isWord(line[pieces[pieces.startIndex]..<pieces[pieces.startIndex + 1]])
    {
      pieces.removeFirst()
    }
    while pieces.count > 1, !isWord(line[pieces[pieces.endIndex - 2]..<pieces[pieces.endIndex - 1]])
    {
      pieces.removeLast()
    }
    guard pieces.count > 1, let start = pieces.first, let end = pieces.last else { return nil }
    let text = Array(line[start..<end])
    guard random.chance(lowercaseShare) else { return text }
    return text.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }
  }

  private static func isWord(_ piece: ArraySlice<UInt8>) -> Bool {
    !Splits.fold(Array(piece)).isEmpty
  }
}
