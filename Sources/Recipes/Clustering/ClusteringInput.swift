import SeqaeFiles
import SeqaeLatentSpace

/// What is to be put into clusters: all of a file.
public enum ClusteringInput: Sendable, Equatable {
  /// Vectors, one a row.
  case vectors(DenseMatrix)
  /// Texts, UTF-8, empty ones too.
  case texts([[UInt8]])

  /// The number of vectors or texts.
  public var count: Int {
    switch self {
    case .vectors(let vectors): vectors.rows
    case .texts(let texts): texts.count
    }
  }

  /// Reads a file: a matrix of NumPy's; JSON lines that are arrays of numbers, or objects with one under `vector` or the
  /// member that the source names; or else texts as the source names them.
  ///
  /// - Parameter source: the file and what of its lines counts.
  /// - Throws: `Failure(.missingInput)`; `Failure(.data)` for what is neither, vectors of different lengths or with
  ///   values that are not finite, and for a file of nothing.
  public init(_ source: CorpusSource) throws(Failure) {
    if source.path.hasSuffix(".npy") {
      self = .vectors(try Self.matrix(source.path))
    } else if case .member(let name) = source.field {
      self = try Self.objects(source, name)
    } else {
      self = .texts(try Self.fields(of: source))
    }
    guard count > 0 else { throw Failure(.data, "\(source.path): has nothing to cluster") }
  }

  /// Reads what a source names of each line, in order: every line has its own.
  ///
  /// - Parameter source: lines or a column of them.
  /// - Returns: as many texts as the file has lines.
  /// - Throws: `Failure(.missingInput)`; `Failure(.data)` for a line that is misspelt or lacks the column.
  public static func fields(of source: CorpusSource) throws(Failure) -> [[UInt8]] {
    var lines = try LineReader(path: source.path)
    var texts: [[UInt8]] = []
    while let bytes = try lines.next() {
      let place = "\(source.path): line \(lines.lineNumber)"
      let line = try source.utf8(bytes, at: place)
      switch source.field {
      case .line: texts.append(line)
      case .column(let column):
        let fields = line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
        guard column <= fields.count else {
          throw Failure(
            .data, "\(place) has \(counted(fields.count, "column")) and no column \(column)")
        }
        texts.append(Array(fields[column - 1]))
      case .member(let name):
        guard let text = try JSON.parse(line, name: place)[name]?.stringValue else {
          throw Failure(.data, "\(place) has no string \(name.quoted)")
        }
        texts.append(text.bytes)
      case .pair, .aligned:
        throw Failure(.usage, "\(source): expected one column, found two")
      }
    }
    return texts
  }

  private static func matrix(_ path: String) throws(Failure) -> DenseMatrix {
    let file = try NPYFile(path)
    guard file.shape.count == 2, file.shape[1] > 0 else {
      throw Failure(
        .data, "\(path): expected a matrix, a row for each vector, found the shape \(file.shape)")
    }
    let elements = file.doubles()
    if let place = elements.firstIndex(where: { !$0.isFinite }) {
      throw Failure(
        .data,
        "\(path): vector \(place / file.shape[1] + 1) has a value that is not finite: leave it out")
    }
    return DenseMatrix(elements, columns: file.shape[1])
  }

  private static func objects(
    _ source: CorpusSource, _ name: ByteString
  ) throws(Failure) -> ClusteringInput {
    var lines = try LineReader(path: source.path)
    var elements: [Double] = []
    var columns = 0
    while let line = try lines.next() {
      let place = "\(source.path): line \(lines.lineNumber)"
      let json = try JSON.parse(line, name: place)
      let found = json[name]?.arrayValue ?? json["vector"]?.arrayValue ?? json.arrayValue
      guard let values = found else {
        // Texts, all of them: the first line tells.
        guard lines.lineNumber == 1 else {
          throw Failure(.data, "\(place): expected a vector, as in the lines before")
        }
        return .texts(try fields(of: source))
      }
      let numbers = values.compactMap(\.doubleValue)
      guard numbers.count == values.count, numbers.allSatisfy(\.isFinite), !numbers.isEmpty else {
        throw Failure(.data, "\(place): expected a vector of numbers alone")
      }
      if columns == 0 { columns = numbers.count }
      guard numbers.count == columns else {
        throw Failure(
          .data, "\(place): expected \(columns) numbers, as before, found \(numbers.count)")
      }
      elements += numbers
    }
    return columns == 0 ? .texts([]) : .vectors(DenseMatrix(elements, columns: columns))
  }
}
