import Glibc
import SeqaeFiles
import SeqaeModels
import SeqaeRecipes
import SeqaeText
import SeqaeTraining

/// How `seqae denoise` shows what it did to a text: in place, or in words.
struct RepairView {
  /// When colours are used.
  enum Color: String, ArgumentChoice {
    /// On a terminal, unless NO_COLOR is set (https://no-color.org).
    case auto
    case always
    case never

    var isOn: Bool {
      switch self {
      case .always: true
      case .never: false
      case .auto: Output.standard.isTerminal && (getenv("NO_COLOR").map { $0.pointee == 0 } ?? true)
      }
    }
  }

  let text: [UInt8]
  let repair: Repair
  /// What stays and looks out of place; nil where nobody looked.
  let suspicions: [Suspicion]?

  /// The text with what went and what came marked: by colour, else as `[-went-]{+came+}`.
  func difference(colored: Bool) -> [UInt8] {
    let (red, green, end) =
      colored ? ("\u{1B}[9;31m", "\u{1B}[32m", "\u{1B}[m") : ("[-", "{+", "")
    func marked(_ bytes: [UInt8], _ start: String, _ plainEnd: String) -> [UInt8] {
      bytes.isEmpty ? [] : Array(start.utf8) + bytes + Array((colored ? end : plainEnd).utf8)
    }
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    var rest = text[...]
    var offset = 0
    for edit in repair.edits {
      result += rest.takeCodePoints(edit.offset - offset)
      result += marked(edit.removed, red, "-]") + marked(edit.inserted, green, "+}")
      rest = rest.dropFirst(edit.removed.count)
      offset = edit.offset + codePointCount(edit.removed)
    }
    result += rest
    return result
  }

  /// Hands over a line for each edit that says what was done and how sure that is, and one for each suspicion.
  func explain(_ output: (String) throws(Failure) -> Void) throws(Failure) {
    for (edit, reason) in zip(repair.edits, reasons()) {
      try output(line(edit.offset, RepairView.words(edit, reason), edit.confidence))
    }
    if !repair.changed {
      try output(
        repair.isWithheld
          ? "  nothing was changed: a repair would have made up more than half of it"
          : "  nothing was changed")
    }
    for suspicion in suspicions ?? [] {
      let words = "\(RepairView.quoted(suspicion.text)) looks out of place"
      try output(line(suspicion.offset, words, suspicion.confidence) + ", left as it is")
    }
  }

  private func line(_ offset: Int, _ words: String, _ confidence: Double) -> String {
    "  at character \(offset + 1): \(words) (\(fixed(100 * confidence, 0)) % sure)"
  }

  /// What each edit undoes.
  func reasons() -> [EditReason] { repair.reasons(of: text) }

  private static func words(_ edit: Repair.Edit, _ reason: EditReason) -> String {
    let (old, new) = (quoted(edit.removed), quoted(edit.inserted))
    return switch reason {
    case .invisible: "took out \(names(edit.removed)), which can't be seen"
    case .spaces:
      edit.inserted.isEmpty ? "took out \(count(edit.removed, "space"))" : "made \(old) \(new)"
    case .repeated: "took out \(old), a repetition of what stands before"
    case .marks: "took out \(old), \(count(edit.removed, "mark")) that nothing needs"
    case .stray: "took out \(old), which does not belong there"
    case .missing: "put in \(new), which was missing"
    case .letterCase: "wrote \(new) for \(old), in the other case"
    case .width: "wrote \(new) for \(old), the same in another form"
    case .order: "wrote \(new) for \(old), in another order"
    case .lookAlike: "wrote \(new) for \(old), which looks like it"
    case .sound: "wrote \(new) for \(old), which sounds like it"
    case .other: "wrote \(new) for \(old)"
    }
  }

  private static func quoted(_ bytes: [UInt8]) -> String { ByteString(bytes).quoted }

  private static func count(_ bytes: [UInt8], _ noun: String) -> String {
    let count = String(decoding: bytes, as: UTF8.self).count
    return count == 1 ? "one \(noun)" : "\(count) \(noun)s"
  }

  /// The code points by number, since they can't be shown.
  private static func names(_ bytes: [UInt8]) -> String {
    String(decoding: bytes, as: UTF8.self).unicodeScalars.map { scalar in
      let digits = String(scalar.value, radix: 16, uppercase: true)
      return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }.joined(separator: " ")
  }
}
