import SeqaeFiles

/// What an index was made with, which its documents and queries share.
public struct IndexConfiguration: Sendable, Equatable {
  /// What is known of the vectors.
  public struct Vectors: Sendable, Equatable {
    /// How they are compared.
    public var metric: VectorMetric
    /// How many values each has.
    public var dimensions: Int
    /// The embedder's.
    public var fingerprint: String
    /// The embedder's folder, or the name of a shipped one.
    public var model: String
    /// By what they are found approximately; nil for an exact scan.
    public var graph: VectorGraph?

    /// Creates a description.
    public init(
      metric: VectorMetric, dimensions: Int, fingerprint: String, model: String,
      graph: VectorGraph? = nil
    ) {
      (self.metric, self.dimensions) = (metric, dimensions)
      (self.fingerprint, self.model, self.graph) = (fingerprint, model, graph)
    }
  }

  /// A graph of neighbours (HNSW: Malkov & Yashunin 2020), which a PostgreSQL server keeps.
  public struct VectorGraph: Sendable, Equatable {
    /// M: how many neighbours a vector is linked with in each layer.
    public var links: Int
    /// efConstruction: among how many candidates these are chosen.
    public var width: Int

    /// Creates a description.
    public init(links: Int = 16, width: Int = 64) {  // pgvector's
      (self.links, self.width) = (links, width)
    }
  }

  /// What texts are found by.
  public var terms: KeywordTerms
  /// The most bytes of a piece of a document.
  public var pieceLimit: Int
  /// The most bytes that two pieces share: a fifth of a piece.
  public var pieceOverlap: Int { pieceLimit / 5 }
  /// The vectors; nil for an index of keywords alone.
  public var vectors: Vectors?

  /// Creates a configuration.
  public init(
    terms: KeywordTerms = .both, pieceLimit: Int = Passages.standardLimit, vectors: Vectors? = nil
  ) {
    (self.terms, self.pieceLimit, self.vectors) = (terms, pieceLimit, vectors)
  }
}

/// A document and its pieces, as a store takes them.
public struct StoredDocument: Sendable {
  /// A piece of a document.
  public struct Piece: Sendable {
    /// Where it lies in the text.
    public var range: Range<Int>
    /// Its terms as FTS5 takes them: `KeywordTerms.tokens`.
    public var tokens: [UInt8]
    /// Its vector, prepared for the index's metric; nil in an index of keywords.
    public var vector: [Float]?
  }

  /// The document.
  public var document: Document
  /// Its pieces, in order; none for a document without text.
  public var pieces: [Piece]
}

/// A document that answers a query, by the numbers that the store gave it.
public struct Hit: Sendable, Equatable {
  /// The document's number.
  public var document: Int
  /// The number of the piece that answers best.
  public var piece: Int
  /// How well, the larger the better: within one list of hits only.
  public var score: Double

  /// Creates a hit.
  public init(document: Int, piece: Int, score: Double) {
    (self.document, self.piece, self.score) = (document, piece, score)
  }
}

/// A member of the metadata and its value, which documents must have to be found.
public struct DocumentFilter: Sendable, Equatable {
  /// The member.
  public var key: ByteString
  /// Its value, as `Document.fields` spells it.
  public var value: ByteString

  /// Creates a filter.
  public init(key: ByteString, value: ByteString) { (self.key, self.value) = (key, value) }
}

/// Where an index lies: what keeps documents, vectors and terms, and finds them.
///
/// A change is made completely or not at all, whenever the process or the machine dies.
public protocol DocumentStore: AnyObject {
  /// What messages call it.
  var name: String { get }
  /// What it was made with.
  var configuration: IndexConfiguration { get }

  /// Returns how many documents and pieces there are.
  func counts() throws(Failure) -> (documents: Int, pieces: Int)

  /// Returns how many bytes all of it takes.
  func byteCount() throws(Failure) -> Int

  /// Returns what is there under an id; nil if nothing is.
  ///
  /// - Returns: the document's checksum, and the number of the run that wrote it.
  func state(of id: ByteString) throws(Failure) -> (checksum: UInt64, run: Int)?

  /// Returns the number of the next run: of the changes that one command makes.
  func beginRun() throws(Failure) -> Int

  /// Writes documents in one change, in the place of those with their ids.
  func write(_ documents: [StoredDocument], run: Int) throws(Failure)

  /// Says in one change that a run has seen documents that it leaves as they are.
  func mark(_ ids: [ByteString], run: Int) throws(Failure)

  /// Removes documents in one change and returns which of the ids there were.
  func remove(_ ids: [ByteString]) throws(Failure) -> [Bool]

  /// Returns the documents with the best pieces by BM25, the best first; of equally good ones the first written.
  func matches(
    _ terms: [KeywordTerms.Term], limit: Int, filters: [DocumentFilter]
  ) throws(Failure) -> [Hit]

  /// Returns for each query the documents whose pieces' vectors have the largest inner product with it, the best first; where a graph
  /// finds them, nearly these, and perhaps fewer of many.
  func nearest(
    to queries: [[Float]], limit: Int, filters: [DocumentFilter]
  ) throws(Failure) -> [[Hit]]

  /// Returns a document by its number.
  func document(_ number: Int) throws(Failure) -> Document

  /// Returns where a piece lies in its document's text.
  func range(ofPiece number: Int) throws(Failure) -> Range<Int>

  /// Looks at everything and returns a line for each damage.
  ///
  /// - Parameter progress: told how many of how many rows were looked at.
  /// - Returns: a line for each damage; none if all is well.
  /// - Throws: a `Failure` if it can't be read for other reasons.
  func verify(_ progress: (Int, Int) -> Void) throws(Failure) -> [String]
}
