// What a translator makes of texts of any length.

import SeqaeTensors
import SeqaeText

extension Translator {
  /// A text that was written.
  public struct Written: Sendable, Equatable {
    /// UTF-8.
    public let text: [UInt8]
    /// The search's score, by which the best one is chosen; of a text in pieces that of all their tokens together.
    public let score: Double
    /// log p of the text in nats; of a text in pieces the sum of theirs.
    public let logProbability: Double
    /// What it was written from and its tokens, piece by piece.
    public let pieces: [Piece]
  }

  /// A piece of a text and what was written of it.
  public struct Piece: Sendable, Equatable {
    /// The piece, UTF-8.
    public let read: [UInt8]
    /// Its tokens, as the encoder reads them.
    public let source: [TokenID]
    /// Where those of its text lie in it.
    public let ranges: [Range<Int>]
    /// The tokens that were written, without the last.
    public let target: [TokenID]
  }

  // Rows of a batch, hypotheses counted, times the tokens of its longest source.
  private static let batchTokens = 4096

  /// Returns what is written of texts.
  ///
  /// A text of more tokens than the model reads is cut where it suffers least, at the ends of sentences if there are some,
  /// and the translations of its pieces are joined; of one to be summarized the beginning is read.
  ///
  /// - Parameters:
  ///   - texts: UTF-8.
  ///   - direction: the number of the direction.
  ///   - search: how probable texts are found.
  ///   - longest: the most tokens of what is written of a piece; nil for `limit` of those that are read.
  ///   - precision: what is computed in; nil for eight bits where the weights came so, else the processor's fastest.
  /// - Returns: for each text the best ones, the best first; an empty text's is empty.
  public func write(
    _ texts: [[UInt8]], direction: Int = 0, _ search: BeamSearch = BeamSearch(),
    longest: Int? = nil, precision: WeightPrecision? = nil
  ) -> [[Written]] {
    let examples = self.examples
    let pieces = texts.enumerated().flatMap { number, text in
      self.pieces(of: trimmed(text[...]), limit: examples.longest).map { read, encoding in
        (
          text: number, read: read, source: examples.source(encoding.ids, direction),
          ranges: encoding.ranges
        )
      }
    }
    let own: WeightPrecision = parameters.contains(where: \.holdsInt8) ? .int8 : .fastestReal
    let found = withWeights(in: precision ?? own) {
      hypotheses(pieces.map(\.source), search, longest: longest)
    }
    var written = [[[Written]]](repeating: [], count: texts.count)  // by text and piece
    for (piece, hypotheses) in zip(pieces, found) {
      written[piece.text].append(
        hypotheses.map { self.written($0, of: piece.read, piece.source, piece.ranges) })
    }
    return written.map { Self.joined($0, search) }
  }

  /// What was written of a piece.
  private func written(
    _ hypothesis: BeamSearch.Hypothesis, of read: [UInt8], _ source: [TokenID],
    _ ranges: [Range<Int>]
  ) -> Written {
    Written(
      text: text(of: hypothesis.tokens), score: hypothesis.score,
      logProbability: hypothesis.logProbability,
      pieces: [Piece(read: read, source: source, ranges: ranges, target: hypothesis.tokens)])
  }

  /// Writes of one text, and hands out what is sure of it while it is written.
  ///
  /// - Parameters:
  ///   - text: UTF-8.
  ///   - direction: the number of the direction.
  ///   - search: how probable texts are found.
  ///   - longest: the most tokens of what is written of a piece; nil for `limit` of those that are read.
  ///   - precision: what is computed in; nil for eight bits where the weights came so, else the processor's fastest.
  ///   - receive: gets the next bytes, whole characters, of the text that is returned.
  /// - Returns: the best text.
  public func stream(
    _ text: [UInt8], direction: Int = 0, _ search: BeamSearch = BeamSearch(),
    longest: Int? = nil, precision: WeightPrecision? = nil, _ receive: ([UInt8]) -> Void
  ) -> Written {
    let examples = self.examples
    let decoder = TransformerDecoder(transformer)
    let sizes = transformer.configuration
    var done: [[Written]] = []
    var sent: [UInt8] = []
    func send(_ text: [UInt8]) {
      guard text.count > sent.count, text.starts(with: sent) else { return }
      receive(Array(text[sent.count...]))
      sent = text
    }
    let own: WeightPrecision = parameters.contains(where: \.holdsInt8) ? .int8 : .fastestReal
    withWeights(in: precision ?? own) {
      for (read, encoding) in pieces(of: trimmed(text[...]), limit: examples.longest) {
        let source = examples.source(encoding.ids, direction)
        let before = Self.joined(done, search)[0].text
        let found = search(
          decoder, [source], start: sizes.decoderStart, end: sizes.end,
          limits: [longest.map { min($0, sizes.maximumPositions) } ?? limit(source.count)]
        ) { _, tokens in
          let part = self.text(of: tokens, isWhole: false)
          // Marks alone don't tell whether a space goes before them.
          guard
            before.isEmpty
              || String(decoding: part, as: UTF8.self).unicodeScalars.contains(
                where: { !Self.isMark($0) })
          else { return }
          send(Self.joined(before, part))
        }
        done.append(
          found[0].map { written($0, of: read, source, encoding.ranges) })
        send(Self.joined(done, search)[0].text)
      }
    }
    return Self.joined(done, search)[0]
  }

