import SeqaeFiles
import SeqaeLatentSpace
import SeqaeRandom
import SeqaeRetrieval

/// Judges rankings of a collection's documents for its queries, as they are and with noise.
public final class RetrievalEvaluation {
  /// How many documents of a ranking are judged, as TREC has it.
  public static let depth = 1000

  /// What the rankings depend on.
  public struct Options {
    /// What the index finds words by.
    public var keywords = KeywordTerms.both
    /// How vectors are compared.
    public var metric = VectorMetric.cosine
    /// What TF-IDF counts.
    public var terms = Terms.words
    /// How many directions latent semantic analysis has.
    public var dimensions = 128

    /// Creates the options of an index that nothing was said of.
    public init() {}
  }

  /// A noise of the queries and how much of it.
  public struct QueryNoise: Sendable, Equatable {
    /// What is done to them.
    public var noise: BenchNoise
    /// The share of their letters or gaps.
    public var rate: Double

    /// Creates a noise.
    public init(_ noise: BenchNoise, rate: Double) { (self.noise, self.rate) = (noise, rate) }
  }

  private let set: RetrievalSet
  private let options: Options
  private let embedder: (any TextEmbedder)?
  private let repair: (([[UInt8]]) -> [[UInt8]])?
  private var index: TextIndex?
  private var rankings: [RetrievalMethod: WholeDocumentRanking] = [:]

  /// Creates an evaluation.
  ///
  /// - Parameters:
  ///   - set: documents, queries and judgements.
  ///   - options: what the rankings depend on.
  ///   - embedder: makes vectors; nil if no method needs them.
  ///   - repair: repairs queries for `hybrid`; nil where they stay as they are.
  public init(
    _ set: RetrievalSet, _ options: Options = Options(), embedder: (any TextEmbedder)? = nil,
    repair: (([[UInt8]]) -> [[UInt8]])? = nil
  ) {
    (self.set, self.options, self.embedder, self.repair) = (set, options, embedder, repair)
  }

  /// Returns the queries with noise, each with its own, which depends on nothing but its text.
  public func queries(_ noise: QueryNoise?) -> [[UInt8]] {
    guard let noise else { return set.queries.map(\.text) }
    let random = Random(seed: Self.seed).child(noise.noise.rawValue)
      .child(UInt64((noise.rate * 1000).rounded()))
    return set.queries.map { query in
      let text = noise.noise.corrupt(
        String(decoding: query.text, as: UTF8.self), rate: noise.rate, Language(of: query.text),
        using: random.child(Splits.hash(query.text)))
      return Array(text.utf8)
    }
  }

  private static let seed: UInt64 = 2026

  /// Returns the figures of each query.
  ///
  /// - Parameters:
  ///   - method: what ranks.
  ///   - noise: what is done to the queries; nil for nothing.
  ///   - progress: told how many of the documents are in the index.
  /// - Returns: the figures, in the order of the queries.
  /// - Throws: `Failure(.unavailable)` in a build without SQLite, or what the embedder throws.
  public func figures(
    _ method: RetrievalMethod, noise: QueryNoise? = nil, progress: (Int) -> Void = { _ in }
  ) throws(Failure) -> [RankingMetrics] {
    let queries = queries(noise)
    guard let search = method.search else { return try wholeDocuments(queries, method) }
    let index = try index(progress)
    let repaired = search == .hybrid ? repair?(queries) ?? [] : []
    let hits = try index.search(queries, repaired: repaired, by: search, limit: Self.depth)
    return zip(set.queries, hits).map { query, hits in
      // A document's number is its place, from 1: the index was filled once.
      RankingMetrics(
        of: hits.map { (set.documents[$0.document - 1].id, $0.score) }, query.judgements)
    }
  }

  private func index(_ progress: (Int) -> Void) throws(Failure) -> TextIndex {
    if let index { return index }
    var configuration = IndexConfiguration(terms: options.keywords)
    if let embedder {
      configuration.vectors = .init(
        metric: options.metric, dimensions: embedder.dimensions, fingerprint: embedder.fingerprint,
        model: "")
    }
    let index = try TextIndex(
      try DocumentStores.inMemory(configuration), embedder: embedder)
    var documents = set.documents[...]
    try index.add({ () in documents.popFirst() }, progress: { progress($0.count) })
    self.index = index
    return index
  }

  private func wholeDocuments(
    _ queries: [[UInt8]], _ method: RetrievalMethod
  ) throws(Failure) -> [RankingMetrics] {
    let ranking: WholeDocumentRanking
    if let made = rankings[method] { ranking = made } else { ranking = try self.ranking(method) }
    rankings[method] = ranking
    return zip(set.queries, try ranking.scores(of: queries)).map { query, scores in
      var best = TopScores(limit: Self.depth)
      for (row, score) in scores { best.add(set.documents[row].id, score) }
      return RankingMetrics(of: best.scores, query.judgements)
    }
  }

  private func ranking(_ method: RetrievalMethod) throws(Failure) -> WholeDocumentRanking {
    let texts = set.documents.map(\.wholeText)
    switch method {
    case .lsa:
      let analysis = LatentSemanticAnalysis(
        texts, terms: options.terms, dimensions: options.dimensions)
      let rows = texts.map { WholeDocumentRanking.unit(analysis.vector(of: $0)) }
      return .directions(analysis, rows: rows)
    case .hamming:
      guard let embedder else { preconditionFailure("RetrievalEvaluation: no embedder") }
      var codes = BinaryCodes(bits: embedder.dimensions)
      for vector in try embedder.embed(texts) { codes.append(vector) }
      return .bits(embedder, codes)
    case .tfidf, .tfidfDot, .dense, .bm25, .hybrid:
      let weights = TFIDF(texts, terms: options.terms)
      let rows = texts.map { weights.vector(of: $0) }
      return .weights(weights, rows: method == .tfidfDot ? rows : rows.map(\.unit))
    }
  }
}

/// The best scores, cut down now and then.
private struct TopScores {
  let limit: Int
  private var all: [(id: ByteString, score: Double)] = []

  init(limit: Int) { self.limit = limit }

  mutating func add(_ id: ByteString, _ score: Double) {
    all.append((id, score))
    if all.count >= 2 * limit { cut() }
  }

  private mutating func cut() {
    all.sort { $0.score == $1.score ? $0.id > $1.id : $0.score > $1.score }
    all.removeLast(max(0, all.count - limit))
  }

  var scores: [(id: ByteString, score: Double)] {
    var copy = self
    copy.cut()
    return copy.all
  }
}
