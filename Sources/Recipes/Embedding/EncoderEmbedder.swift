import SeqaeFiles
import SeqaeModels
import SeqaeRetrieval
import SeqaeTensors

/// A BERT that turns texts into vectors: one that was trained here, or any that sentence-transformers reads.
public struct EncoderEmbedder: TextEmbedder {
  /// Whether vectors get the length 1.
  public var isNormalized = true
  /// What they are computed in; nil for eight bits where the weights came so, else float32.
  public var precision: WeightPrecision?

  private let encoder: SentenceEncoder
  private let files: ModelFingerprint

  /// Loads an embedder.
  ///
  /// - Parameter path: its folder.
  /// - Throws: `Failure(.missingInput)` or `Failure(.data)`, as `EmbedderDirectory.load` does.
  public init(_ path: String) throws(Failure) {
    encoder = try EmbedderDirectory.load(path).encoder
    files = try ModelFingerprint(path)
  }

  /// The number of values of a vector.
  public var dimensions: Int { encoder.dimensions }

  /// A hash of weights and tokens, and what else decides what a vector is.
  ///
  /// The files are read for it, each time.
  public var fingerprint: String {
    let configuration = encoder.configuration
    return "bert-\(files.digits)-\(configuration.pooling.rawValue)-\(configuration.longest)"
      + (isNormalized ? "" : "-as-pooled")
  }

  /// Returns a vector for each text, of length 1 unless told otherwise.
  ///
  /// A text that is longer than the encoder reads at once is cut at the ends of sentences; its vector is the mean of
  /// those of its pieces, weighed by their tokens.
  ///
  /// - Parameter texts: UTF-8, of any length.
  /// - Returns: `dimensions` values each.
  /// - Throws: `Failure(.data)` if a vector isn't finite.
  public func embed(_ texts: [[UInt8]]) throws(Failure) -> [[Float]] {
    let vectors = encoder.embed(texts, normalized: isNormalized, precision: precision)
    if let wrong = vectors.firstIndex(where: { !$0.allSatisfy(\.isFinite) }) {
      throw Failure(
        .data,
        "the vector of text \(wrong + 1) of \(texts.count) holds NaN or infinity: the model's weights are "
          + "damaged")
    }
    return vectors
  }
}
