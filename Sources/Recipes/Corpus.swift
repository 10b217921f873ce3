import SeqaeFiles

/// A corpus as an argument names it: a file of lines, or a column of a tab-separated one.
///
/// `FILE` or `FILE:COLUMN`, plain or gzip. Columns count from 1; without one, a `.tsv` (or `.tsv.gz`)
/// gives its first column and any other file whole lines.
public struct CorpusSource: Sendable, Equatable, CustomStringConvertible {
  /// The file.
  public let path: String
  /// The column, from 1; nil for whole lines.
  public let column: Int?

  /// Creates a source of a file and a column, nil for whole lines.
  public init(path: String, column: Int?) {
    precondition(column.map { $0 > 0 } ?? true, "CorpusSource: column \(column ?? 0)")
    self.path = path
    self.column = column
  }

  /// Reads an argument.
  ///
  /// - Parameter argument: `FILE` or `FILE:COLUMN`.
  /// - Throws: `Failure(.usage)` for a column that is no number from 1 to 1,000.
  public init(_ argument: String) throws(Failure) {
    let bytes = Array(argument.utf8)
    if let colon = bytes.lastIndex(of: UInt8(ascii: ":")), !Path.exists(argument) {
      let tail = bytes[(colon + 1)...]
      let isNumber = tail.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      if isNumber, !tail.isEmpty {
        guard let column = Int(String(decoding: tail, as: UTF8.self)), (1...1000).contains(column)
        else { throw Failure(.usage, "\(argument): columns count from 1 to 1000") }
        self.init(path: String(decoding: bytes[..<colon], as: UTF8.self), column: column)
        return
      }
    }
    let name = argument.hasSuffix(".gz") ? String(argument.dropLast(3)) : argument
    self.init(path: argument, column: name.hasSuffix(".tsv") ? 1 : nil)
  }

  /// The argument that names it.
  public var description: String { column.map { "\(path):\($0)" } ?? path }
}

/// The usable lines of a corpus, one at a time, in constant memory.
///
/// A line that is not UTF-8 or lacks the column is reported and left out, up to a limit; an empty one is
/// left out silently.
public struct CorpusReader {
  /// How many unusable lines are left out before a corpus is refused.
  public static let faultLimit = 100

  private let source: CorpusSource
  private let report: (String) -> Void
  private var lines: LineReader
  private var faults = 0

  /// Opens a corpus.
  ///
  /// - Parameters:
  ///   - source: the file and column.
  ///   - report: receives a line for each line that is left out.
  /// - Throws: `Failure(.missingInput)` if the file can't be read.
  public init(_ source: CorpusSource, report: @escaping (String) -> Void) throws(Failure) {
    self.source = source
    self.report = report
    lines = try LineReader(path: source.path)
  }

  /// Returns the next line that is not empty; nil after the last.
  ///
  /// - Returns: the line or its column, UTF-8.
  /// - Throws: `Failure(.data)` when more lines than the limit are unusable; failures of reading.
  public mutating func next() throws(Failure) -> [UInt8]? {
    while let line = try lines.next() {
      guard UTF8Validation.firstInvalid(in: line) == nil else {
        try fault("is not UTF-8")
        continue
      }
      guard let column = source.column else {
        if line.isEmpty { continue }
        return line
      }
      let fields = line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
      guard column <= fields.count else {
        try fault("has \(fields.count) columns and no column \(column)")
        continue
      }
      if !fields[column - 1].isEmpty { return Array(fields[column - 1]) }
    }
    return nil
  }

  private mutating func fault(_ what: String) throws(Failure) {
    faults += 1
    let message = "\(source.path): line \(lines.lineNumber) \(what)"
    guard faults <= Self.faultLimit else {
      throw Failure(
        .data,
        "\(message), as more than \(Self.faultLimit) others: check that the file is text in UTF-8 "
          + "and the column is right")
    }
    report("\(message): left out")
  }
}

/// Many lines in two blocks of memory.
public struct LineStore: Sendable {
  private var bytes: [UInt8] = []
  private var ends: [Int] = []

  /// Creates a store without lines.
  public init() {}

  /// The number of lines.
  public var count: Int { ends.count }

  /// Whether there are no lines.
  public var isEmpty: Bool { ends.isEmpty }

  /// Adds a line.
  public mutating func append(_ line: some Collection<UInt8>) {
    bytes.append(contentsOf: line)
    ends.append(bytes.count)
  }

  /// The line of a number below `count`.
  public subscript(index: Int) -> [UInt8] {
    Array(bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]])
  }
}
