import SeqaeText

extension Repair {
  /// Letters that a repair may change whatever the line.
  private static let alwaysAllowed = 4

  /// Returns what stays where a repair is not made.
  static func withheld(from text: [UInt8], _ confidence: Double) -> Repair {
    Repair(text: text, edits: [], confidence: confidence, isWithheld: true)
  }

  /// Whether the repair leaves of `text` enough to be one: who writes more than half of a line's letters anew
  /// makes up a text.
  ///
  /// Repeated letters, and the same ones in another form, are not counted: to take away or to mend those, however
  /// many there are, changes nothing that the line says.
  package func isBelievable(of text: [UInt8]) -> Bool {
    guard changed else { return true }
    guard codePointCount(self.text) <= 4 * codePointCount(text) + 64 else { return false }
    func letters(_ bytes: [UInt8]) -> Int {
      String(decoding: bytes, as: UTF8.self).unicodeScalars.reduce(0) {
        $0
          + (CharacterProperties.isLetter($1.value) || CharacterProperties.isNumber($1.value)
            ? 1 : 0)
      }
    }
    let counts = edits.map { max(letters($0.removed), letters($0.inserted)) }
    let limit = max(Self.alwaysAllowed, letters(text) / 2)
    // Reasons take longer to find than letters to count.
    guard counts.reduce(0, +) > limit else { return true }
    let changed = zip(counts, reasons(of: text)).reduce(0) { sum, next in
      switch next.1 {
      case .repeated, .width, .letterCase, .lookAlike, .invisible, .spaces, .marks: sum
      case .stray, .missing, .order, .sound, .other: sum + next.0
      }
    }
    return changed <= limit
  }

  /// Returns what each edit of `text` undoes.
  public func reasons(of text: [UInt8]) -> [EditReason] {
    var rest = text[...]
    var offset = 0
    return edits.map { edit in
      _ = rest.takeCodePoints(edit.offset - offset)
      let size = codePointCount(edit.removed)
      defer {
        rest = rest.dropFirst(edit.removed.count)
        offset = edit.offset + size
      }
      return EditReason(
        removed: edit.removed, inserted: edit.inserted,
        before: Array(text[..<rest.startIndex].lastCodePoints(max(1, size))))
    }
  }
}
