import SeqaeTensors
import SeqaeText

/// Lines of any length cut into pieces that fit a model, whose scores of tokens become scores of code points.
///
/// Linear in the text, and in batches of pieces of like length.
struct TokenScores {
  let tokenizer: Tokenizer
  /// The most tokens of a piece.
  let limit: Int
  /// The most tokens of a batch, padding included.
  var batchTokens = 4096

  // What is encoded at once, as for repairs.
  private static let stretchBytes = 1 << 12

  /// A piece's tokens, and for each whether it is a further byte of the character before it.
  struct Row {
    let ids: [TokenID]
    let isContinuation: [Bool]
  }

  /// Returns for each code point of each line the highest score of a token that it belongs to, 0 for none.
  ///
  /// - Parameters:
  ///   - lines: UTF-8.
  ///   - score: returns for each row of a batch a number for each of its tokens.
  /// - Returns: for each line as many numbers as it has code points.
  func callAsFunction(
    _ lines: [[UInt8]], _ score: (_ rows: [Row]) -> [[Float]]
  ) -> [[Float]] {
    var results = lines.map { [Float](repeating: 0, count: codePointCount($0)) }
    let stretches = lines.enumerated().flatMap { number, line in
      Stretch.cut(line, number, limit: Self.stretchBytes)
    }
    let encodings = tokenizer.encode(lines: stretches.map(\.text))
    var pieces: [(stretch: Int, range: Range<Int>)] = []
    for (number, encoding) in encodings.enumerated() {
      for range in Tokenizer.cut(encoding, of: stretches[number].text, limit: limit) {
        pieces.append((number, range))
      }
    }
    pieces.sort { $0.range.count < $1.range.count }
    var start = 0
    while start < pieces.count {
      var end = start + 1  // sorted, so the last row added is the longest
      while end < pieces.count, (end + 1 - start) * pieces[end].range.count <= batchTokens {
        end += 1
      }
      let chosen = pieces[start..<end]
      let found = score(
        chosen.map { stretches[$0.stretch].row(encodings[$0.stretch], $0.range) })
      for (piece, scores) in zip(chosen, found) {
        let stretch = stretches[piece.stretch]
        stretch.spread(
          scores, over: encodings[piece.stretch].ranges[piece.range], into: &results[stretch.line])
      }
      start = end
    }
    return results
  }

  /// A part of a line.
  private struct Stretch {
    let line: Int
    let first: Int  // its first code point in the line
    let text: [UInt8]

    static func cut(_ line: [UInt8], _ number: Int, limit: Int) -> [Stretch] {
      var stretches: [Stretch] = []
      var first = 0
      for range in Boundaries.stretches(of: line, limit: limit) {
        let text = Array(line[range])
        stretches.append(Stretch(line: number, first: first, text: text))
        first += codePointCount(text)
      }
      return stretches
    }

    func row(_ encoding: Encoding, _ range: Range<Int>) -> Row {
      Row(
        ids: Array(encoding.ids[range]),
        isContinuation: encoding.continuations(range, of: text))
    }

    /// Gives the code points of some tokens, whose bytes `ranges` are, their scores.
    func spread(
      _ scores: [Float], over ranges: ArraySlice<Range<Int>>, into result: inout [Float]
    ) {
      guard let lowest = ranges.first?.lowerBound else { return }
      var byte = lowest
      var point = first + codePointCount(text[..<lowest]) - 1  // that of the byte before
      for (score, range) in zip(scores, ranges) {
        while byte < range.upperBound {
          if text[byte].beginsCodePoint { point += 1 }
          if byte >= range.lowerBound, point >= 0 { result[point] = max(result[point], score) }
          byte += 1
        }
      }
    }
  }
}
