import SeqaeFiles
import SeqaeModels
import SeqaeRetrieval

/// The codes of a model with sentence codes as vectors of texts: an autoencoder's, a VAE's (the mean) or a VQ-VAE's.
///
/// A text that is longer than the model reads is cut at the ends of sentences; its vector is the mean of those of its pieces.
public struct LatentEmbedder: TextEmbedder {
  private let texts: LatentTexts

  public let fingerprint: String
  public var dimensions: Int { texts.size }

  /// Loads a model of any kind that has codes.
  ///
  /// - Parameter folder: its folder.
  /// - Throws: `Failure(.missingInput)` if the folder or a file is missing; `Failure(.data)` if one is damaged; `Failure(.usage)` for a
  ///   model that is told the class of a text, which nobody knows of a query.
  public init(_ folder: String) throws(Failure) {
    texts = LatentTexts(try LatentDirectory.load(folder))
    guard texts.classes.isEmpty else {
      throw Failure(
        .usage,
        "\(folder): this model is told the class of a text, which queries have none of: give an autoencoder, a VAE "
          + "or a VQ-VAE")
    }
    fingerprint = try ModelFingerprint(folder).digits
  }

  public func embed(_ texts: [[UInt8]]) throws(Failure) -> [[Float]] {
    let vectors = self.texts.vectors(of: texts)
    for (text, vector) in zip(texts, vectors) where !vector.allSatisfy(\.isFinite) {
      throw Failure(
        .data,
        "\(ByteString(text).quoted): its vector has a value that is no number: check the model's weights"
      )
    }
    return vectors
  }
}
