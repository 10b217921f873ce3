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
  public let edits: Edits
  /// The lowest probability of any label that was chosen, 1 for an empty text.
  public let confidence: Double
  /// Whether the text stayed as it was because its repair was not believable; of a long one, a part of it.
  public let isWithheld: Bool
  /// Whether anything was changed.
  public var changed: Bool { !edits.isEmpty }

  /// Creates a repair.
  package init(text: [UInt8], edits: Edits, confidence: Double, isWithheld: Bool = false) {
    self.text = text
    self.edits = edits
    self.confidence = confidence
    self.isWithheld = isWithheld
  }

  /// Creates a repair of a list of edits.
  package init(text: [UInt8], edits: [Edit], confidence: Double, isWithheld: Bool = false) {
    self.init(text: text, edits: Edits(edits), confidence: confidence, isWithheld: isWithheld)
  }
}

/// How a text is repaired.
public struct RepairOptions: Sendable, Equatable {
  /// A change whose probability is lower is not made.
  public var minimumConfidence: Double
  /// A line is changed only if its edits together make it so sure that it was spoilt. Noise seldom comes alone, and
  /// most lines that people have are clean: a single unsure edit is far likelier wrong there than among the lines of
  /// training.
  public var lineConfidence = LineConfidence.none
  /// The most tokens that are decoded side by side. More of them take more memory and no less time.
  public var batchTokens = 512
  /// What products are computed in, nil for what the model's weights are best in: eight bits where they came
  /// in these, else the fastest real type. Probabilities are float32 in any case.
  public var precision: WeightPrecision?

  /// Creates options that make the changes of at least the given probability.
  public init(minimumConfidence: Double) {
    self.minimumConfidence = minimumConfidence
  }
}

extension DenoisingAutoencoder {
  /// Returns what one look at each text finds to repair, in memory of some hundred times their size.
  package func look(at texts: [[UInt8]], _ options: RepairOptions) -> [Repair] {
    let encodings = tokenizer.encode(lines: texts)
    var pieces: [Piece] = []
    let limit = transformer.configuration.maximumPositions - 1  // one for the end
    for (number, (text, encoding)) in zip(texts, encodings).enumerated() {
      for range in Tokenizer.cut(encoding, of: text, limit: limit) {
        pieces.append(
          Piece(
            text: number, range: range, source: encoding.ids[range] + [labels.end],
            isContinuation: encoding.continuations(range, of: text) + [false]))
      }
    }
    decode(&pieces, options)
    var assemblies = texts.map { Assembly($0, options.minimumConfidence) }
    for piece in pieces {
      let ranges = encodings[piece.text].ranges
      for step in piece.steps {
        let isEnd = step.place == piece.range.count
        let range = isEnd ? 0..<0 : ranges[piece.range.lowerBound + step.place]
        switch labels.operation(step.label) {
        case .keep where isEnd: break  // so that an edit may go on in the next piece
        case .keep: assemblies[piece.text].keep(range, step.probability)
        case .delete: assemblies[piece.text].delete(range, step.probability)
        case .write: assemblies[piece.text].write(tokenizer.decode([step.label]), step.probability)
        }
      }
    }
    return assemblies.indices.map { assemblies[$0].finished() }
  }

  /// What is decoded as one, and what is done at each of its places.
  private struct Piece {
    let text: Int
    let range: Range<Int>  // of the text's tokens
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
}

/// Applies steps to a line and gathers neighbouring changes into edits.
private struct Assembly {
  private let line: [UInt8]
  private let minimumConfidence: Double
  private var text: [UInt8] = []
  private var edits = Repair.Edits()
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
    offset += codePointCount(line[range])
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
