import SeqaeFiles

/// Documents, queries, and which of the documents answer which query: a folder in BEIR's layout or in SMART's.
public struct RetrievalSet: Sendable {
  /// A question with its judgements.
  public struct Query: Sendable {
    /// What tells it from the others.
    public var id: ByteString
    /// UTF-8.
    public var text: [UInt8]
    /// How relevant documents are to it.
    public var judgements: RankingMetrics.Judgements
  }

  /// The documents.
  public let documents: [Document]
  /// The queries that have judgements.
  public let queries: [Query]

  /// Reads a folder: with `corpus.jsonl`, `queries.jsonl` and `qrels/test.tsv` (Thakur et al. 2021, *BEIR*), or with the three
  /// files of a SMART collection, as Cranfield, CISI and MED have them; any of them may be gzip.
  ///
  /// - Parameter folder: its path.
  /// - Throws: `Failure(.missingInput)` if a file is missing; `Failure(.data)` if one can't be understood.
  public init(_ folder: String) throws(Failure) {
    guard Path.isDirectory(folder) else {
      throw Failure(
        .missingInput,
        "\(folder): no such folder: give one with corpus.jsonl, queries.jsonl and qrels/test.tsv")
    }
    let texts: [(id: ByteString, text: [UInt8])]
    let judgements: [ByteString: RankingMetrics.Judgements]
    if let smart = try SMARTCollection(folder) {
      (documents, texts) = (try smart.documents(), try smart.queries())
      judgements = try smart.judgements()
    } else {
      documents = try Self.documents(folder)
      texts = try Self.queries(folder)
      judgements = try Self.judgements(folder)
    }
    let queries = texts.compactMap { id, text in
      judgements[id].map { Query(id: id, text: text, judgements: $0) }
    }
    guard !queries.isEmpty else {
      throw Failure(.data, "\(folder): none of its \(texts.count) queries has judgements")
    }
    self.queries = queries
  }

  private static func documents(_ folder: String) throws(Failure) -> [Document] {
    var reader = try DocumentReader([try file("corpus.jsonl", in: folder)])
    var documents: [Document] = []
    while let document = try reader.next() { documents.append(document) }
    return documents
  }

  private static func queries(
    _ folder: String
  ) throws(Failure) -> [(id: ByteString, text: [UInt8])] {
    var reader = try DocumentReader([try file("queries.jsonl", in: folder)])
    var queries: [(id: ByteString, text: [UInt8])] = []
    while let query = try reader.next() { queries.append((query.id, query.text)) }
    return queries
  }

  private static func judgements(
    _ folder: String
  ) throws(Failure) -> [ByteString: RankingMetrics.Judgements] {
    let path = try file(Path.join("qrels", "test.tsv"), in: folder)
    var lines = try LineReader(path: path)
    var judgements: [ByteString: RankingMetrics.Judgements] = [:]
    while let line = try lines.next() {
      let fields = line.split(separator: 0x09, omittingEmptySubsequences: false)
      let grade = fields.last.flatMap { Int(String(decoding: $0, as: UTF8.self)) }
      guard fields.count == 3, let grade else {
        // The first line names the columns.
        if lines.lineNumber == 1, fields.count == 3 { continue }
        throw Failure(
          .data,
          "\(path): line \(lines.lineNumber): expected a query, a document and a grade with tabs between, found "
            + ByteString(line).quoted)
      }
      judgements[ByteString(Array(fields[0])), default: [:]][ByteString(Array(fields[1]))] = grade
    }
    return judgements
  }

  /// The path of a file of a folder, which may be compressed.
  private static func file(_ name: String, in folder: String) throws(Failure) -> String {
    let path = Path.join(folder, name)
    for path in [path, path + ".gz"] where Path.exists(path) { return path }
    throw Failure(
      .missingInput,
      "\(path): no such file: a folder of BEIR's has corpus.jsonl, queries.jsonl and qrels/test.tsv"
    )
  }
}
