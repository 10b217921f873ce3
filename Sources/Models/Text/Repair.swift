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

    /// Creates an edit.
    package init(offset: Int, removed: [UInt8], inserted: [UInt8], confidence: Double) {
      self.offset = offset
      self.removed = removed
      self.inserted = inserted
      self.confidence = confidence
    }
  }

  /// The repaired text, UTF-8.
  public let text: [UInt8]
  /// The changes, from front to back.
  public let edits: [Edit]
  /// The lowest probability of any label that was chosen, 1 for an empty text.
  public let confidence: Double
  /// Whether the text stayed as it was because its repair was not believable.
  public let isWithheld: Bool
  /// Whether anything was changed.
  public var changed: Bool { !edits.isEmpty }

  /// Creates a repair.
  package init(text: [UInt8], edits: [Edit], confidence: Double, isWithheld: Bool = false) {
    self.text = text
    self.edits = edits
    self.confidence = confidence
    self.isWithheld = isWithheld
  }
}

/// How a text is repaired.
public struct RepairOptions: Sendable, Equatable {
  /// A change whose probability is lower is not made.
  public var minimumConfidence: Double
  /// A line is changed only if one of its edits is at least so probable. Noise seldom comes alone, and most lines
  /// that people have are clean: a single unsure edit is far likelier wrong there than among the lines of training.
  public var lineConfidence = 0.0
  /// The most tokens that are decoded side by side.
  public var batchTokens = 2048
  /// What products are computed in, nil for what the model's weights are best in: eight bits where they came
  /// in these, else the fastest real type. Probabilities are float32 in any case.
  public var precision: WeightPrecision?

  /// Creates options that make the changes of at least the given probability.
  public init(minimumConfidence: Double) {
    self.minimumConfidence = minimumConfidence
  }
}

extension DenoisingAutoencoder {
  // What is worked on at once: enough to fill batches, little enough that a line of any length takes memory in
  // proportion to its text and edits only.
  private static let stretchBytes = 1 << 12
  private static let groupBytes = 1 << 16

  /// Returns what one look at each line finds to repair.
  package func look(at lines: [[UInt8]], _ options: RepairOptions) -> [Repair] {
    var assemblies = lines.map { Assembly($0, options.minimumConfidence) }
    var group: [Stretch] = []
    var size = 0
    for (number, line) in lines.enumerated() {
      for range in Boundaries.stretches(of: line, limit: Self.stretchBytes) {
        group.append(Stretch(line: number, start: range.lowerBound, text: Array(line[range])))
        size += range.count
        guard size >= Self.groupBytes else { continue }
        repair(group, options, &assemblies)
        (group, size) = ([], 0)
      }
    }
    repair(group, options, &assemblies)
    return assemblies.indices.map { assemblies[$0].finished() }
  }

  /// A part of a line.
  private struct Stretch {
    let line: Int
    let start: Int  // in bytes of the line
    let text: [UInt8]
  }

  /// Decides what becomes of some stretches, which follow those before.
  private func repair(
    _ stretches: [Stretch], _ options: RepairOptions, _ assemblies: inout [Assembly]
  ) {
    let encodings = tokenizer.encode(lines: stretches.map(\.text))
    var pieces: [Piece] = []
    let limit = transformer.configuration.maximumPositions - 1  // one for the end
    for (number, (stretch, encoding)) in zip(stretches, encodings).enumerated() {
      for range in Tokenizer.cut(encoding, of: stretch.text, limit: limit) {
        pieces.append(
          Piece(
            stretch: number, range: range, source: encoding.ids[range] + [labels.end],
            isContinuation: continuations(stretch.text, encoding, range) + [false]))
      }
    }
    decode(&pieces, options)
    for piece in pieces {
      let (stretch, ranges) = (stretches[piece.stretch], encodings[piece.stretch].ranges)
      for step in piece.steps {
        let token = piece.range.lowerBound + step.place
        let isEnd = step.place == piece.range.count
        let bytes = isEnd ? 0..<0 : ranges[token]
        let range = bytes.lowerBound + stretch.start..<bytes.upperBound + stretch.start
        switch labels.operation(step.label) {
        case .keep where isEnd: break  // so that an edit may go on in the next piece
        case .keep: assemblies[stretch.line].keep(range, step.probability)
        case .delete: assemblies[stretch.line].delete(range, step.probability)
        case .write:
          assemblies[stretch.line].write(tokenizer.decode([step.label]), step.probability)
        }
      }
    }
  }

