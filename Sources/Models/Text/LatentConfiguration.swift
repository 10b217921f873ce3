import SeqaeFiles

/// The sizes of a model that puts sentences into vectors, as its `config.json` spells them.
///
/// It holds those of its Transformer, mBART's `config.json`, under the key `transformer`.
public struct LatentConfiguration: Sendable, Equatable {
  /// The layout of folders that this version reads and writes.
  static let format = 1
  static let sizeLimit = 1 << 20  // keeps products of two sizes far from overflow
  static let mostMemory = 1024
  static let mostClusters = 65536

  /// The sizes of encoder and decoder.
  public var transformer: TransformerConfiguration
  /// Z, the number of values of a code.
  public var size = 32
  /// M, the vectors that the decoder's layers attend to.
  public var memory = 4
  /// The share of the words that is hidden from the decoder in training; 1 for all, at inference too.
  public var wordDropout: Float = 0
  /// The names of the classes that encoder and decoder are told; empty for none.
  public var classes: [ByteString] = []

  /// Creates a small code's configuration for a Transformer.
  public init(_ transformer: TransformerConfiguration) {
    self.transformer = transformer
  }
}

/// A kind of latent model as `config.json` and messages name it.
public enum LatentKind: String, CaseIterable, Sendable {
  case autoencoder, vae, cvae, vqvae, vade, dec, diffusion

  /// What `config.json` calls it.
  var modelType: String { "seqae_" + rawValue }

  /// The models of that kind.
  public var model: any LatentModel.Type {
    switch self {
    case .autoencoder: SentenceAutoencoder.self
    case .vae: SentenceVAE.self
    case .cvae: ConditionalVAE.self
    case .vqvae: SequenceVQVAE.self
    case .vade: VaDE.self
    case .dec: DEC.self
    case .diffusion: CodeDiffusion.self
    }
  }

  /// The kind of model of a `config.json`; nil if it is that of no latent model.
  public init?(of json: JSON) {
    let type = json["model_type"]?.stringValue
    guard let kind = Self.allCases.first(where: { type == ByteString($0.modelType) }) else {
      return nil
    }
    self = kind
  }

  /// The kind of model of a `config.json`.
  ///
  /// - Parameters:
  ///   - json: the file's contents.
  ///   - name: the file's name, for messages.
  /// - Throws: `Failure(.data)` if it is that of no latent model.
  public init(json: JSON, name: String) throws(Failure) {
    guard let kind = Self(of: json) else {
      throw Failure(
        .data,
        "\(name): expected a model with sentence codes\(json.foundModel): train one with seqae train "
          + Self.allCases.map(\.rawValue).joined(separator: " or "))
    }
    self = kind
  }
}

extension LatentConfiguration {
  /// Reads what all kinds have in common.
  ///
  /// - Parameters:
  ///   - reader: the file.
  ///   - kind: the kind that the model must be of.
  /// - Throws: a `Failure` that names the first key that is absent, of the wrong type or out of range.
  init(_ reader: ConfigurationReader, _ kind: LatentKind) throws(Failure) {
    try reader.require("model_type", kind.modelType)
    try reader.requireFormat(upTo: Self.format)
    self.init(try reader.transformer())
    size = try reader.integer("latent_size", 1...Self.sizeLimit)
    memory = try reader.integer("memory_vectors", 1...Self.mostMemory)
    wordDropout = try reader.number("word_dropout", 0...1, default: 0)
    classes = try reader.words("classes")
  }

  /// What `config.json` says of all kinds, beside what `own` adds for one.
  func json(_ kind: LatentKind, _ own: JSONObject) -> JSON {
    var json: JSONObject = [
      "model_type": JSON(kind.modelType),
      "seqae_format": .integer(Self.format),
      "latent_size": .integer(size),
      "memory_vectors": .integer(memory),
      "word_dropout": .number(decimal(wordDropout)),
      "classes": .array(classes.map { .string($0) }),
    ]
    for member in own.members { json[member.key] = member.value }
    json["transformer"] = transformer.json
    return .object(json)
  }
}
