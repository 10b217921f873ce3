import SeqaeText

extension DenoisingAutoencoder {
  // A repair that was unsure of a step is looked at once more, and so is what that gives: of lines whose repair
  // would have changed in a second look, 99 % had a step below this (development lines with five noises).
  private static let unsure = 0.6
  private static let mostLooks = 4

  // What is worked on at once: enough to fill batches, little enough that a line of any length takes memory in
  // proportion to its text and edits only.
  private static let stretchBytes = 1 << 12
  private static let groupBytes = 1 << 15

  /// Returns the repair of each line, UTF-8 of any length, in time linear in it and memory of a few times its size.
  ///
  /// A line longer than a stretch is cut at sentence bounds, and each part is repaired, and judged, as if it were a
  /// line. What is longer than the model's positions is cut again and decoded piece by piece, many side by side.
  /// Where a step was unsure, what comes out is repaired again: with what was wrong gone, the model sees more, and
  /// its own output comes back from it unchanged. A repair that is not believable is withheld.
  public func repair(_ lines: [[UInt8]], _ options: RepairOptions) -> [Repair] {
    var repairs = lines.map { RepairedParts(room: $0.count) }
    forEachPart(of: lines, options) { line, part, repair in
      repairs[line].append(repair, of: part)
    }
    return repairs.indices.map { repairs[$0].finished() }
  }

  /// Hands on the repairs of the parts of lines, in order and as soon as they are known, in memory that does not grow with
  /// the lines.
  ///
  /// - Parameters:
  ///   - lines: UTF-8 of any length; an empty one has no part.
  ///   - options: how they are repaired.
  ///   - body: receives the number of a line, a part of it, and what that becomes.
  /// - Throws: what `body` throws.
  public func forEachPart<Problem: Error>(
    of lines: [[UInt8]], _ options: RepairOptions,
    _ body: (_ line: Int, _ part: [UInt8], Repair) throws(Problem) -> Void
  ) throws(Problem) {
    var group: [(line: Int, text: [UInt8])] = []
    var size = 0
    func finishGroup() throws(Problem) {
      let finished = repaired(group.map(\.text), options)
      for (part, repair) in zip(group, finished) { try body(part.line, part.text, repair) }
      (group, size) = ([], 0)
    }
    for (number, line) in lines.enumerated() {
      for range in Boundaries.stretches(of: line, limit: Self.stretchBytes) {
        group.append((number, Array(line[range])))
        size += range.count
        if size >= Self.groupBytes { try finishGroup() }
      }
    }
    try finishGroup()
  }

  /// Returns the repairs of some texts, each looked at until it is settled.
  private func repaired(_ texts: [[UInt8]], _ options: RepairOptions) -> [Repair] {
    var repairs = zip(texts, look(at: texts, options)).map { text, repair in
      let isSpoilt = options.lineConfidence.isReached(
        by: repair.edits.lazy.map(\.confidence), of: codePointCount(text))
      return isSpoilt ? repair : Repair(text: text, edits: [], confidence: repair.confidence)
    }
    var open = texts.indices.filter { Self.isOpen(repairs[$0]) }
    for _ in 1..<Self.mostLooks where !open.isEmpty {
      let next = look(at: open.map { repairs[$0].text }, options)
      for (index, repair) in zip(open, next) {
        repairs[index] = repairs[index].followed(by: repair, of: texts[index])
      }
      open = zip(open, next).filter { Self.isOpen($0.1) }.map(\.0)
    }
    return zip(texts, repairs).map { text, repair in
      repair.isBelievable(of: text) ? repair : .withheld(from: text, repair.confidence)
    }
  }

  private static func isOpen(_ repair: Repair) -> Bool {
    repair.changed && repair.confidence < unsure
  }
}

extension Repair {
  /// Returns the repair of `text` that this one and then `next`, of what this one gave, amount to.
  package func followed(by next: Repair, of text: [UInt8]) -> Repair {
    guard next.changed else { return Repair(text: self.text, edits: edits, confidence: confidence) }
    var rest = text[...]
    var middle = Middle(edits: next.edits)
    var composed = Composition()
    var offset = 0
    for edit in edits {
      let kept = rest.takeCodePoints(edit.offset - offset)
      middle.pass(kept, isKept: true, 1, &composed)
      middle.comeTo(&composed)
      composed.remove(rest.prefix(edit.removed.count), edit.confidence)
      rest = rest.dropFirst(edit.removed.count)
      middle.pass(edit.inserted[...], isKept: false, edit.confidence, &composed)
      offset = edit.offset + codePointCount(edit.removed)
    }
    middle.pass(rest, isKept: true, 1, &composed)
    middle.comeTo(&composed)
    return Repair(
      text: next.text, edits: composed.finished(),
      confidence: composed.edits.reduce(next.confidence) { min($0, $1.confidence) })
  }
}

