import SeqaeFiles
import SeqaeRetrieval

/// Finds out what kind of embedder a folder holds.
public enum TextEmbedders {
  /// Opens what turns texts into vectors.
  ///
  /// - Parameter model: the folder of a model.
  /// - Returns: the embedder.
  /// - Throws: `Failure(.missingInput)` if the folder or a file is missing; `Failure(.data)` if one is damaged or is of
  ///   a model that gives no vectors.
  public static func open(_ model: String) throws(Failure) -> any TextEmbedder {
    try isEncoder(model) ? EncoderEmbedder(model) : LatentEmbedder(model)
  }

  /// Returns a hash of a model's weights and tokens: vectors of models with different ones can't be compared.
  ///
  /// - Parameter model: the folder.
  /// - Returns: its digits.
  /// - Throws: a `Failure` if a file can't be read.
  public static func fingerprint(of model: String) throws(Failure) -> String {
    try ModelFingerprint(model).digits
  }

  /// Whether a folder's `config.json` says that it holds an encoder, such as MiniLM, and no model with sentence codes.
  ///
  /// - Parameter model: the folder.
  /// - Returns: the answer.
  /// - Throws: a `Failure` if there is none.
  public static func isEncoder(_ model: String) throws(Failure) -> Bool {
    EmbedderDirectory.isEmbedder(try ModelFolder(model, recipe: "embedder").configuration)
  }
}
