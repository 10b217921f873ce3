import SeqaeFiles

/// How documents are ranked.
public enum SearchMethod: String, CaseIterable, Sendable {
  /// By the vectors of their pieces.
  case dense
  /// By the terms that they share with the query.
  case bm25
  /// By both: reciprocal rank fusion.
  case hybrid
}

/// Documents that are found by their words and, where an embedder is given, by their meaning.
///
/// ```swift
/// let index = try TextIndex(try DocumentStores.open("papers.index"))
/// let hits = try index.search([Array("boundary layer".utf8)], by: .bm25, limit: 10)[0]
/// try index.store.document(hits[0].document).title
/// ```
public struct TextIndex {
  /// What keeps it.
  public let store: any DocumentStore
  private let embedder: (any TextEmbedder)?

  // How many documents of each ranking a fusion sees, at least.
  private static let fusedDocuments = 1000

  /// Creates an index of what keeps it.
  ///
  /// - Parameters:
  ///   - store: the documents.
  ///   - embedder: makes the vectors; nil where none are needed.
  /// - Throws: `Failure(.data)` if the index's vectors are of another embedder.
  public init(_ store: any DocumentStore, embedder: (any TextEmbedder)? = nil) throws(Failure) {
    (self.store, self.embedder) = (store, embedder)
    guard let embedder, let vectors = store.configuration.vectors else { return }
    guard embedder.dimensions == vectors.dimensions else {
      throw Failure(
        .data,
        "\(store.name): its vectors have \(vectors.dimensions) values, and this model's \(embedder.dimensions): "
          + "give the model that it was made with, \(vectors.model)")
    }
    guard embedder.fingerprint == vectors.fingerprint else {
      throw Failure(
        .data,
        "\(store.name): its vectors were made by a model with other weights: give the one it was made with, "
          + "\(vectors.model), or make the index anew")
    }
  }

  /// What became of the documents that were given to an index.
  public struct Changes: Sendable, Equatable {
    /// Those that are new.
    public var added = 0
    /// Those that took the place of others with their ids.
    public var replaced = 0
    /// Those that were there already, the same.
    public var unchanged = 0

    /// Creates the changes of nothing.
    public init() {}

    /// How many there were.
    public var count: Int { added + replaced + unchanged }
  }

  /// What is done with a document whose id is in the index with other contents.
  public enum Conflict: Sendable {
    /// The change ends before it with a failure.
    case refuse
    /// It takes the other's place.
    case replace
  }

  // As much as is embedded and written at once.
  private static let batchDocuments = 256
  private static let batchBytes = 1 << 20

  /// Adds documents, in changes of a few hundred: what was added before a failure or a kill stays, and to add the same ones
  /// again goes on from there.
  ///
  /// - Parameters:
  ///   - next: returns the next document; nil after the last.
  ///   - conflict: what is done with an id that is there.
  ///   - progress: told what was done, after every change.
  /// - Returns: what was done.
  /// - Throws: `Failure(.data)` for an id that is there with other contents or is given twice, or a vector that can't be kept;
  ///   what `next` throws. What came before it is kept.
  @discardableResult
  public func add(
    _ next: () throws(Failure) -> Document?, conflict: Conflict = .refuse,
    progress: (Changes) -> Void = { _ in }
  ) throws(Failure) -> Changes {
    let run = try store.beginRun()
    var changes = Changes()
    var failure: Failure?
    repeat {
      var batch: [Document] = []
      var bytes = 0
      do throws(Failure) {
        while batch.count < Self.batchDocuments, bytes < Self.batchBytes {
          guard let document = try next() else { break }
          batch.append(document)
          bytes += document.text.count
        }
      } catch {
        failure = error
      }
      if batch.isEmpty { break }
      try add(batch, conflict, run, &changes)
      progress(changes)
    } while failure == nil
    if let failure { throw failure }
    return changes
  }

  /// Adds a batch up to what can't be added.
  private func add(
    _ batch: [Document], _ conflict: Conflict, _ run: Int, _ changes: inout Changes
  ) throws(Failure) {
    var own: [ByteString: UInt64] = [:]
    var (wanted, same): ([Document], [ByteString]) = ([], [])
    var (planned, failure) = (changes, Failure?.none)
    for document in batch {
      let old = try store.state(of: document.id)
      let isTwice = own[document.id] != nil || old?.run == run
      let there = own[document.id] ?? old?.checksum
      if there == document.checksum {
        planned.unchanged += 1
        if !isTwice { same.append(document.id) }
      } else if isTwice {
        failure = Failure(
          .data,
          "document \(document.id.quoted): given twice, with different contents: give each id once")
        break
      } else if there != nil, conflict == .refuse {
        failure = Failure(
          .data,
          "\(store.name): document \(document.id.quoted) is there with other contents: seqae index update "
            + "replaces it")
        break
      } else {
        if there == nil { planned.added += 1 } else { planned.replaced += 1 }
        wanted.append(document)
      }
      own[document.id] = document.checksum
    }
    let (stored, wrong) = try prepare(wanted)
    if !stored.isEmpty { try store.write(stored, run: run) }
    // Of an update alone it matters what a run has seen; adding refuses changed documents anyway.
    if conflict == .replace { try store.mark(same, run: run) }
    if let failure = wrong ?? failure { throw failure }
    changes = planned
  }