  /// The pieces of a text that are written of, one after the other, with their tokens; none of an empty one.
  private func pieces(
    of text: [UInt8], limit: Int
  ) -> [(read: [UInt8], tokens: (ids: [TokenID], ranges: [Range<Int>]))] {
    let encoding = tokenizer.encode(text)
    guard encoding.count > 0 else { return [] }
    let count = min(limit, encoding.count)
    let beginning = (
      text, (ids: Array(encoding.ids[..<count]), ranges: Array(encoding.ranges[..<count]))
    )
    guard configuration.task == .translation, encoding.count > limit else { return [beginning] }
    // A piece alone may have more tokens than as a part, and is cut again then. The space between two sentences belongs to
    // neither.
    return Tokenizer.cut(encoding, of: text, limit: limit).flatMap { range in
      let (first, last) = (encoding.ranges[range.lowerBound], encoding.ranges[range.upperBound - 1])
      let part = trimmed(text[first.lowerBound..<last.upperBound])
      // A character that a normaliser makes very long can't be cut.
      return part.count < text.count ? pieces(of: part, limit: limit) : [beginning]
    }
  }

  /// Finds hypotheses of sources, those of like lengths side by side.
  private func hypotheses(
    _ sources: [[TokenID]], _ search: BeamSearch, longest: Int?
  ) -> [[BeamSearch.Hypothesis]] {
    let decoder = TransformerDecoder(transformer)
    let sizes = transformer.configuration
    // The longest of a batch comes last.
    let order = sources.indices.sorted { (sources[$0].count, $0) < (sources[$1].count, $1) }
    var found = [[BeamSearch.Hypothesis]](repeating: [], count: sources.count)
    var start = 0
    while start < order.count {
      var end = start + 1
      while end < order.count,
        (end + 1 - start) * search.width * sources[order[end]].count <= Self.batchTokens
      { end += 1 }
      let rows = order[start..<end]
      let own = search(
        decoder, rows.map { sources[$0] }, start: sizes.decoderStart, end: sizes.end,
        limits: rows.map { row in
          longest.map { min($0, sizes.maximumPositions) } ?? limit(sources[row].count)
        })
      for (row, hypotheses) in zip(rows, own) { found[row] = hypotheses }
      start = end
    }
    return found
  }

  /// The text of tokens: bytes that are written one by one need not be UTF-8. Of tokens that are not all, a character's first
  /// bytes at the end are left out.
  func text(of tokens: [TokenID], isWhole: Bool = true) -> [UInt8] {
    var bytes = tokenizer.decode(tokens)
    if !isWhole, let last = bytes.lastIndex(where: { $0 & 0xC0 != 0x80 }), bytes[last] >= 0xC0 {
      let length = bytes[last] >= 0xF0 ? 4 : bytes[last] >= 0xE0 ? 3 : 2
      if bytes.count - last < length { bytes.removeSubrange(last...) }
    }
    return Array(String(decoding: bytes, as: UTF8.self).utf8)
  }

  /// Joins what was written of the pieces of a text: the n-th best is made of the n-th best of each.
  private static func joined(_ pieces: [[Written]], _ search: BeamSearch) -> [Written] {
    guard let count = pieces.map(\.count).min() else {
      return [Written(text: [], score: 0, logProbability: 0, pieces: [])]
    }
    return (0..<count).map { rank in
      let own = pieces.map { $0[rank] }
      guard own.count > 1 else { return own[0] }
      let logProbability = own.reduce(0) { $0 + $1.logProbability }
      let tokens = own.reduce(0) { $0 + $1.pieces.reduce(0) { $0 + $1.target.count + 1 } }
      return Written(
        text: own.dropFirst().reduce(own[0].text) { joined($0, $1.text) },
        score: search.score(logProbability, tokens), logProbability: logProbability,
        pieces: own.flatMap(\.pieces))
    }
  }

  /// Joins two texts, with a space between unless one of them is, where they meet, of a script that is written without.
  package static func joined(_ first: [UInt8], _ second: [UInt8]) -> [UInt8] {
    guard !first.isEmpty, !second.isEmpty, first.last != 0x20, second.first != 0x20 else {
      return first + second
    }
    let before = String(decoding: first, as: UTF8.self).unicodeScalars.last { !isMark($0) }
    let after = String(decoding: second, as: UTF8.self).unicodeScalars.first { !isMark($0) }
    let isDense = [before, after].contains { $0.map(isWide) ?? false }
    return isDense ? first + second : first + [0x20] + second
  }

  /// Whether a character is a quotation mark, dash or dot, which are of both kinds of scripts.
  private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
    (0x2010...0x2027).contains(scalar.value)
  }

  /// Whether a character is of Chinese or Japanese text, marks and wide forms among them.
  private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x2E80...0xA4CF, 0xF900...0xFAFF, 0xFE30...0xFE4F, 0xFF00...0xFFEF, 0x20000...0x3FFFF: true
    default: false
    }
  }

  /// Returns a text without the spaces at its ends.
  private func trimmed(_ text: ArraySlice<UInt8>) -> [UInt8] {
    var text = text.drop { $0 == 0x20 }
    while text.last == 0x20 { text.removeLast() }
    return Array(text)
  }
}
