import SeqaeFiles
import SeqaeText

/// Texts and what they should be, a line each, as metrics of texts read them: in constant memory.
///
/// A line has a hypothesis and one or more references with tabs between, or the references alone, with the hypotheses in
/// a file of their own.
struct JudgedLines {
  /// A text to judge and what it should be.
  struct Texts {
    let hypothesis: [UInt8]
    let references: [[UInt8]]
  }

  private let path: String
  private let predictions: String?
  private var data: LineReader
  private var answers: LineReader?
  private var sizes: Set<Int> = []

  /// How many texts have been read.
  var count: Int { data.lineNumber }
  /// How many references each text so far had; nil if that varies.
  var referenceCount: Int? { sizes.count == 1 ? sizes.first : nil }

  /// Opens the lines of `path`, plain or gzip.
  ///
  /// - Parameters:
  ///   - path: the references, each line behind its hypothesis if there are no predictions.
  ///   - predictions: a file of hypotheses, a line each.
  /// - Throws: `Failure(.missingInput)`.
  init(_ path: String, predictions: String?) throws(Failure) {
    (self.path, self.predictions) = (path, predictions)
    data = try LineReader(path: path)
    if let predictions { answers = try LineReader(path: predictions) }
  }

  /// Returns the next texts, nil behind the last.
  ///
  /// - Throws: `Failure(.data)` for a line that is not UTF-8 or has no reference, for files of different lengths, and for
  ///   one without lines.
  mutating func next() throws(Failure) -> Texts? {
    guard let line = try Self.next(&data) else {
      guard count > 0 else {
        throw Failure(
          .data, "\(path): expected lines of a hypothesis and its references, found none")
      }
      if let predictions, try nextAnswer() != nil {
        throw Failure(.data, "\(predictions): expected \(count) lines, as \(path) has, found more")
      }
      return nil
    }
    var texts = line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
    let hypothesis: [UInt8]
    if let predictions {
      guard let answer = try nextAnswer() else {
        throw Failure(
          .data, "\(predictions): expected a line for each of \(path), found \(count - 1)")
      }
      hypothesis = answer
    } else {
      hypothesis = Array(texts.removeFirst())
    }
    guard !texts.isEmpty else {
      throw Failure(
        .data,
        "\(path): line \(count): expected a hypothesis and its references with tabs between, "
          + "found no tab")
    }
    sizes.insert(texts.count)
    return Texts(hypothesis: hypothesis, references: texts.map { Array($0) })
  }

  private mutating func nextAnswer() throws(Failure) -> [UInt8]? {
    guard var reader = answers else { return nil }
    defer { answers = reader }
    return try Self.next(&reader)
  }

  private static func next(_ lines: inout LineReader) throws(Failure) -> [UInt8]? {
    guard let line = try lines.next() else { return nil }
    guard UTF8Validation.firstInvalid(in: line) == nil else {
      throw Failure(
        .data, "\(lines.name): line \(lines.lineNumber) is not UTF-8: convert the file")
    }
    return line
  }
}
