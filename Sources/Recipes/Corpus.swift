import SeqaeFiles

/// The usable texts of a corpus, one at a time, in constant memory.
///
/// A line that can't be read or lacks the column or member is reported and left out, up to a limit; an empty
/// one is left out silently. A member of several lines gives each of them.
public struct CorpusReader {
  /// How many unusable lines are left out before a corpus is refused.
  public static let faultLimit = 100

  private let source: CorpusSource
  private let report: (String) -> Void
  private var lines: LineReader
  private var faults = 0
  // The lines of a member that are still to be given, the last one first.
  private var waiting: [[UInt8]] = []

  /// Opens a corpus.
  ///
  /// - Parameters:
  ///   - source: the file, and what of it is text.
  ///   - report: receives a line for each line that is left out.
  /// - Throws: `Failure(.missingInput)` if the file can't be read.
  public init(_ source: CorpusSource, report: @escaping (String) -> Void) throws(Failure) {
    self.source = source
    self.report = report
    lines = try LineReader(path: source.path)
  }

  /// Returns the next text that is not empty; nil after the last.
  ///
  /// - Returns: the line, its column or a line of its member, UTF-8.
  /// - Throws: `Failure(.data)` when more lines than the limit are unusable; failures of reading.
  public mutating func next() throws(Failure) -> [UInt8]? {
    while true {
      if let text = waiting.popLast() { return text }
      guard let bytes = try lines.next() else { return nil }
      guard let line = source.encoding.utf8(bytes) else {
        try fault("is not \(source.encoding.rawValue.uppercased())")
        continue
      }
      switch source.field {
      case .line: if !line.isEmpty { return line }
      case .column(let column):
        let fields = line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
        guard column <= fields.count else {
          try fault("has \(fields.count) columns and no column \(column)")
          continue
        }
        if !fields[column - 1].isEmpty { return Array(fields[column - 1]) }
      case .member(let name):
        if !line.isEmpty { try take(name, of: line) }
      }
    }
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
