import SeqaeText

extension DenoisingAutoencoder {
  // A repair that was unsure of a step is looked at once more, and so is what that gives: of lines whose repair
  // would have changed in a second look, 99 % had a step below this (development lines with five noises).
  private static let unsure = 0.6
  private static let mostLooks = 4

  /// Returns the repair of each line, UTF-8 of any length, in time and memory linear in it.
  ///
  /// A line longer than the model's positions is cut at sentence bounds and repaired piece by piece. Many
  /// lines are decoded side by side. Where a step was unsure, what comes out is repaired again: with what
  /// was wrong gone, the model sees more, and its own output comes back from it unchanged. A repair that is not
  /// believable is withheld.
  public func repair(_ lines: [[UInt8]], _ options: RepairOptions) -> [Repair] {
    var repairs = zip(lines, look(at: lines, options)).map { line, repair in
      let surest = repair.edits.map(\.confidence).max() ?? 1
      return surest >= options.lineConfidence
        ? repair : Repair(text: line, edits: [], confidence: repair.confidence)
    }
    var open = lines.indices.filter { Self.isOpen(repairs[$0]) }
    for _ in 1..<Self.mostLooks where !open.isEmpty {
      let next = look(at: open.map { repairs[$0].text }, options)
      for (index, repair) in zip(open, next) {
        repairs[index] = repairs[index].followed(by: repair, of: lines[index])
      }
      open = zip(open, next).filter { Self.isOpen($0.1) }.map(\.0)
    }
    return zip(lines, repairs).map { line, repair in
      repair.isBelievable(of: line) ? repair : .withheld(from: line, repair.confidence)
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
      let kept = Self.prefix(&rest, edit.offset - offset)
      middle.pass(kept, isKept: true, 1, &composed)
      middle.comeTo(&composed)
      composed.remove(rest.prefix(edit.removed.count), edit.confidence)
      rest = rest.dropFirst(edit.removed.count)
      middle.pass(edit.inserted[...], isKept: false, edit.confidence, &composed)
      offset = edit.offset + codePoints(edit.removed[...])
    }
    middle.pass(rest, isKept: true, 1, &composed)
    middle.comeTo(&composed)
    return Repair(
      text: next.text, edits: composed.finished(),
      confidence: composed.edits.reduce(next.confidence) { min($0, $1.confidence) })
  }

  /// Takes a number of code points from the front of a text.
  fileprivate static func prefix(_ text: inout ArraySlice<UInt8>, _ count: Int) -> ArraySlice<UInt8>
  {
    var end = text.startIndex
    for _ in 0..<count where end < text.endIndex {
      end += 1
      while end < text.endIndex, text[end] & 0xC0 == 0x80 { end += 1 }
    }
    defer { text = text[end...] }
    return text[..<end]
  }
}

private func codePoints(_ bytes: ArraySlice<UInt8>) -> Int {
  bytes.reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }
}

/// A walk over the text between two repairs, which the second one's edits belong to.
private struct Middle {
  private var edits: ArraySlice<Repair.Edit>
  private var offset = 0  // in code points of the text between
  private var left = 0  // code points that the current edit still takes away
  private var confidence = 1.0  // of the current edit

  init(edits: [Repair.Edit]) { self.edits = edits[...] }

  /// Passes a part of the text between: characters of the first text, or some that the first repair put in.
  mutating func pass(
    _ part: ArraySlice<UInt8>, isKept: Bool, _ probability: Double, _ composed: inout Composition
  ) {
    var rest = part
    while !rest.isEmpty {
      comeTo(&composed)
      if left > 0 {
        let gone = Repair.prefix(&rest, left)
        let count = codePoints(gone)
        // What was put in and taken away again has not been there.
        if isKept { composed.remove(gone, confidence) }
        (left, offset) = (left - count, offset + count)
      } else {
        let count = edits.first.map { $0.offset - offset } ?? .max
        let stays = Repair.prefix(&rest, min(count, rest.count))
        if isKept { composed.keep(stays) } else { composed.insert(stays, probability) }
        offset += codePoints(stays)
      }
    }
  }

  /// Begins the edit that belongs here, if one does and none is under way.
  mutating func comeTo(_ composed: inout Composition) {
    while left == 0, let edit = edits.first, edit.offset == offset {
      composed.insert(edit.inserted[...], edit.confidence)
      (left, confidence) = (codePoints(edit.removed[...]), edit.confidence)
      edits.removeFirst()
    }
  }
}

/// Gathers neighbouring changes into edits.
private struct Composition {
  private(set) var edits: [Repair.Edit] = []
  private var offset = 0
  private var removed: [UInt8] = []
  private var inserted: [UInt8] = []
  private var confidence = 1.0

  mutating func keep(_ bytes: ArraySlice<UInt8>) {
    guard !bytes.isEmpty else { return }
    close()
    offset += codePoints(bytes)
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
    offset += codePoints(removed[...])
    (removed, inserted, confidence) = ([], [], 1)
  }

  mutating func finished() -> [Repair.Edit] {
    close()
    return edits
  }
}
