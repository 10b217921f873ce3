import SeqaeFiles

/// The documents of files and folders, one at a time, in memory that the longest one bounds.
///
/// - A file of JSON lines (`.jsonl`, `.ndjson`, also with `.gz`) has an object a line: `Document`.
/// - Of any other file each line that isn't blank is a document, whose id is the file's name and the line's number, with a
///   colon between.
/// - Of a folder each file below it is a document, whose id is its path there, but JSON lines are taken for what they are. One
///   with a `corpus.jsonl` is a BEIR collection, of which that file is read, and one with the three files of a SMART collection,
///   such as Cranfield, gives the documents of that, which are in memory all at once.
public struct DocumentReader {
  private enum Source {
    case objects(String)
    case lines(String)
    case whole(String, id: String)
    case collection(SMARTCollection)
  }

  /// How many bytes were read.
  public private(set) var bytesRead = 0
  /// How many bytes there are to read; 0 where that isn't known, as of a compressed file.
  public let bytesInAll: Int

  private var sources: ArraySlice<Source>
  private var lines: LineReader?
  private var collected: ArraySlice<Document>?  // what is left of a collection

  /// Looks for documents.
  ///
  /// - Parameter paths: files and folders.
  /// - Throws: `Failure(.missingInput)` if one is not there; `Failure(.data)` for a folder with nothing in it.
  public init(_ paths: [String]) throws(Failure) {
    var sources: [Source] = []
    var size = 0
    for path in paths {
      guard Path.isDirectory(path) else {
        guard Path.exists(path) else {
          throw Failure(.missingInput, "\(path): no such file or folder: check the path")
        }
        sources.append(Self.isObjects(path) ? .objects(path) : .lines(path))
        // A pipe has no size.
        if Path.isRegularFile(path) { size += try Path.fileSize(path) }
        continue
      }
      let corpus = Path.join(path, "corpus.jsonl")
      for name in [corpus, corpus + ".gz"] where Path.exists(name) {
        sources.append(.objects(name))
        size += try Path.fileSize(name)
      }
      if case .objects(let found)? = sources.last, Path.directory(found) == path { continue }
      // A folder of texts may have some of the names by chance.
      if let collection = (try? SMARTCollection(path)) ?? nil {
        sources.append(.collection(collection))
        continue
      }
      let before = sources.count
      for name in try Self.files(in: path) {
        let file = Path.join(path, name)
        sources.append(Self.isObjects(file) ? .objects(file) : .whole(file, id: name))
        size += try Path.fileSize(file)
      }
      guard sources.count > before else {
        throw Failure(.data, "\(path): expected files of text or JSON lines, found none")
      }
    }
    self.sources = sources[...]
    let isKnown = sources.allSatisfy { source in
      switch source {
      case .objects(let path), .lines(let path), .whole(let path, _): !path.hasSuffix(".gz")
      case .collection: false
      }
    }
    bytesInAll = isKnown ? size : 0
  }

  /// Reads JSON lines from a descriptor, such as standard input.
  public init(descriptor: Int32, name: String) {
    sources = [.objects(name)]
    bytesInAll = 0
    lines = LineReader(descriptor: descriptor, name: name)
  }

  /// Returns the next document; nil after the last.
  ///
  /// - Throws: `Failure(.data)` for a line that is no document or not UTF-8, or a `Failure` if reading fails.
  public mutating func next() throws(Failure) -> Document? {
    while let source = sources.first {
      switch source {
      case .whole(let path, let id):
        sources.removeFirst()
        let file = try MappedFile(path)
        let text = withExtendedLifetime(file) { Array(file.bytes) }
        bytesRead += text.count
        try Self.requireUTF8(text, path)
        return Document(id: ByteString(id), text: text)
      case .objects(let path):
        guard let (line, place) = try nextLine(path) else { break }
        return try Document(try JSON.parse(line, name: place), at: place)
      case .lines(let path):
        guard let (line, place) = try nextLine(path) else { break }
        try Self.requireUTF8(line, place)
        let number = lines?.lineNumber ?? 0
        return Document(id: ByteString("\(Path.lastComponent(path)):\(number)"), text: line)
      case .collection(let collection):
        if collected == nil { collected = try collection.documents()[...] }
        if let document = collected?.popFirst() { return document }
        collected = nil
      }
      sources.removeFirst()
      lines = nil
    }
    return nil
  }

  /// The next line of a file that isn't blank, and where it stands.
  private mutating func nextLine(
    _ path: String
  ) throws(Failure) -> (line: [UInt8], place: String)? {
    if lines == nil { lines = try LineReader(path: path) }
    while let line = try lines?.next() {
      bytesRead += line.count + 1
      guard line.contains(where: { $0 > 0x20 }) else { continue }
      return (line, "\(path): line \(lines?.lineNumber ?? 0)")
    }
    return nil
  }

  private static func requireUTF8(_ text: [UInt8], _ place: String) throws(Failure) {
    guard let offset = UTF8Validation.firstInvalid(in: text) else { return }
    throw Failure(.data, "\(place): not UTF-8 at byte \(offset + 1): convert it with iconv")
  }

  /// Whether a file is of JSON lines, by its name.
  package static func isObjects(_ path: String) -> Bool {
    let name = path.hasSuffix(".gz") ? path.dropLast(3) : path[...]
    return name.hasSuffix(".jsonl") || name.hasSuffix(".ndjson")
  }

  /// The files below a folder, by their paths there, in byte order; hidden ones are left out.
  private static func files(in folder: String) throws(Failure) -> [String] {
    var files: [String] = []
    for name in try Path.list(folder) where !name.hasPrefix(".") {
      let path = Path.join(folder, name)
      if Path.isDirectory(path) {
        for inner in try Self.files(in: path) { files.append(Path.join(name, inner)) }
      } else if Path.isRegularFile(path) {
        files.append(name)
      }
    }
    return files.sorted { ByteString($0) < ByteString($1) }
  }
}
