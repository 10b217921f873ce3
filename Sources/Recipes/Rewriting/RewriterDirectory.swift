import SeqaeFiles
import SeqaeLayers
import SeqaeModels
import SeqaeTensors
import SeqaeText

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
    guard Path.isDirectory(path) else {
      throw Failure(
        .missingInput, "\(path): no such model folder: train one with seqae train rewriter")
    }
    let name = Path.join(path, DenoiserDirectory.configurationName)
    let configuration = try TransformerConfiguration(json: try JSON.read(name), name: name)
    let tokenizer = try Tokenizer(readingJSON: Path.join(path, DenoiserDirectory.tokenizerName))
    let checkpoint = try Checkpoint(Path.join(path, DenoiserDirectory.weightsName))
    do throws(Failure) {
      return RewriterDirectory(
        try RewritingAutoencoder(
          configuration, tokenizer: tokenizer, in: ParameterStore(.checkpoint(checkpoint))))
    } catch {
      throw error.located(in: path)
    }
  }

  /// Writes the rewriter, each file at once.
  ///
  /// - Parameter path: its folder, made if missing.
  /// - Throws: a `Failure` if a file can't be written.
  public func write(to path: String) throws(Failure) {
    try Path.makeDirectories(path)
    try AtomicFile.write(
      Path.join(path, DenoiserDirectory.configurationName),
      bytes: model.transformer.configuration.json.serialized(pretty: true) + [UInt8(ascii: "\n")])
    try model.tokenizer.write(to: Path.join(path, DenoiserDirectory.tokenizerName))
    try Checkpoint.write(
      Path.join(path, DenoiserDirectory.weightsName), model.state, as: .float32)
  }
}
