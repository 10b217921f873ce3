extension Tokenizer {
  /// Cuts an encoding into pieces of at most `limit` tokens, where the text suffers least.
  ///
  /// A cut is made at the last sentence boundary in the second half of a piece, else at the last
  /// word boundary there, else at the last grapheme boundary of the piece, else between any two
  /// code points, else (a run of stray bytes) anywhere. Only one piece's text is looked at a time:
  /// linear, whatever the line.
  ///
  /// - Parameters:
  ///   - encoding: the tokens of `text`, without special tokens.
  ///   - text: the text that the ranges of `encoding` point into.
  ///   - limit: the most tokens of a piece, at least 1.
  /// - Returns: ranges of token positions, in order and without gaps; none for no tokens.
  public static func cut(_ encoding: Encoding, of text: [UInt8], limit: Int) -> [Range<Int>] {
    precondition(limit > 0, "Tokenizer.cut: limit \(limit) is not positive")
    var pieces: [Range<Int>] = []
    var start = 0
    while encoding.count - start > limit {
      let end = cutPosition(encoding, of: text, from: start, limit: limit)
      pieces.append(start..<end)
      start = end
    }
    if start < encoding.count { pieces.append(start..<encoding.count) }
    return pieces
  }

  /// Returns the token position, at most `start + limit`, before which to cut.
  private static func cutPosition(
    _ encoding: Encoding, of text: [UInt8], from start: Int, limit: Int
  ) -> Int {
    // One code point further than fits: a boundary at the cut shows only with what follows it.
    let first = encoding.ranges[start].lowerBound
    var last = max(first, encoding.ranges[start + limit].upperBound)
    for _ in 0..<3 where last < text.count && !text[last].beginsCodePoint { last += 1 }
    let half = start + limit - limit / 2
    let choices: [(TextUnit, lowest: Int)] = [
      (.sentence, half), (.word, half), (.grapheme, start + 1),
    ]
    for (unit, lowest) in choices {
      let offsets = Boundaries.offsets(of: unit, in: text[first..<last])
      for offset in offsets.reversed() {
        guard let position = tokenPosition(at: offset, encoding, in: lowest..<start + limit + 1)
        else { continue }
        return position
      }
    }
    var end = start + limit
    while end > start + 1, !text[encoding.ranges[end].lowerBound].beginsCodePoint { end -= 1 }
    return end > start + 1 ? end : start + limit
  }

  /// Returns the position in `positions` of the token that starts at `offset` of the text, if any.
  private static func tokenPosition(
    at offset: Int, _ encoding: Encoding, in positions: Range<Int>
  ) -> Int? {
    var low = positions.lowerBound
    var high = positions.upperBound
    while low < high {
      let middle = (low + high) / 2
      if encoding.ranges[middle].lowerBound < offset { low = middle + 1 } else { high = middle }
    }
    guard low < positions.upperBound, encoding.ranges[low].lowerBound == offset else { return nil }
    return low
  }
}

extension Boundaries {
  /// Returns ranges of at most `limit` bytes that make up a text, cut at the ends of sentences if their second
  /// half has one, else of words, else of clusters or code points; linear.
  public static func stretches(of text: [UInt8], limit: Int) -> [Range<Int>] {
    precondition(limit >= 4, "Boundaries.stretches: \(limit) bytes may be less than a code point")
    var stretches: [Range<Int>] = []
    var start = 0
    while text.count - start > limit {
      let end = stretchEnd(text, start..<(start + limit))
      stretches.append(start..<end)
      start = end
    }
    if start < text.count { stretches.append(start..<text.count) }
    return stretches
  }

  private static func stretchEnd(_ text: [UInt8], _ window: Range<Int>) -> Int {
    let half = window.lowerBound + window.count / 2
    for (unit, lowest) in [
      (TextUnit.sentence, half), (.word, half), (.grapheme, window.lowerBound),
    ] {
      // The window's own end is always one; what follows it could tell otherwise.
      let offsets = offsets(of: unit, in: text[window]).dropLast()
      if let last = offsets.last, last > lowest { return last }
    }
    var end = window.upperBound
    while end > window.upperBound - 3, !text[end].beginsCodePoint { end -= 1 }
    return end
  }
}
