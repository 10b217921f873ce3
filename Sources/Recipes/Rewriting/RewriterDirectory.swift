import SeqaeFiles
import SeqaeModels
import SeqaeTensors

/// A rewriter on disk: `config.json`, `model.safetensors`, `tokenizer.json`.
public struct RewriterDirectory: StoredModel {
  /// The model.
  public let model: RewritingAutoencoder

  /// Creates the directory's contents of a model.
  public init(_ model: RewritingAutoencoder) {
    self.model = model
  }

  /// Loads a rewriter.
  ///
  /// - Parameter path: its folder.
  /// - Returns: the rewriter.
  /// - Throws: `Failure(.missingInput)` if the folder or a file is missing; `Failure(.data)` if a file is
  ///   damaged, newer than this version reads, or doesn't fit the others.
  public static func load(_ path: String) throws(Failure) -> RewriterDirectory {
    let folder = try ModelFolder(path, recipe: RewriterRecipe.name)
    let configuration = try TransformerConfiguration(
      json: folder.configuration, name: folder.name)
    return RewriterDirectory(
      try folder.load { (tokenizer, store) throws(Failure) in
        try RewritingAutoencoder(configuration, tokenizer: tokenizer, in: store)
      })
  }

  /// Writes the rewriter, each file at once.
  ///
  /// - Parameters:
  ///   - path: its folder, made if missing.
  ///   - precision: what its weights are stored in.
  /// - Throws: a `Failure` if a file can't be written.
  public func write(
    to path: String, as precision: WeightPrecision = .float32
  ) throws(Failure) {
    var members = model.transformer.configuration.json.objectValue ?? [:]
    QuantizationConfiguration.say(in: &members, of: precision)
    try ModelFolder.write(to: path, .object(members), model.tokenizer, model.state, as: precision)
  }
}
