import SeqaeFiles
import SeqaeModels

/// A rewriter on disk: `config.json`, `model.safetensors`, `tokenizer.json`.
public struct RewriterDirectory {
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
  /// - Parameter path: its folder, made if missing.
  /// - Throws: a `Failure` if a file can't be written.
  public func write(to path: String) throws(Failure) {
    try ModelFolder.write(
      to: path, model.transformer.configuration.json, model.tokenizer, model.state)
  }
}