/// A walk over the text between two repairs, which the second one's edits belong to.
private struct Middle {
  private var edits: Slice<Repair.Edits>
  private var offset = 0  // in code points of the text between
  private var left = 0  // code points that the current edit still takes away
  private var confidence = 1.0  // of the current edit

  init(edits: Repair.Edits) { self.edits = edits[...] }

  /// Passes a part of the text between: characters of the first text, or some that the first repair put in.
  mutating func pass(
    _ part: ArraySlice<UInt8>, isKept: Bool, _ probability: Double, _ composed: inout Composition
  ) {
    var rest = part
    while !rest.isEmpty {
      comeTo(&composed)
      if left > 0 {
        let gone = rest.takeCodePoints(left)
        let count = codePointCount(gone)
        // What was put in and taken away again has not been there.
        if isKept { composed.remove(gone, confidence) }
        (left, offset) = (left - count, offset + count)
      } else {
        let count = edits.first.map { $0.offset - offset } ?? .max
        let stays = rest.takeCodePoints(min(count, rest.count))
        if isKept {
          composed.keep(codePointCount(stays))
        } else {
          composed.insert(stays, probability)
        }
        offset += codePointCount(stays)
      }
    }
  }

  /// Begins the edit that belongs here, if one does and none is under way.
  mutating func comeTo(_ composed: inout Composition) {
    while left == 0, let edit = edits.first, edit.offset == offset {
      composed.insert(edit.inserted[...], edit.confidence)
      (left, confidence) = (codePointCount(edit.removed), edit.confidence)
      edits.removeFirst()
    }
  }
}

/// Gathers neighbouring changes into edits.
private struct Composition {
  private(set) var edits = Repair.Edits()
  private var offset = 0
  private var removed: [UInt8] = []
  private var inserted: [UInt8] = []
  private var confidence = 1.0

  /// Passes a number of code points that stay.
  mutating func keep(_ count: Int) {
    guard count > 0 else { return }
    close()
    offset += count
  }

  mutating func remove(_ bytes: ArraySlice<UInt8>, _ probability: Double) {
    guard !bytes.isEmpty else { return }
    removed += bytes
    confidence = min(confidence, probability)
  }

  mutating func insert(_ bytes: ArraySlice<UInt8>, _ probability: Double) {
    guard !bytes.isEmpty else { return }
    inserted += bytes
    confidence = min(confidence, probability)
  }

  private mutating func close() {
    if removed != inserted {
      edits.append(
        Repair.Edit(offset: offset, removed: removed, inserted: inserted, confidence: confidence))
    }
    offset += codePointCount(removed)
    (removed, inserted, confidence) = ([], [], 1)
  }

  mutating func finished() -> Repair.Edits {
    close()
    return edits
  }
}

/// Puts the repairs of a line's parts together.
private struct RepairedParts {
  private var text: [UInt8] = []
  private var composed = Composition()
  private var confidence = 1.0
  private var isWithheld = false

  /// Starts with no part of a line of `room` bytes.
  init(room: Int) { text.reserveCapacity(room) }

  /// Adds the repair of the next part; changes on both sides of a cut become one.
  mutating func append(_ repair: Repair, of part: [UInt8]) {
    var offset = 0  // in code points of the part
    for edit in repair.edits {
      composed.keep(edit.offset - offset)
      composed.remove(edit.removed[...], edit.confidence)
      composed.insert(edit.inserted[...], edit.confidence)
      offset = edit.offset + codePointCount(edit.removed)
    }
    composed.keep(codePointCount(part) - offset)
    text += repair.text
    confidence = min(confidence, repair.confidence)
    isWithheld = isWithheld || repair.isWithheld
  }

  mutating func finished() -> Repair {
    Repair(
      text: text, edits: composed.finished(), confidence: confidence, isWithheld: isWithheld)
  }
}