  /// What is decoded as one, and what is done at each of its places.
  private struct Piece {
    let stretch: Int  // of the group
    let range: Range<Int>  // of the stretch's tokens
    let source: [TokenID]  // with </s>
    let isContinuation: [Bool]
    var steps: [EditStep] = []
  }

  /// Decodes as many pieces side by side as the options allow.
  private func decode(_ pieces: inout [Piece], _ options: RepairOptions) {
    let precision = options.precision ?? weightPrecision
    var start = 0
    while start < pieces.count {
      var end = start
      var size = 0
      while end < pieces.count,
        end == start || size + pieces[end].source.count <= options.batchTokens
      {
        size += pieces[end].source.count
        end += 1
      }
      let rows = start..<end
      let steps = withWeights(in: precision) {
        EditDecoder(model: self)(
          pieces[rows].map(\.source), pieces[rows].map(\.isContinuation))
      }
      for (row, steps) in zip(rows, steps) { pieces[row].steps = steps }
      start = end
    }
  }

  /// What the weights are best computed in.
  private var weightPrecision: WeightPrecision {
    parameters.contains(where: \.holdsInt8) ? .int8 : .fastestReal
  }

  /// Returns for each token of `range` whether it is a further byte of the character before it: all bytes of
  /// a character share one fate.
  private func continuations(_ line: [UInt8], _ encoding: Encoding, _ range: Range<Int>) -> [Bool] {
    range.map { index in
      index > range.lowerBound && line[encoding.ranges[index].lowerBound] & 0xC0 == 0x80
    }
  }
}

/// Applies steps to a line and gathers neighbouring changes into edits.
private struct Assembly {
  private let line: [UInt8]
  private let minimumConfidence: Double
  private var text: [UInt8] = []
  private var edits: [Repair.Edit] = []
  private var confidence = 1.0
  private var offset = 0  // in code points

  private var open: (offset: Int, confidence: Double)?  // an edit that may go on
  private var removed: [UInt8] = []
  private var inserted: [UInt8] = []

  init(_ line: [UInt8], _ minimumConfidence: Double) {
    self.line = line
    self.minimumConfidence = minimumConfidence
  }

  mutating func keep(_ range: Range<Int>, _ probability: Double) {
    close()
    confidence = min(confidence, probability)
    text += line[range]
    advance(range)
  }

  mutating func delete(_ range: Range<Int>, _ probability: Double) {
    change(probability)
    removed += line[range]
    advance(range)
  }

  mutating func write(_ bytes: [UInt8], _ probability: Double) {
    change(probability)
    inserted += bytes
  }

  private mutating func advance(_ range: Range<Int>) {
    offset += line[range].reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }
  }

  private mutating func change(_ probability: Double) {
    confidence = min(confidence, probability)
    open = (open?.offset ?? offset, min(open?.confidence ?? 1, probability))
  }

  /// Ends an edit, and makes it if it is sure enough and changes anything.
  private mutating func close() {
    guard let edit = open else { return }
    if edit.confidence >= minimumConfidence, removed != inserted {
      text += inserted
      edits.append(
        Repair.Edit(
          offset: edit.offset, removed: removed, inserted: inserted, confidence: edit.confidence))
    } else {
      text += removed
    }
    (open, removed, inserted) = (nil, [], [])
  }

  mutating func finished() -> Repair {
    close()
    return Repair(text: text, edits: edits, confidence: confidence)
  }
}
