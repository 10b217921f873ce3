import SeqaeFiles
import SeqaeText

/// The clean lines of a corpus for training and development, in order, in constant memory.
///
/// Spaces at a line's ends are no part of it. A line of the test or withheld part, one that `LineFilter` finds
/// noisy and one that came before are left out; a line of more characters than the limit is cut at sentence bounds,
/// a pair left out. Of a pair the clean side is the line, and the side that is held out most decides. Repeats are
/// recognised among the last million lines or two of each language (`RecentHashes`). A language's lines are the
/// same whether the other's are asked for too or not.
package struct AcceptedLines {
  /// A line of the corpus or a run of its sentences.
  package struct Line {
    /// What it is for: training or development.
    package let part: Splits.Part
    /// Its language.
    package let language: Language
    /// UTF-8.
    package let text: [UInt8]
    /// What became of it, where the corpus is one of pairs.
    package let noisy: [UInt8]?
    /// Its hash; that of both sides of a pair.
    package let hash: UInt64

    /// What `ShuffledLines` keeps of it.
    package var stored: [UInt8] { AcceptedLines.joined(noisy, text) }
  }

  /// A line as one text: both sides of a pair with a tab between, which neither has.
  fileprivate static func joined(_ noisy: [UInt8]?, _ text: [UInt8]) -> [UInt8] {
    noisy.map { $0 + [UInt8(ascii: "\t")] + text } ?? text
  }

  /// What decides which lines are accepted.
  package struct Rule: Sendable {
    /// What is held out.
    package let splits: Splits
    /// The most characters of a line.
    package let limit: Int
    /// Whether the first side of a pair is the class of the second: it is no text, and holds nothing out.
    package let isLabelled: Bool

    /// Creates a rule.
    package init(_ splits: Splits, limit: Int, labelled: Bool = false) {
      self.splits = splits
      self.limit = limit
      isLabelled = labelled
    }
  }

  private let rule: Rule
  private let wanted: Language?
  private var reader: CorpusReader
  private var seen: [Language: RecentHashes] = [:]
  // The pieces of a long line that are still to be given, the last one first, and their part.
  private var waiting: [[UInt8]] = []
  private var waitingPart = Splits.Part.training

  /// Opens a corpus.
  ///
  /// - Parameters:
  ///   - source: the corpus.
  ///   - rule: what is accepted.
  ///   - language: the language of the lines; nil for all.
  ///   - report: receives a line for each line that is left out as damaged.
  /// - Throws: `Failure(.missingInput)` if the file can't be read.
  package init(
    _ source: CorpusSource, _ rule: Rule, language: Language? = nil,
    report: @escaping (String) -> Void
  ) throws(Failure) {
    self.rule = rule
    wanted = language
    reader = try CorpusReader(source, report: report)
  }

  /// Returns the next line; nil after the last, and soon after `isWanted` is false.
  ///
  /// - Parameter isWanted: asked for each line of the corpus.
  /// - Returns: the line.
  /// - Throws: a `Failure` if the corpus can't be read.
  package mutating func next(while isWanted: @Sendable () -> Bool = { true }) throws(Failure)
    -> Line?
  {
    while true {
      while let piece = waiting.popLast() {
        // A sentence of a line may belong to another part.
        if let line = accept(piece, Language(of: piece), in: waitingPart) { return line }
      }
      guard isWanted(), let record = try reader.nextRecord() else { return nil }
      let text = AcceptedLines.trimmed(record.text[...])  // the Penn Treebank's begin with a space
      guard LineFilter.isClean(text) else { continue }
      let language = Language(of: text)
      if let noisy = record.noisy {
        if let line = accept(noisy, text, language) { return line }
        continue
      }
      if text.count <= rule.limit || codePointCount(text) <= rule.limit {
        if let line = accept(text, language, in: nil) { return line }
      } else if wanted == nil || wanted == language || language == .chinese {
        // Some sentences of a Chinese line may be English.
        waitingPart = rule.splits.part(of: text)
        guard waitingPart == .training || waitingPart == .development else { continue }
        waiting = AcceptedLines.pieces(of: text, limit: rule.limit).reversed()
      }
    }
  }

  /// A text as a line, if it is wanted, new, and of `part`; of either part where that is nil.
  private mutating func accept(
    _ text: [UInt8], _ language: Language, in part: Splits.Part?
  ) -> Line? {
    guard wanted == nil || wanted == language else { return nil }
    let hash = Splits.hash(text)
    guard seen[language]?.contains(hash) != true else { return nil }
    let own = rule.splits.part(of: text)
    guard own == part ?? own, own == .training || own == .development else { return nil }
    seen[language, default: RecentHashes()].insert(hash)
    return Line(part: own, language: language, text: text, noisy: nil, hash: hash)
  }

  /// A pair as a line, if it is wanted, new, short enough and of either part.
  private mutating func accept(
    _ noisy: [UInt8], _ text: [UInt8], _ language: Language
  ) -> Line? {
    guard wanted == nil || wanted == language,
      max(codePointCount(noisy), codePointCount(text)) <= rule.limit
    else { return nil }
    let hash = Splits.hash(AcceptedLines.joined(noisy, text))
    guard seen[language]?.contains(hash) != true else { return nil }
    let part =
      rule.isLabelled ? rule.splits.part(of: text) : rule.splits.part(ofRecord: [noisy, text])
    guard part == .training || part == .development else { return nil }
    seen[language, default: RecentHashes()].insert(hash)
    return Line(part: part, language: language, text: text, noisy: noisy, hash: hash)
  }

  /// Cuts a line of more than `limit` characters into runs of sentences; what is longer is left out.
  private static func pieces(of line: [UInt8], limit: Int) -> [[UInt8]] {
    var pieces: [[UInt8]] = []
    var start = 0
    var end = 0
    let bounds = Boundaries.offsets(of: .sentence, in: line)
    for bound in bounds.dropFirst() {
      if codePointCount(line[start..<bound]) > limit, end > start {
        pieces.append(trimmed(line[start..<end]))
        start = end
      }
      end = bound
    }
    pieces.append(trimmed(line[start...]))
    return pieces.filter { !$0.isEmpty && codePointCount($0) <= limit }
  }

  /// Returns a text without the spaces at its ends.
  static func trimmed(_ text: ArraySlice<UInt8>) -> [UInt8] {
    var text = text
    while text.last == 0x20 { text.removeLast() }
    while text.first == 0x20 { text.removeFirst() }
    return Array(text)
  }
}