  /// Cuts and embeds documents; those before one whose vectors can't be kept, with that one's failure.
  private func prepare(
    _ documents: [Document]
  ) throws(Failure) -> (stored: [StoredDocument], failure: Failure?) {
    let configuration = store.configuration
    var stored = documents.map { document in
      let ranges = Passages.ranges(
        of: document.text, limit: configuration.pieceLimit, overlap: configuration.pieceOverlap)
      return StoredDocument(
        document: document,
        pieces: (ranges.isEmpty && !document.title.isEmpty ? [0..<document.text.count] : ranges).map
        {
          StoredDocument.Piece(
            range: $0,
            tokens: KeywordTerms.tokens(configuration.terms.terms(of: Self.text(document, $0))),
            vector: nil)
        })
    }
    guard let vectors = configuration.vectors else { return (stored, nil) }
    let embedder = try requireEmbedder()
    let texts = stored.flatMap { item in item.pieces.map { Self.text(item.document, $0.range) } }
    var rows = try embedder.embed(texts)[...]
    for number in stored.indices {
      for piece in stored[number].pieces.indices {
        do throws(Failure) {
          stored[number].pieces[piece].vector = try vectors.metric.prepared(
            rows.removeFirst(), dimensions: vectors.dimensions,
            of: "document \(stored[number].document.id.quoted)")
        } catch {
          return (Array(stored[..<number]), error)
        }
      }
    }
    return (stored, nil)
  }

  /// What is embedded and searched of a piece: the document's title and the piece.
  private static func text(_ document: Document, _ range: Range<Int>) -> [UInt8] {
    let piece = Array(document.text[range])
    return document.title.isEmpty ? piece : document.title + [0x20] + piece
  }

  private func requireEmbedder() throws(Failure) -> any TextEmbedder {
    guard let embedder else {
      let model = store.configuration.vectors?.model ?? ""
      throw Failure(.usage, "\(store.name): needs the model that it was made with, \(model)")
    }
    return embedder
  }
}

// MARK: - Finding

extension TextIndex {
  /// Returns for each query the documents that answer it, the best first.
  ///
  /// - Parameters:
  ///   - queries: UTF-8.
  ///   - repaired: the queries without their errors, of which `hybrid` ranks by meaning, and by terms beside those of the
  ///     queries as they are; empty where none were repaired.
  ///   - method: how documents are ranked. Scores are those of BM25, cosines or inner products, or sums of reciprocal ranks.
  ///   - limit: the most documents.
  ///   - filters: what the documents must have, all of it.
  /// - Returns: the hits, in the order of the queries.
  /// - Throws: `Failure(.usage)` if vectors are needed and the index has none; `Failure(.data)` if it is damaged.
  public func search(
    _ queries: [[UInt8]], repaired: [[UInt8]] = [], by method: SearchMethod, limit: Int,
    filters: [DocumentFilter] = []
  ) throws(Failure) -> [[Hit]] {
    precondition(
      repaired.isEmpty || repaired.count == queries.count,
      "TextIndex.search: \(repaired.count) repairs of \(queries.count) queries")
    switch method {
    case .bm25: return try matches(queries, limit, filters)
    case .dense: return try nearest(queries, limit, filters)
    case .hybrid:
      let depth = max(limit, Self.fusedDocuments)
      let clean = repaired.isEmpty ? queries : repaired
      let dense = try nearest(clean, depth, filters)
      let terms = try matches(queries, depth, filters)
      var fused: [[Hit]] = []
      for (number, query) in queries.enumerated() {
        var rankings = [dense[number], terms[number]]
        if clean[number] != query { rankings += try matches([clean[number]], depth, filters) }
        fused.append(Array(RankFusion.fuse(rankings).prefix(limit)))
      }
      return fused
    }
  }

  private func matches(
    _ queries: [[UInt8]], _ limit: Int, _ filters: [DocumentFilter]
  ) throws(Failure) -> [[Hit]] {
    var hits: [[Hit]] = []
    for query in queries {
      hits.append(
        try store.matches(
          store.configuration.terms.terms(of: query), limit: limit, filters: filters))
    }
    return hits
  }

  private func nearest(
    _ queries: [[UInt8]], _ limit: Int, _ filters: [DocumentFilter]
  ) throws(Failure) -> [[Hit]] {
    guard let vectors = store.configuration.vectors else {
      throw Failure(
        .usage,
        "\(store.name): has no vectors: search it with --method bm25, or make it anew with --model")
    }
    var prepared: [[Float]] = []
    for (query, vector) in zip(queries, try requireEmbedder().embed(queries)) {
      prepared.append(
        try vectors.metric.prepared(
          vector, dimensions: vectors.dimensions, of: "query \(ByteString(query).quoted)"))
    }
    return try store.nearest(to: prepared, limit: limit, filters: filters)
  }
}
