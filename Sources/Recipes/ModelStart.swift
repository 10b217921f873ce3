import SeqaeFiles
import SeqaeLayers
import SeqaeModels
import SeqaeTensors
import SeqaeText

/// A configuration that can take the sizes of a model from which a run starts.
public protocol SizedConfiguration: Configurable {
  /// Takes the sizes of a model.
  mutating func take(_ sizes: TransformerConfiguration)
}

extension DenoiserConfiguration: SizedConfiguration {
  /// Takes the sizes of a model.
  public mutating func take(_ sizes: TransformerConfiguration) {
    transformer.take(sizes)
    encoderLayers = sizes.encoderLayers
    decoderLayers = sizes.decoderLayers
  }
}

/// The model that a training run starts from in place of random weights.
public struct ModelStart: Sendable, Equatable {
  /// The model's folder.
  public let folder: String
  /// A hash of its weights, by which a run that starts once more sees that they are the same.
  private let hash: UInt64

  /// The sizes of its encoder.
  package let sizes: TransformerConfiguration
  /// Whether it is a denoiser: only from one can a denoiser start.
  private let isDenoiser: Bool
  /// Whether it is a language model, whose states see only what came before.
  package let isLanguageModel: Bool

  /// Reads what a model is, and not yet its weights.
  ///
  /// - Parameter folder: the folder of a model or of a run.
  /// - Throws: a `Failure` if there is none.
  public init(_ folder: String) throws(Failure) {
    guard Path.isDirectory(folder) else {
      throw Failure(.missingInput, "\(folder): no such folder: give that of a model or of a run")
    }
    self.folder = folder
    let name = Path.join(folder, ModelFolder.configurationName)
    guard Path.exists(name) else {
      throw Failure(
        .missingInput,
        "\(folder): holds no \(ModelFolder.configurationName): if a run is at "
          + "work there, it has judged no model yet: wait for its first validation")
    }
    let json = try JSON.read(name)
    isDenoiser = json[DenoiserDirectory.confidenceKey] != nil
    isLanguageModel = json["model_type"]?.stringValue == ByteString(LanguageModelDirectory.type)
    // Models that are more than a Transformer have the sizes of theirs under a key.
    sizes =
      if let own = json["transformer"] {
        try TransformerConfiguration(json: own, name: "\(name): transformer")
      } else {
        try TransformerConfiguration(json: json, name: name)
      }
    let weights = try MappedFile(Path.join(folder, ModelFolder.weightsName))
    hash = Splits.hash(weights.bytes)
  }

  /// The hash as `training.json` has it.
  var hashText: String { String(hash, radix: 16) }

  /// Finds the model that a run started from, by its `training.json`; nil if it was none.
  ///
  /// - Throws: a `Failure` if it is gone or has other weights by now.
  init?(recordedIn json: JSON) throws(Failure) {
    guard let folder = json["from"]?.stringValue, let recorded = json["from_hash"]?.stringValue
    else { return nil }
    try self.init(folder.string)
    guard hashText == recorded.string else {
      throw Failure(
        .data,
        "\(folder.string): has other weights than when the run started from it, and the run has no "
          + "checkpoint yet: start a new one")
    }
  }

  /// The file of its tokenizer.
  var tokenizer: String { Path.join(folder, ModelFolder.tokenizerName) }

  /// Gives a configuration the model's sizes.
  public func giveSizes(to configuration: inout some SizedConfiguration) {
    configuration.take(sizes)
  }

  /// Checks that it is a denoiser, before data is read and counted for one.
  ///
  /// - Throws: `Failure(.data)`.
  func requireDenoiser() throws(Failure) {
    guard !isDenoiser else { return }
    throw Failure(
      .data, "\(folder): is no denoiser: a denoiser starts from one of train denoiser")
  }

  /// Checks that a configuration has the model's sizes.
  ///
  /// - Throws: `Failure(.usage)` with the first that differs.
  func check<Configuration: SizedConfiguration>(
    _ configuration: Configuration
  ) throws(Failure) {
    var own = configuration
    giveSizes(to: &own)
    for setting in Configuration.settings {
      let (given, kept) = (setting.read(configuration), setting.read(own))
      guard given == kept else {
        throw Failure(
          .usage,
          "\(setting.name)=\(given.text), but the model in \(folder) has \(kept.text): leave it "
            + "out: a run that starts from a model has its sizes")
      }
    }
  }

  /// Checks that its weights can be learnt from, in layers of the kind that is trained here.
  ///
  /// - Throws: `Failure(.data)`.
  func requireRealWeights() throws(Failure) {
    let name = Path.join(folder, ModelFolder.configurationName)
    guard try JSON.read(name)[QuantizationConfiguration.key] == nil else {
      throw Failure(
        .data,
        "\(folder): its weights are in eight bits, which nothing can be learnt from: start from the model that it was "
          + "converted from")
    }
    guard sizes.scaleEmbedding else {
      throw Failure(.data, "\(folder): scale_embedding is false: such a model is not trained here")
    }
  }

  /// Reads the counts that the model reads beside its text; nil for one that reads none.
  func evidence(_ tokenizer: Tokenizer) throws(Failure) -> Evidence? {
    let name = Path.join(folder, ModelFolder.configurationName)
    return try DenoiserDirectory.evidence(in: folder, try JSON.read(name), tokenizer)
  }

  /// Gives the weights to a model of the same sizes; what that has besides keeps its own.
  func giveWeights(to model: DenoisingAutoencoder) throws(Failure) {
    let loaded = try DenoiserDirectory.load(folder).model
    let wanted = model.transformer.configuration
    var own = loaded.transformer.configuration
    // What is done in training alone is the run's.
    (own.dropout, own.attentionDropout, own.activationDropout) = (
      wanted.dropout, wanted.attentionDropout, wanted.activationDropout
    )
    (own.embeddingNoise, own.latentDropout) = (wanted.embeddingNoise, wanted.latentDropout)
    guard own == wanted else {
      throw Failure(
        .data,
        "\(folder): is of a kind that is not trained any more: its embeddings or special "
          + "tokens are others than those of a new model")
    }
    var parameters: [String: Parameter] = [:]
    for parameter in model.parameters { parameters[parameter.name] = parameter }
    for start in loaded.parameters {
      parameters[start.name]?.update { $0 = start.tensor }
    }
  }
}

extension JSON {
  /// As a person would type it.
  fileprivate var text: String { String(decoding: serialized(), as: UTF8.self) }
}
