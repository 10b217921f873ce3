import SeqaeFiles

/// The usable texts of a corpus, one at a time, in constant memory.
///
/// A line that can't be read or lacks the column or member is reported and left out, up to a limit; an empty
/// one is left out silently. A member of several lines gives each of them. Of a pair the original is the text.
public struct CorpusReader {
  /// A text, and what became of it where the corpus is one of pairs.
  package struct Record: Equatable {
    /// UTF-8, not empty.
    package let text: [UInt8]
    /// The text with what somebody spoilt in it; nil where the corpus has the text alone.
    package let noisy: [UInt8]?

    init(_ text: some Sequence<UInt8>, noisy: [UInt8]? = nil) {
      self.text = Array(text)
      self.noisy = noisy
    }
  }

  /// How many unusable lines are left out before a corpus is refused.
  public static let faultLimit = 100

  private let source: CorpusSource
  private let report: (String) -> Void
  private var lines: LineReader
  private var targets: LineReader?  // of aligned files
  private var faults = 0
  /// How many pairs so far had nothing on the second side, and were left out.
  package private(set) var emptyPairs = 0
  // The lines of a member that are still to be given, the last one first.
  private var waiting: [[UInt8]] = []

  /// Opens a corpus.
  ///
  /// - Parameters:
  ///   - source: the file, and what of it is text.
  ///   - report: receives a line for each line that is left out.
  /// - Throws: `Failure(.missingInput)` if a file can't be read.
  public init(_ source: CorpusSource, report: @escaping (String) -> Void) throws(Failure) {
    self.source = source
    self.report = report
    lines = try LineReader(path: source.path)
    if case .aligned(let target) = source.field { targets = try LineReader(path: target) }
  }

  /// Returns the next text that is not empty; nil after the last.
  ///
  /// - Returns: the line, its column or a line of its member, UTF-8.
  /// - Throws: `Failure(.data)` when more lines than the limit are unusable; failures of reading.
  public mutating func next() throws(Failure) -> [UInt8]? { try nextRecord()?.text }

  /// Returns the next text that is not empty, and what was spoilt in it; nil after the last.
  package mutating func nextRecord() throws(Failure) -> Record? {
    while true {
      if let text = waiting.popLast() { return Record(text) }
      guard let bytes = try lines.next() else {
        try requireEnd()
        return nil
      }
      let target = try nextTarget()
      guard let line = source.encoding.utf8(bytes) else {
        try fault("is not \(source.encoding.rawValue.uppercased())")
        continue
      }
      switch source.field {
      case .line: if !line.isEmpty { return Record(line) }
      case .column(let column):
        guard let fields = try columns(of: line, upTo: column) else { continue }
        if !fields[column - 1].isEmpty { return Record(fields[column - 1]) }
      case .pair(let noisy, let clean):
        guard let fields = try columns(of: line, upTo: max(noisy, clean)) else { continue }
        let text = fields[clean - 1]
        if !text.isEmpty { return Record(text, noisy: Array(fields[noisy - 1])) }
        emptyPairs += 1
      case .member(let name):
        if !line.isEmpty { try take(name, of: line) }
      case .aligned:
        guard let target, let text = source.encoding.utf8(target) else {
          try fault("has a target that is not \(source.encoding.rawValue.uppercased())")
          continue
        }
        if !text.isEmpty { return Record(withoutTabs(text), noisy: withoutTabs(line)) }
        emptyPairs += 1
      }
    }
  }

  /// The line of aligned targets beside the one that was read last; nil without any.
  private mutating func nextTarget() throws(Failure) -> [UInt8]? {
    guard targets != nil else { return nil }
    let line = try targets?.next()
    if line == nil { try refuse(more: lines, than: targets) }
    return line
  }

  /// Checks that aligned targets end where their sources do.
  private mutating func requireEnd() throws(Failure) {
    if try targets?.next() != nil { try refuse(more: targets, than: lines) }
  }

  /// Refuses two files of different lengths.
  private func refuse(more: LineReader?, than fewer: LineReader?) throws(Failure) {
    guard var more, let fewer else { return }
    while try more.next() != nil {}
    throw Failure(
      .data,
      "\(more.name) has \(more.lineNumber) lines, \(fewer.name) has \(fewer.lineNumber): expected a line "
        + "of each beside one of the other")
  }

  /// A line of aligned files, in which a tab is a space: pairs are kept with a tab between.
  private func withoutTabs(_ line: [UInt8]) -> [UInt8] { line.map { $0 == 0x09 ? 0x20 : $0 } }

  /// The columns of a line; nil if there are fewer than `last`.
  private mutating func columns(
    of line: [UInt8], upTo last: Int
  ) throws(Failure) -> [ArraySlice<UInt8>]? {
    let fields = line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
    guard last <= fields.count else {
      try fault("has \(counted(fields.count, "column")) and no column \(last)")
      return nil
    }
    return fields
  }

  /// Keeps the lines of an object's member for later.
  private mutating func take(_ name: ByteString, of line: [UInt8]) throws(Failure) {
    let object: JSON
    do throws(Failure) {
      object = try JSON.parse(line, name: "JSON")
    } catch {
      return try fault("is not an object: \(error.message)")
    }
    guard let text = object[name]?.stringValue else {
      return try fault("has no string \(name.quoted)")
    }
    waiting = text.bytes.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }.reversed()
      .map { Array($0) }
  }

  private mutating func fault(_ what: String) throws(Failure) {
    faults += 1
    let message = "\(source.path): line \(lines.lineNumber) \(what)"
    guard faults <= Self.faultLimit else {
      throw Failure(
        .data,
        "\(message), as more than \(Self.faultLimit) others: check that the file is text in "
          + "\(source.encoding.rawValue.uppercased()) and the column is right")
    }
    report("\(message): left out")
  }
}
