import SeqaeFiles
import SeqaeRecipes
import SeqaeRetrieval
import SeqaeTraining

/// `seqae search`: finds documents.
struct Search: Command {
  static let name = "search"
  static let abstract = "Find the documents of an index that answer queries."
  static let discussion = """
    dense compares vectors, bm25 terms, and hybrid ranks by both: the sum of 1/(60 + rank). A line is
    rank, score, id and the best part of the document, with tabs between, the query's terms in colour on
    a terminal and else between asterisks; an empty line ends the answer to each query. With --json each
    query gives {"query", "results"}, and "repaired" if it was; a result is {"id", "score", "title"?,
    "snippet", "matches", "metadata"?}, matches being pairs of offsets in code points of the snippet.

    --filter KEY=VALUE takes documents whose metadata has this value, or an array with it; of several all
    must hold. hybrid repairs a query with the shipped denoiser before it looks for its meaning, and looks
    for the words of both, unless --repair off.
    """
  static let example = [
    "$ seqae search papers.index 'heat transfer' --top 3 --filter year=1959",
    "$ seqae search papers.index --method bm25 --json < queries.txt",
  ]

  private let path: String
  private let queries: [String]
  private let top: Int
  private let method: SearchMethod?
  private let filters: [String]
  private let searchWidth: Int?
  private let repair: QueryRepair
  private let color: RepairView.Color
  private let model: ModelLocation
  private let common: CommonOptions

  init(_ arguments: inout Arguments) throws(Failure) {
    path = try arguments.word("INDEX", help: "the index: a file, or postgresql://…")
    queries = arguments.words("QUERY", help: "what to find; else standard input, a line each")
    top = try arguments.option(
      "--top", "N", default: 10, within: 1...100_000, help: "how many documents")
    method = try arguments.optionalChoice(
      "--method", "NAME", standard: "hybrid, or bm25 in an index without vectors",
      help: "dense, bm25 or hybrid: what documents are ranked by")
    filters = try arguments.options(
      "--filter", "KEY=VALUE", help: "what the documents' metadata must have")
    searchWidth = try arguments.option(
      "--ef-search", "N", within: 1...1000, standard: "40",
      help: "among how many pieces dense looks for the nearest by a graph (--hnsw)")
    repair = try arguments.option(
      "--repair", "WHEN", default: .auto, help: "auto or off: whether hybrid repairs queries")
    color = try arguments.option(
      "--color", "WHEN", default: .auto, help: "auto, always or never, for what matches")
    model = try ModelLocation(&arguments, default: nil)
    common = try CommonOptions(&arguments)
    try arguments.refuse(["--color"], when: common.json, "with --json")
    try arguments.refuse(
      ["--repair"], when: method == .bm25 || method == .dense, "without --method hybrid")
    try arguments.refuse([ModelLocation.option], when: method == .bm25, "with --method bm25")
    // The others look among all that a graph may give, and filters are not for graphs.
    try arguments.refuse(["--ef-search"], when: method != .dense, "without --method dense")
    try arguments.refuse(["--ef-search"], when: !filters.isEmpty, "with --filter")
  }

  func run() throws(Failure) -> Ending {
    common.apply()
    let filters = try parsedFilters()
    let index = try Indexes.open(
      path, model, searchWidth: searchWidth, needsModel: { _ in self.method != .bm25 })
    let method = self.method ?? (index.store.configuration.vectors == nil ? .bm25 : .hybrid)
    let repairer =
      method == .hybrid && repair == .auto ? try QueryRepair.repairer() : nil
    var input = TextInput(queries)
    while let block = try input.next() {
      let repaired = repairer?(block) ?? []
      let hits = try index.search(
        block, repaired: repaired, by: method, limit: top, filters: filters)
      for (number, query) in block.enumerated() {
        let clean = repaired.isEmpty ? query : repaired[number]
        try write(query, repaired: clean, hits[number], index.store)
      }
      try Output.standard.flush()
    }
    return .done
  }

  private func parsedFilters() throws(Failure) -> [DocumentFilter] {
    var parsed: [DocumentFilter] = []
    for filter in filters {
      let parts = filter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[0].isEmpty else {
        throw Failure(
          .usage,
          "--filter: expected KEY=VALUE, found \(ByteString(filter).quoted): \(Arguments.separation)"
        )
      }
      parsed.append(
        DocumentFilter(key: ByteString(String(parts[0])), value: ByteString(String(parts[1]))))
    }
    return parsed
  }

  private func write(
    _ query: [UInt8], repaired: [UInt8], _ hits: [Hit], _ store: any DocumentStore
  ) throws(Failure) {
    var results: [JSON] = []
    for (position, hit) in hits.enumerated() {
      let document = try store.document(hit.document)
      let snippet = Snippet(
        of: document.text, try store.range(ofPiece: hit.piece),
        query: query + [0x20] + (repaired == query ? [] : repaired),
        terms: store.configuration.terms
      )
      if common.json {
        results.append(Self.json(document, hit, snippet))
      } else {
        let columns = ["\(position + 1)", fixed(hit.score, 4), document.id.string].map {
          Array($0.utf8)
        }
        try Output.standard.line(
          Array((columns + [shown(document, snippet)]).joined(separator: [0x09])))
      }
    }
    guard common.json else { return try Output.standard.line("") }
    var answer: JSONObject = ["query": .string(ByteString(query))]
    if repaired != query { answer["repaired"] = .string(ByteString(repaired)) }
    answer["results"] = .array(results)
    try Output.standard.line(JSON.object(answer).serialized())
  }

  /// Title and snippet, what matches marked.
  private func shown(_ document: Document, _ snippet: Snippet) -> [UInt8] {
    let (start, end) = color.isOn ? ("\u{1B}[1;31m", "\u{1B}[m") : ("*", "*")
    var text: [UInt8] = []
    if !document.title.isEmpty { text += Self.line(document.title) + Array(": ".utf8) }
    if snippet.isCut.before { text += Array("… ".utf8) }
    var position = 0
    for match in snippet.matches {
      text += snippet.text[position..<match.lowerBound]
      text += Array(start.utf8) + snippet.text[match] + Array(end.utf8)
      position = match.upperBound
    }
    text += snippet.text[position...]
    if snippet.isCut.after { text += Array(" …".utf8) }
    return text
  }

  private static func line(_ text: [UInt8]) -> [UInt8] {
    text.map { $0 < 0x20 || $0 == 0x7F ? 0x20 : $0 }
  }

  private static func json(_ document: Document, _ hit: Hit, _ snippet: Snippet) -> JSON {
    let offsets = CodePointOffsets(snippet.text)
    var members: JSONObject = [
      "id": .string(document.id), "score": .number(hit.score),
    ]
    if !document.title.isEmpty { members["title"] = .string(ByteString(document.title)) }
    members["snippet"] = .string(ByteString(snippet.text))
    members["matches"] = .array(
      snippet.matches.map { match in
        let range = offsets.covering(match)
        return .array([.integer(range.lowerBound), .integer(range.upperBound)])
      })
    if !document.metadata.isEmpty { members["metadata"] = .object(document.metadata) }
    return .object(members)
  }
}
