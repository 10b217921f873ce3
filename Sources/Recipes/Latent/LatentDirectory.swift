import SeqaeFiles
import SeqaeLayers
import SeqaeModels
import SeqaeTensors
import SeqaeText

/// A model with sentence codes on disk: `config.json`, `model.safetensors`, `tokenizer.json`.
///
/// ```swift
/// let model = try LatentDirectory.load("runs/vae").model
/// let ids = model.tokenizer.encode("a dog runs").ids
/// model.encode([ids]).mean  // [1, Z]
/// ```
public struct LatentDirectory {
  /// The model.
  public let model: any LatentModel
  private let configuration: JSON

  /// Creates the directory's contents of an autoencoder.
  public init(_ model: SentenceAutoencoder) {
    (self.model, configuration) = (model, model.configuration.json)
  }

  /// Creates the directory's contents of a VAE.
  public init(_ model: SentenceVAE) {
    (self.model, configuration) = (model, model.configuration.json)
  }

  /// Creates the directory's contents of a conditional VAE.
  public init(_ model: ConditionalVAE) {
    (self.model, configuration) = (model, model.configuration.json)
  }

  /// Creates the directory's contents of a VQ-VAE.
  public init(_ model: SequenceVQVAE) {
    (self.model, configuration) = (model, model.configuration.json)
  }

  /// Creates the directory's contents of a VAE with a mixture prior.
  public init(_ model: VaDE) {
    (self.model, configuration) = (model, model.configuration.json)
  }

  /// Creates the directory's contents of deep embedded clustering.
  public init(_ model: DEC) {
    (self.model, configuration) = (model, model.configuration.json)
  }

  /// Creates the directory's contents of a diffusion model over codes.
  public init(_ model: CodeDiffusion) {
    (self.model, configuration) = (model, model.configuration.json)
  }

  /// Loads a model of any kind.
  ///
  /// - Parameter path: its folder.
  /// - Returns: the model.
  /// - Throws: `Failure(.missingInput)` if the folder or a file is missing; `Failure(.data)` if a file is
  ///   damaged, newer than this version reads, or doesn't fit the others.
  public static func load(_ path: String) throws(Failure) -> LatentDirectory {
    guard Path.isDirectory(path) else {
      throw Failure(
        .missingInput, "\(path): no such model folder: train one with seqae train vae")
    }
    let name = Path.join(path, DenoiserDirectory.configurationName)
    let json = try JSON.read(name)
    let kind = try LatentKind(json: json, name: name)
    let tokenizer: () throws(Failure) -> Tokenizer = { () throws(Failure) in
      try Tokenizer(readingJSON: Path.join(path, DenoiserDirectory.tokenizerName))
    }
    let store: () throws(Failure) -> ParameterStore = { () throws(Failure) in
      ParameterStore(
        .checkpoint(try Checkpoint(Path.join(path, DenoiserDirectory.weightsName))))
    }
    do throws(Failure) {
      switch kind {
      case .autoencoder:
        let sizes = try SentenceAutoencoder.Configuration(json: json, name: name)
        return LatentDirectory(
          try SentenceAutoencoder(sizes, tokenizer: try tokenizer(), in: try store()))
      case .vae:
        let sizes = try SentenceVAE.Configuration(json: json, name: name)
        return LatentDirectory(
          try SentenceVAE(sizes, tokenizer: try tokenizer(), in: try store()))
      case .cvae:
        let sizes = try ConditionalVAE.Configuration(json: json, name: name)
        return LatentDirectory(
          try ConditionalVAE(sizes, tokenizer: try tokenizer(), in: try store()))
      case .vqvae:
        let sizes = try SequenceVQVAE.Configuration(json: json, name: name)
        return LatentDirectory(
          try SequenceVQVAE(sizes, tokenizer: try tokenizer(), in: try store()))
      case .vade:
        let sizes = try VaDE.Configuration(json: json, name: name)
        return LatentDirectory(
          try VaDE(sizes, tokenizer: try tokenizer(), in: try store()))
      case .dec:
        let sizes = try DEC.Configuration(json: json, name: name)
        return LatentDirectory(
          try DEC(sizes, tokenizer: try tokenizer(), in: try store()))
      case .diffusion:
        let sizes = try CodeDiffusion.Configuration(json: json, name: name)
        return LatentDirectory(
          try CodeDiffusion(sizes, tokenizer: try tokenizer(), in: try store()))
      }
    } catch {
      throw error.located(in: path)
    }
  }

  /// Writes the model, each file at once.
  ///
  /// - Parameter path: its folder, made if missing.
  /// - Throws: a `Failure` if a file can't be written.
  public func write(to path: String) throws(Failure) {
    try Path.makeDirectories(path)
    try AtomicFile.write(
      Path.join(path, DenoiserDirectory.configurationName),
      bytes: configuration.serialized(pretty: true) + [UInt8(ascii: "\n")])
    try model.tokenizer.write(to: Path.join(path, DenoiserDirectory.tokenizerName))
    try Checkpoint.write(
      Path.join(path, DenoiserDirectory.weightsName), model.state, as: .float32)
  }
}
