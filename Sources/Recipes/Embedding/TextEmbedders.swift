import SeqaeFiles
import SeqaeModels
import SeqaeRetrieval

/// Finds out what kind of embedder a folder holds.
public enum TextEmbedders {
  /// The kinds of models that give vectors.
  public enum Kind: Sendable {
    /// An encoder, such as MiniLM.
    case encoder
    /// An autoencoder of bags of words.
    case bagOfWords
    /// A model with sentence codes.
    case latent
  }

  /// Opens what turns texts into vectors.
  ///
  /// - Parameter model: the folder of a model.
  /// - Returns: the embedder.
  /// - Throws: `Failure(.missingInput)` if the folder or a file is missing; `Failure(.data)` if one is damaged or is of
  ///   a model that gives no vectors.
  public static func open(_ model: String) throws(Failure) -> any TextEmbedder {
    switch try kind(of: model) {
    case .encoder: try EncoderEmbedder(model)
    case .bagOfWords: try BagOfWordsEmbedder(model)
    case .latent: try LatentEmbedder(model)
    }
  }

  /// Returns a hash of a model's weights and tokens: vectors of models with different ones can't be compared.
  ///
  /// - Parameter model: the folder.
  /// - Returns: its digits.
  /// - Throws: a `Failure` if a file can't be read.
  public static func fingerprint(of model: String) throws(Failure) -> String {
    switch try kind(of: model) {
    case .encoder, .latent: try ModelFingerprint(model).digits
    case .bagOfWords:
      try ModelFingerprint(model, tokens: BagOfWordsDirectory.vocabularyName).digits
    }
  }

  /// Returns what a folder's `config.json` says that it holds.
  ///
  /// - Parameter model: the folder.
  /// - Returns: the kind.
  /// - Throws: a `Failure` if there is none, `Failure(.data)` if it is a model that gives no vectors.
  public static func kind(of model: String) throws(Failure) -> Kind {
    let folder = try ModelFolder(model, recipe: "embedder")
    let configuration = folder.configuration
    if EmbedderDirectory.isEmbedder(configuration) { return .encoder }
    if BagOfWordsDirectory.isBagOfWords(configuration) { return .bagOfWords }
    guard LatentKind(of: configuration) != nil else {
      throw Failure(
        .data,
        "\(folder.name): expected an embedder or a model with sentence codes\(configuration.foundModel): give "
          + "--model embedder, or train one (seqae train embedder, bow, "
          + LatentKind.allCases.map(\.rawValue).joined(separator: ", ") + ")")
    }
    return .latent
  }
}
