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
    decidePieces(&pieces, lines, encodings, options)
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
  private func decidePieces(
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
      let decisions = decide(rows.map { pieces[$0].source }, follows, options)
      for (row, decided) in zip(rows, decisions) { pieces[row].decisions = decided }
      start = end
    }
  }

  /// Greedy over labels, one for each source token but the end, which needs none.
  ///
  /// - Parameters:
  ///   - sources: with `</s>`.
  ///   - follows: whether a token is a further byte of the character of the token before it.
  ///   - options: the confidence that a change needs.
  /// - Returns: the decision on each token of each source.
  private func decide(_ sources: [[TokenID]], _ follows: [[Bool]], _ options: RepairOptions)
    -> [[Decision]]
  {
    var decisions = [[Decision]](repeating: [], count: sources.count)
    _ = decode(
      TransformerDecoder(transformer), sources, start: transformer.configuration.decoderStart,
      limits: sources.map { $0.count - 1 }
    ) { logits, rows, step in
      let choices = Choices(logits, keep: labels.keep)
      return rows.enumerated().map { place, row in
        let previous = decisions[row].last
        let decision =
          follows[row][step]
          ? Decision(
            label: previous?.label == labels.keep ? labels.keep : labels.delete,
            probability: previous?.probability ?? 1)
          : decide(choices, place, of: sources[row][step], options)
        decisions[row].append(decision)
        return decision.label
      }
    }
    return decisions
  }

  private func decide(
    _ choices: Choices, _ place: Int, of token: TokenID, _ options: RepairOptions
  ) -> Decision {
    let (best, probability) = (choices.best[place], choices.probability[place])
    // Putting a token in its own place keeps it.
    let isEdit = best != token && (best == labels.delete || isCharacter(best))
    guard isEdit, probability >= options.minimumConfidence else {
      return Decision(label: labels.keep, probability: choices.keepProbability[place])
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
    var changes = Changes()
    var offset = 0  // in code points
    for (range, decision) in zip(encoding.ranges, decisions) {
      let bytes = line[range]
      if decision.label == labels.keep {
        text += bytes
        changes.close(into: &edits)
      } else {
        let inserted = decision.label == labels.delete ? [] : tokenizer.decode([decision.label])
        text += inserted
        changes.add(offset, removed: bytes, inserted: inserted, decision.probability)
      }
      offset += bytes.reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }
    }
    changes.close(into: &edits)
    return Repair(
      text: text, edits: edits, confidence: decisions.map(\.probability).min() ?? 1)
  }
}

/// Neighbouring changes that become one edit.
private struct Changes {
  private var offset: Int?
  private var removed: [UInt8] = []
  private var inserted: [UInt8] = []
  private var confidence = 1.0

  mutating func add(
    _ offset: Int, removed: ArraySlice<UInt8>, inserted: [UInt8], _ probability: Double
  ) {
    if self.offset == nil { self.offset = offset }
    self.removed += removed
    self.inserted += inserted
    confidence = min(confidence, probability)
  }

  mutating func close(into edits: inout [Repair.Edit]) {
    guard let offset else { return }
    edits.append(
      Repair.Edit(offset: offset, removed: removed, inserted: inserted, confidence: confidence))
    self = Changes()
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
