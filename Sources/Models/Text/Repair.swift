import Glibc
import SeqaeTensors
import SeqaeText

/// A repaired text and what was done to it.
public struct Repair: Sendable, Equatable {
  /// Neighbouring changes, seen as one.
  public struct Edit: Sendable, Equatable {
    /// Where it begins, in code points of the input.
    public let offset: Int
    /// What was taken away, UTF-8.
    public let removed: [UInt8]
    /// What was put in its place, UTF-8.
    public let inserted: [UInt8]
    /// The lowest probability of its labels.
    public let confidence: Double
  }

  /// The repaired text, UTF-8.
  public let text: [UInt8]
  /// The changes, from front to back.
  public let edits: [Edit]
  /// The lowest probability of any label that was chosen, 1 for an empty text.
  public let confidence: Double
  /// Whether anything was changed.
  public var changed: Bool { !edits.isEmpty }
}

/// How a text is repaired.
public struct RepairOptions: Sendable, Equatable {
  /// A change whose probability is lower is not made.
  public var minimumConfidence: Double
  /// The most tokens, padding counted, that are decoded side by side.
  public var batchTokens = 4096

  /// Creates options that make the changes of at least the given probability.
  public init(minimumConfidence: Double) {
    self.minimumConfidence = minimumConfidence
  }
}

extension DenoisingAutoencoder {
  /// Returns the repair of each line, UTF-8 of any length.
  ///
  /// A line longer than the model's positions is cut at sentence bounds and repaired piece by piece. Lines of
  /// like length are decoded side by side.
  public func repair(_ lines: [[UInt8]], _ options: RepairOptions) -> [Repair] {
    let encodings = lines.map { tokenizer.encode($0) }
    var pieces: [Piece] = []
    let limit = transformer.configuration.maximumPositions - 1  // one for the end
    for (line, encoding) in encodings.enumerated() {
      for range in Tokenizer.cut(encoding, of: lines[line], limit: limit) {
        pieces.append(
          Piece(line: line, range: range, source: encoding.ids[range] + [labels.end]))
      }
    }
    decode(&pieces, lines, encodings, options)
    var decisions = [[Decision]](repeating: [], count: lines.count)
    for piece in pieces { decisions[piece.line] += piece.decisions }
    return lines.indices.map { line in
      assemble(lines[line], encodings[line], decisions[line])
    }
  }

  /// A stretch of a line that is decoded as one, and what was decided for each of its tokens.
  private struct Piece {
    let line: Int
    let range: Range<Int>  // of the line's tokens
    let source: [TokenID]  // with </s>
    var decisions: [Decision] = []
  }

  private struct Decision {
    let label: TokenID
    let probability: Double
  }

  /// Decodes pieces of like length side by side.
  private func decode(
    _ pieces: inout [Piece], _ lines: [[UInt8]], _ encodings: [Encoding], _ options: RepairOptions
  ) {
    let order = pieces.indices.sorted { pieces[$0].source.count < pieces[$1].source.count }
    var start = 0
    while start < order.count {
      var end = start + 1  // sorted, so the last row added is the longest
      while end < order.count,
        (end + 1 - start) * pieces[order[end]].source.count <= options.batchTokens
      {
        end += 1
      }
      let rows = Array(order[start..<end])
      let follows = rows.map { row in
        continuations(lines[pieces[row].line], encodings[pieces[row].line], pieces[row].range)
      }
      let decisions = decode(rows.map { pieces[$0].source }, follows, options)
      for (row, decided) in zip(rows, decisions) { pieces[row].decisions = decided }
      start = end
    }
  }

