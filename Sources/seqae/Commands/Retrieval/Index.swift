import SeqaeFiles
import SeqaeRecipes
import SeqaeRetrieval
import SeqaeTraining

/// `seqae index`: makes and keeps what `seqae search` searches.
struct Index: Command {
  static let name = "index"
  static let abstract = "Make an index of documents for seqae search, and keep it."
  static let discussion = """
    create makes an index: of words alone, or with --model of vectors too, whose model and metric it
    keeps. add adds documents: those that are there already are skipped, so that the same command goes
    on where one was interrupted, and an id that is there with other contents is an error; update
    replaces such ones. remove takes ids, verify looks at everything and says what is damaged.

    INDEX is one file of SQLite's, or the address of a PostgreSQL database (postgresql://user@host/name),
    which needs pgvector if there are vectors, and has it in the schema seqae. A kill at any moment leaves
    it before or after a change, of which add makes one every few hundred documents. In a database, --hnsw
    M makes a graph in which each vector is linked with M others: searches are faster and no longer exact.

    --documents takes JSON lines (.jsonl, .jsonl.gz) of {"id","text","title"?}, whose other members are
    metadata for seqae search --filter; other files, of which each line is a document, NAME:LINE its id;
    and folders, of whose files each is a document and its path the id, or with a BEIR or SMART
    collection. Without it add and update read JSON lines from standard input, and remove reads ids, a
    line each.

    Texts are folded: widths, cases, traditional and simplified characters find each other. Those of more
    than --piece bytes are cut where sentences end, each piece beginning with the end of the one before;
    a document is as good as its best piece.
    """
  static let example = [
    "$ seqae index create papers.index --documents papers.jsonl --model runs/vae",
    "$ seqae search papers.index 'heat transfer'",
  ]

  /// What is done.
  private enum Action: String, ArgumentChoice {
    case create, add, update, remove, info, verify

    /// The options that change something, beside those of all actions.
    var options: Set<String> {
      switch self {
      case .create:
        [
          "--documents", "--metric", "--keywords", "--piece", "--hnsw", "--ef-construction",
          ModelLocation.option,
        ]
      case .add, .update: ["--documents", ModelLocation.option]
      case .remove, .info, .verify: []
      }
    }
  }

  private let action: Action
  private let path: String
  private let ids: [String]
  private let documents: [String]
  private let metric: VectorMetric
  private let keywords: KeywordTerms
  private let piece: Int
  private let links: Int?
  private let width: Int?
  private let model: ModelLocation
  private let common: CommonOptions

  init(_ arguments: inout Arguments) throws(Failure) {
    action = try arguments.choice("ACTION", placeholder: .info, help: Action.list)
    path = try arguments.word("INDEX", help: "the index: a file, or postgresql://…")
    ids = arguments.words("ID", help: "what to remove; else standard input, a line each")
    documents = try arguments.options(
      "--documents", "PATH", help: "files and folders of documents")
    metric = try arguments.option(
      "--metric", "NAME", default: .cosine, help: "cosine or dot: how vectors are compared")
    keywords = try arguments.option(
      "--keywords", "KIND", default: .both,
      help: "words, characters in a row, which wrong letters spoil less, or both")
    piece = try arguments.option(
      "--piece", "BYTES", default: Passages.standardLimit, within: 64...1 << 20,
      help: "the longest piece of a document")
    links = try arguments.option(
      "--hnsw", "M", within: 2...100, standard: "none: an exact scan",
      help: "links of each vector in a graph of neighbours (PostgreSQL)")
    width = try arguments.option(
      "--ef-construction", "N", within: 4...1000, standard: "64, or 2 M",
      help: "among how many candidates --hnsw chooses these")
    model = try ModelLocation(&arguments, default: nil)
    common = try CommonOptions(&arguments)
    try arguments.refuse(
      [
        "--documents", "--metric", "--keywords", "--piece", "--hnsw", "--ef-construction",
        ModelLocation.option,
      ].filter { !action.options.contains($0) }, when: true, "with \(action.rawValue)")
    try arguments.refuse(["--metric", "--hnsw"], when: model.given == nil, "without --model")
    try arguments.refuse(["--ef-construction"], when: links == nil, "without --hnsw")
    if let links, let width, width < 2 * links {
      throw Failure(
        .usage, "--ef-construction: expected at least twice --hnsw, \(2 * links), found \(width)")
    }
    guard ids.isEmpty || action == .remove else {
      throw Failure(
        .usage, "\(ByteString(ids[0]).quoted) is one word too many (seqae index --help)")
    }
  }

  func run() throws(Failure) -> Ending {
    common.apply()
    switch action {
    case .create: try create()
    case .add, .update:
      let index = try Indexes.open(path, model, needsModel: { _ in true })
      try add(to: index, try reader(), conflict: action == .add ? .refuse : .replace)
    case .remove: try remove()
    case .info: try inform()
    case .verify: try verify()
    }
    return .done
  }

  private func reader() throws(Failure) -> DocumentReader {
    documents.isEmpty
      ? DocumentReader(descriptor: 0, name: "standard input") : try DocumentReader(documents)
  }

