import SeqaeFiles
import SeqaeRetrieval
import SeqaeText

/// A corpus as an argument names it: a file of lines, a column of a tab-separated one, or a member of the
/// objects in a file of JSON lines.
///
/// `FILE`, `FILE:COLUMN`, `FILE:NOISY,CLEAN` or `FILE.jsonl:MEMBER`, plain or gzip. Columns count from 1; two
/// of them are a spoilt text and its original. Without one, a `.tsv` gives its first column, a `.jsonl` or
/// `.ndjson` the member `text` (each with `.gz` too), and any other file whole lines. Pairs may lie in two files too,
/// the lines of the one beside those of the other.
public struct CorpusSource: Sendable, Equatable, CustomStringConvertible {
  /// What of a line is text.
  public enum Field: Sendable, Equatable {
    /// All of it.
    case line
    /// A tab-separated column, from 1.
    case column(Int)
    /// Two tab-separated columns, from 1: a spoilt text and its original.
    case pair(noisy: Int, clean: Int)
    /// The string of a name in a JSON object.
    case member(ByteString)
    /// All of it, what is to be written of it being the line of the same number in another file.
    case aligned(target: String)
  }

  /// The file.
  public let path: String
  /// What of its lines is text.
  public let field: Field
  /// How its bytes are to be read.
  public let encoding: TextEncoding

  /// Creates a source.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - field: what of its lines is text.
  ///   - encoding: how its bytes are to be read.
  public init(path: String, field: Field = .line, encoding: TextEncoding = .utf8) {
    switch field {
    case .column(let column): precondition(column > 0, "CorpusSource: column \(column)")
    case .pair(let noisy, let clean):
      precondition(noisy > 0 && clean > 0, "CorpusSource: columns \(noisy) and \(clean)")
    case .line, .member, .aligned: break
    }
    self.path = path
    self.field = field
    self.encoding = encoding
  }

  /// Reads an argument.
  ///
  /// - Parameters:
  ///   - argument: `FILE`, `FILE:COLUMN`, `FILE:NOISY,CLEAN` or `FILE.jsonl:MEMBER`.
  ///   - encoding: how the file's bytes are to be read.
  /// - Throws: `Failure(.usage)` for a column that is no number from 1 to 1,000.
  public init(_ argument: String, encoding: TextEncoding = .utf8) throws(Failure) {
    let bytes = Array(argument.utf8)
    if let colon = bytes.lastIndex(of: UInt8(ascii: ":")), !Path.exists(argument) {
      let (path, tail) = (
        String(decoding: bytes[..<colon], as: UTF8.self), Array(bytes[(colon + 1)...])
      )
      if !tail.isEmpty, let field = try CorpusSource.field(tail, of: path, argument) {
        self.init(path: path, field: field, encoding: encoding)
        return
      }
    }
    // A recipe may take a folder, whatever it is called.
    let kind = Path.isDirectory(argument) ? .text : CorpusSource.kind(of: argument)
    self.init(
      path: argument, field: kind == .tsv ? .column(1) : kind == .jsonl ? .member("text") : .line,
      encoding: encoding)
  }

  /// The field that the end of an argument names; nil if it belongs to the file's name.
  private static func field(
    _ tail: [UInt8], of path: String, _ argument: String
  ) throws(Failure) -> Field? {
    if kind(of: path) == .jsonl { return .member(ByteString(tail)) }
    let numbers = tail.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
    let isNumeric = numbers.allSatisfy { digits in
      !digits.isEmpty
        && digits.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
    guard isNumeric, numbers.count <= 2 else { return nil }
    let columns = numbers.compactMap { Int(String(decoding: $0, as: UTF8.self)) }
    guard columns.count == numbers.count, columns.allSatisfy((1...1000).contains) else {
      throw Failure(.usage, "\(argument): columns count from 1 to 1000")
    }
    return columns.count == 1
      ? .column(columns[0]) : .pair(noisy: columns[0], clean: columns[1])
  }

  private enum Kind {
    case text, tsv, jsonl
  }

  private static func kind(of path: String) -> Kind {
    if DocumentReader.isObjects(path) { return .jsonl }
    return path.hasSuffix(".tsv") || path.hasSuffix(".tsv.gz") ? .tsv : .text
  }

  /// The argument that names it.
  public var description: String {
    switch field {
    case .line: path
    case .column(let column): "\(path):\(column)"
    case .pair(let noisy, let clean): "\(path):\(noisy),\(clean)"
    case .member(let name): "\(path):\(name.string)"
    case .aligned(let target): "\(path) and \(target)"
    }
  }

  /// Whether it has spoilt texts beside their originals, or any others that belong together.
  public var isPairs: Bool {
    switch field {
    case .pair, .aligned: true
    case .line, .column, .member: false
    }
  }

  /// The files.
  var paths: [String] {
    if case .aligned(let target) = field { [path, target] } else { [path] }
  }

  /// The two sides of pairs as corpora of their own, else itself.
  var sides: [CorpusSource] {
    switch field {
    case .pair(let noisy, let clean):
      [noisy, clean].map { CorpusSource(path: path, field: .column($0), encoding: encoding) }
    case .aligned: paths.map { CorpusSource(path: $0, encoding: encoding) }
    case .line, .column, .member: [self]
    }
  }

  /// Returns a line of the file as UTF-8.
  ///
  /// - Parameters:
  ///   - line: its bytes as they are there.
  ///   - place: where it stands, for the message.
  /// - Returns: the line in UTF-8.
  /// - Throws: `Failure(.data)` for what is not of the encoding.
  func utf8(_ line: [UInt8], at place: String) throws(Failure) -> [UInt8] {
    guard let line = encoding.utf8(line) else {
      throw Failure(
        .data,
        "\(place) is not \(encoding.rawValue.uppercased()): see --encoding, or convert the file")
    }
    return line
  }

  /// The same, from the root.
  var absolute: CorpusSource {
    var field = field
    if case .aligned(let target) = field { field = .aligned(target: Path.absolute(target)) }
    return CorpusSource(path: Path.absolute(path), field: field, encoding: encoding)
  }
}

// MARK: - training.json

extension CorpusSource {
  /// What `training.json` says of it: what an argument does, or the names of two files.
  var json: JSON {
    guard case .aligned(let target) = field else { return JSON(description) }
    return ["source": JSON(path), "target": JSON(target)]
  }

  /// Reads what `training.json` says; nil if that is none.
  ///
  /// - Parameters:
  ///   - json: the value.
  ///   - encoding: how the file's bytes are to be read.
  /// - Throws: `Failure(.usage)` for a column that is no number from 1 to 1,000.
  init?(json: JSON, encoding: TextEncoding) throws(Failure) {
    if let text = json.stringValue {
      try self.init(text.string, encoding: encoding)
    } else if let source = json["source"]?.stringValue, let target = json["target"]?.stringValue {
      self.init(
        path: source.string, field: .aligned(target: target.string), encoding: encoding)
    } else {
      return nil
    }
  }
}