  /// The autoregressive loop: greedy over labels, one for each source token.
  ///
  /// - Parameters:
  ///   - sources: with `</s>`, shortest first.
  ///   - follows: whether a token is a further byte of the character of the token before it.
  ///   - options: the confidence that a change needs.
  private func decode(_ sources: [[TokenID]], _ follows: [[Bool]], _ options: RepairOptions)
    -> [[Decision]]
  {
    let decoder = TransformerDecoder(transformer)
    var state = decoder.start(sources)
    var decisions = [[Decision]](repeating: [], count: sources.count)
    var last = [TokenID](repeating: transformer.configuration.decoderStart, count: sources.count)
    var first = 0  // rows before this one are complete
    for step in 0..<(sources.last?.count ?? 0) {
      // The end needs no label: a row is complete at its last character.
      let complete = sources[first...].prefix { $0.count - 1 <= step }.count
      if complete > 0 {
        first += complete
        guard first < sources.count else { break }
        decoder.reorder(&state, Array(complete..<(complete + sources.count - first)))
        last.removeFirst(complete)
      }
      let choices = Choices(decoder.step(last, &state), keep: labels.keep)
      for row in first..<sources.count {
        let previous = decisions[row].last
        let decision =
          follows[row][step]
          ? Decision(
            label: previous?.label == labels.keep ? labels.keep : labels.delete,
            probability: previous?.probability ?? 1)
          : decide(choices, row - first, options)
        decisions[row].append(decision)
        last[row - first] = decision.label
      }
    }
    return decisions
  }

  private func decide(_ choices: Choices, _ row: Int, _ options: RepairOptions) -> Decision {
    let (best, probability) = (choices.best[row], choices.probability[row])
    let isEdit = best == labels.delete || isCharacter(best)
    guard best != labels.keep, isEdit, probability >= options.minimumConfidence else {
      return Decision(label: labels.keep, probability: choices.keepProbability[row])
    }
    return Decision(label: best, probability: probability)
  }

  /// Whether a token is text that may stand alone: not special, and not one byte of a character.
  private func isCharacter(_ token: TokenID) -> Bool {
    guard !tokenizer.isSpecial(token) else { return false }
    let bytes = tokenizer.decode([token])
    return String(validating: bytes, as: UTF8.self) != nil
  }

  /// Returns for each token of `range` whether it is a further byte of the character before it: all bytes of
  /// a character share one fate.
  private func continuations(_ line: [UInt8], _ encoding: Encoding, _ range: Range<Int>) -> [Bool] {
    range.map { index in
      index > range.lowerBound && line[encoding.ranges[index].lowerBound] & 0xC0 == 0x80
    }
  }

  /// Applies the decisions to the line and gathers neighbouring changes into edits.
  private func assemble(_ line: [UInt8], _ encoding: Encoding, _ decisions: [Decision]) -> Repair {
    var text: [UInt8] = []
    var edits: [Repair.Edit] = []
    var open: Repair.Edit?
    var offset = 0  // in code points
    for (range, decision) in zip(encoding.ranges, decisions) {
      let bytes = line[range]
      if decision.label == labels.keep {
        text += bytes
        if let edit = open { edits.append(edit) }
        open = nil
      } else {
        let inserted = decision.label == labels.delete ? [] : tokenizer.decode([decision.label])
        text += inserted
        open = Repair.Edit(
          offset: open?.offset ?? offset, removed: (open?.removed ?? []) + bytes,
          inserted: (open?.inserted ?? []) + inserted,
          confidence: min(open?.confidence ?? 1, decision.probability))
      }
      offset += bytes.reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }
    }
    if let edit = open { edits.append(edit) }
    return Repair(
      text: text, edits: edits, confidence: decisions.map(\.probability).min() ?? 1)
  }
}

/// What one step of the loop may choose from: the most probable label of each row, and how probable it and
/// the label of keeping are.
private struct Choices {
  let best: [Int32]
  let probability: [Double]
  let keepProbability: [Double]

  init(_ logits: Tensor, keep: TokenID) {
    let logProbabilities = logits.logSoftmax()  // [B, V]
    let backend = logProbabilities.backend
    best = logProbabilities.argMax().integers()
    probability = backend.reduce(.maximum, logProbabilities, axis: -1).doubles().map { exp($0) }
    keepProbability = logProbabilities.sliced(1, Int(keep)..<(Int(keep) + 1)).doubles().map {
      exp($0)
    }
  }
}