  private func create() throws(Failure) {
    // What can be wrong is found before there is an index.
    let reader = documents.isEmpty ? nil : try DocumentReader(documents)
    var configuration = IndexConfiguration(terms: keywords, pieceLimit: piece)
    var embedder: (any TextEmbedder)?
    if let given = model.given {
      let made = try TextEmbedders.open(try model.folder())
      configuration.vectors = .init(
        metric: metric, dimensions: made.dimensions, fingerprint: made.fingerprint,
        model: Path.isDirectory(given) ? Path.absolute(given) : given,
        graph: links.map { .init(links: $0, width: width ?? max(64, 2 * $0)) })
      embedder = made
    }
    let store = try DocumentStores.create(path, configuration)
    let index = try TextIndex(store, embedder: embedder)
    guard let reader else {
      return common.note("\(path): made, without documents: seqae index add adds some")
    }
    do throws(Failure) {
      try add(to: index, reader, conflict: .refuse)
    } catch {
      guard error.kind == .data else { throw error }
      // It stays, with all that came before, and would be in the way of the same command.
      throw Failure(
        .data, "\(error.message); \(path) is made: mend this, then seqae index add goes on")
    }
  }

  private func add(
    to index: TextIndex, _ reader: DocumentReader, conflict: TextIndex.Conflict
  ) throws(Failure) {
    var reader = reader
    let progress = LongWork(common)
    var changes = TextIndex.Changes()
    func say() { common.note("\(path): \(Self.sentence(changes))") }
    do throws(Failure) {
      try index.add({ () throws(Failure) in try reader.next() }, conflict: conflict) { made in
        changes = made
        let share =
          reader.bytesInAll > 0 ? Double(reader.bytesRead) / Double(reader.bytesInAll) : 0
        progress.update(min(1, share)) { "\(made.count) documents" }
      }
    } catch {
      progress.clear()
      // What was done before counts.
      if changes.count > 0 { say() }
      throw error
    }
    progress.clear()
    guard common.json else { return say() }
    let result: JSON = [
      "index": JSON(path), "added": .integer(changes.added),
      "replaced": .integer(changes.replaced), "unchanged": .integer(changes.unchanged),
    ]
    try Output.standard.line(result.serialized())
  }

  private static func sentence(_ changes: TextIndex.Changes) -> String {
    let parts = [
      (changes.added, "added"), (changes.replaced, "replaced"), (changes.unchanged, "unchanged"),
    ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
    return "documents: " + (parts.isEmpty ? "none" : parts.joined(separator: ", "))
  }

  private func remove() throws(Failure) {
    let store = try DocumentStores.open(path)
    var (removed, missing) = (0, 0)
    var input = TextInput(ids)
    while let block = try input.next() {
      let ids = block.map { ByteString($0) }
      for (id, isThere) in zip(ids, try store.remove(ids)) {
        if isThere { removed += 1 } else { missing += 1 }
        if !isThere { common.note("\(path): no document \(id.quoted)") }
      }
    }
    guard common.json else {
      common.note("\(path): documents: \(removed) removed, \(missing) not there")
      return
    }
    let result: JSON = [
      "index": JSON(path), "removed": .integer(removed), "missing": .integer(missing),
    ]
    try Output.standard.line(result.serialized())
  }

  private func inform() throws(Failure) {
    let store = try DocumentStores.open(path)
    let (documents, pieces) = try store.counts()
    let configuration = store.configuration
    var members: JSONObject = [
      "index": JSON(path), "documents": .integer(documents), "pieces": .integer(pieces),
      "bytes": .integer(try store.byteCount()),
      "keywords": JSON(configuration.terms.rawValue),
      "piece": .integer(configuration.pieceLimit),
    ]
    if let vectors = configuration.vectors {
      members["metric"] = JSON(vectors.metric.rawValue)
      members["dimensions"] = .integer(vectors.dimensions)
      members["model"] = JSON(vectors.model)
      members["fingerprint"] = JSON(vectors.fingerprint)
      if let graph = vectors.graph {
        members["hnsw"] = .integer(graph.links)
        members["ef_construction"] = .integer(graph.width)
      }
    }
    if common.json { return try Output.standard.line(JSON.object(members).serialized()) }
    let rows = members.members.dropFirst().map {
      [$0.key.string, $0.value.stringValue?.string ?? "\($0.value.intValue ?? 0)"]
    }
    try Output.standard.write(Array(textTable(rows, left: [0, 1]).utf8))
  }

  private func verify() throws(Failure) {
    let store = try DocumentStores.open(path)
    let progress = LongWork(common)
    let damages = try store.verify { done, all in
      progress.update(Double(done) / Double(max(1, all))) { "\(done) of \(all) rows" }
    }
    progress.clear()
    if common.json {
      let result: JSON = ["index": JSON(path), "damages": .array(damages.map { JSON($0) })]
      try Output.standard.line(result.serialized())
    } else {
      for damage in damages { try Output.standard.line(Failure(.data, damage).message) }
    }
    guard damages.isEmpty else {
      throw Failure(
        .data,
        "\(path): damaged in \(damages.count) places: remove the documents that are named and add them again, or "
          + "make the index anew")
    }
    if !common.json { common.note("\(path): undamaged") }
  }
}
