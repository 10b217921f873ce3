import SeqaeFiles

/// The sizes and constants of a Transformer encoder-decoder, as mBART's `config.json` spells them.
public struct TransformerConfiguration: Sendable, Equatable {
  /// The layout of model directories that this version reads and writes. In the first one a denoiser had no
  /// `operation` and could not write.
  public static let format = 2
  /// What `config.json` calls it.
  public static let type: ByteString = "mbart"

  /// V, the number of tokens.
  public var vocabularySize: Int
  /// D, the width of the residual stream.
  public var width = 256
  /// The number of encoder layers.
  public var encoderLayers = 4
  /// The number of decoder layers.
  public var decoderLayers = 2
  /// H, the heads of every attention; divides the width.
  public var heads = 4
  /// F, the inner width of the feed-forward networks.
  public var feedForward = 1024
  /// The longest sequence, in tokens.
  public var maximumPositions = 256
  /// Dropout of embeddings and sublayers; 0.1 as in Vaswani et al. 2017, §5.4.
  public var dropout: Float = 0.1
  /// Dropout of attention weights.
  public var attentionDropout: Float = 0
  /// Dropout inside the feed-forward networks.
  public var activationDropout: Float = 0
  /// s of the white noise e + s · rms(e) · ε on the encoder's token embeddings; 0 for none.
  public var embeddingNoise: Float = 0
  /// Dropout of the encoder's states as the decoder gets them.
  public var latentDropout = LatentDropout.none
  /// Whether embeddings are multiplied by √D.
  public var scaleEmbedding = true
  /// Whether each decoder step stands at a source position, whose encoder state it reads too: hard monotonic
  /// attention (Aharoni & Goldberg 2017), for targets that are aligned with their source.
  public var readsAlignedSource = false
  /// The token that pads a batch.
  public var padding: Int32 = 1
  /// The token that begins a text.
  public var beginning: Int32 = 0
  /// The token that ends a text.
  public var end: Int32 = 2
  /// The token that the decoder starts from.
  public var decoderStart: Int32 = 2

  /// Creates a small model's configuration for a vocabulary.
  public init(vocabularySize: Int) {
    self.vocabularySize = vocabularySize
  }

  /// The most noise on embeddings that is taken for meant: a hundred times the power of the signal.
  public static let highestNoise: Float = 10

  /// The embedding's factor.
  var embeddingScale: Float { scaleEmbedding ? Float(width).squareRoot() : 1 }
}

extension TransformerConfiguration {
  private static let sizeLimit = 1 << 20  // keeps products of two sizes far from overflow

  /// Reads an mBART `config.json`.
  ///
  /// - Parameters:
  ///   - json: the file's contents.
  ///   - name: the file's name, for messages.
  /// - Throws: a `Failure` that names the first key that is absent, of the wrong type or out of range.
  public init(json: JSON, name: String) throws(Failure) {
    let reader = ConfigurationReader(json: json, name: name)
    // Before the version, which each type counts on its own.
    try reader.require("model_type", TransformerConfiguration.type.string)
    if json["seqae_format"] != nil {
      let format = try reader.integer("seqae_format", 1...Int.max)
      guard format == TransformerConfiguration.format else {
        let relation =
          format > TransformerConfiguration.format
          ? "newer than \(TransformerConfiguration.format), which this version reads: update seqae"
          : "of an earlier version, whose models decode otherwise: train the model anew"
        throw Failure(.data, "\(name): seqae_format \(format) is \(relation)")
      }
    }
    try reader.require("activation_function", "gelu")
    // What this layout always does; a file may leave it unsaid but not deny it.
    for key: ByteString in ["tie_word_embeddings", "normalize_before"] {
      guard try reader.boolean(key, default: true) else {
        throw Failure(.data, "\(name): \(key): false is not supported: mBART's layout has true")
      }
    }
    let limit = TransformerConfiguration.sizeLimit
    self.init(vocabularySize: try reader.integer("vocab_size", 1...limit))
    width = try reader.integer("d_model", 1...limit)
    encoderLayers = try reader.integer("encoder_layers", 1...256)
    decoderLayers = try reader.integer("decoder_layers", 1...256)
    heads = try reader.integer("encoder_attention_heads", 1...limit)
    feedForward = try reader.integer("encoder_ffn_dim", 1...limit)
    try reader.require("decoder_attention_heads", heads)
    try reader.require("decoder_ffn_dim", feedForward)
    maximumPositions = try reader.integer("max_position_embeddings", 1...limit)
    guard width % heads == 0 else {
      throw Failure(
        .data, "\(name): d_model \(width) is not divisible by encoder_attention_heads \(heads)")
    }
    dropout = try reader.rate("dropout")
    attentionDropout = try reader.rate("attention_dropout")
    activationDropout = try reader.rate("activation_dropout")
    embeddingNoise = try reader.number(
      "seqae_embedding_noise", 0...TransformerConfiguration.highestNoise, default: 0)
    latentDropout = LatentDropout(
      try reader.choice("seqae_latent_dropout", default: .none),
      rate: try reader.rate("seqae_latent_dropout_rate", default: 0))
    scaleEmbedding = try reader.boolean("scale_embedding")
    readsAlignedSource = try reader.boolean("seqae_reads_aligned_source", default: false)
    let ids = 0...(vocabularySize - 1)
    padding = Int32(try reader.integer("pad_token_id", ids))
    beginning = Int32(try reader.integer("bos_token_id", ids))
    end = Int32(try reader.integer("eos_token_id", ids))
    decoderStart = Int32(try reader.integer("decoder_start_token_id", ids))
  }

  /// The complete `config.json`, defaults written out, that transformers' `MBartConfig` reads too.
  public var json: JSON {
    [
      "architectures": ["MBartForConditionalGeneration"],
      "model_type": .string(TransformerConfiguration.type),
      "seqae_format": .integer(TransformerConfiguration.format),
      "seqae_reads_aligned_source": .bool(readsAlignedSource),
      "vocab_size": .integer(vocabularySize),
      "d_model": .integer(width),
      "encoder_layers": .integer(encoderLayers),
      "decoder_layers": .integer(decoderLayers),
      "encoder_attention_heads": .integer(heads),
      "decoder_attention_heads": .integer(heads),
      "encoder_ffn_dim": .integer(feedForward),
      "decoder_ffn_dim": .integer(feedForward),
      "max_position_embeddings": .integer(maximumPositions),
      "activation_function": "gelu",
      "dropout": .number(decimal(dropout)),
      "attention_dropout": .number(decimal(attentionDropout)),
      "activation_dropout": .number(decimal(activationDropout)),
      "seqae_embedding_noise": .number(decimal(embeddingNoise)),
      "seqae_latent_dropout": JSON(latentDropout.kind.rawValue),
      "seqae_latent_dropout_rate": .number(decimal(latentDropout.rate)),
      "scale_embedding": .bool(scaleEmbedding),
      "tie_word_embeddings": true,
      "normalize_before": true,
      "is_encoder_decoder": true,
      "pad_token_id": .integer(Int(padding)),
      "bos_token_id": .integer(Int(beginning)),
      "eos_token_id": .integer(Int(end)),
      "decoder_start_token_id": .integer(Int(decoderStart)),
      "forced_eos_token_id": .null,
    ]
  }
}

/// Returns the double that prints as the float does: 0.1, not 0.10000000149.
package func decimal(_ value: Float) -> Double { Double("\(value)") ?? Double(value) }

/// Takes typed values out of a configuration, with messages that name the key.
struct ConfigurationReader {
  let json: JSON
  let name: String

  func integer(
    _ key: ByteString, _ range: ClosedRange<Int>, default value: Int? = nil
  ) throws(Failure) -> Int {
    if json[key] == nil, let value { return value }
    guard let value = json[key]?.intValue, range.contains(value) else {
      throw misfit(key, "an integer in \(range.lowerBound) … \(range.upperBound)")
    }
    return value
  }

  func rate(_ key: ByteString, default value: Float? = nil) throws(Failure) -> Float {
    if json[key] == nil, let value { return value }
    // Compared as it will be used: 0.99999999 is 1 in single precision.
    guard let value = json[key]?.doubleValue.map({ Float($0) }), value >= 0, value < 1 else {
      throw misfit(key, "a number in [0, 1)")
    }
    return value
  }

  func number(
    _ key: ByteString, _ range: ClosedRange<Float>, default value: Float
  ) throws(Failure) -> Float {
    guard json[key] != nil else { return value }
    guard let value = json[key]?.doubleValue.map({ Float($0) }), range.contains(value) else {
      throw misfit(key, "a number in \(range.lowerBound) … \(range.upperBound)")
    }
    return value
  }

  func choice<Choice: RawRepresentable & CaseIterable>(
    _ key: ByteString, default value: Choice
  ) throws(Failure) -> Choice where Choice.RawValue == String {
    guard json[key] != nil else { return value }
    guard let word = json[key]?.stringValue, let choice = Choice(rawValue: word.string) else {
      throw misfit(key, Choice.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return choice
  }

  func boolean(_ key: ByteString, default value: Bool? = nil) throws(Failure) -> Bool {
    if json[key] == nil, let value { return value }
    guard let value = json[key]?.boolValue else { throw misfit(key, "true or false") }
    return value
  }

  /// Different words; none where the key is absent.
  func words(_ key: ByteString) throws(Failure) -> [ByteString] {
    guard let value = json[key] else { return [] }
    let words = value.arrayValue?.compactMap(\.stringValue) ?? []
    guard let count = value.arrayValue?.count, words.count == count, Set(words).count == count
    else { throw misfit(key, "an array of different strings") }
    return words
  }

  /// Checks that the layout of a folder is none that comes after `newest`.
  func requireFormat(upTo newest: Int) throws(Failure) {
    let format = try integer("seqae_format", 1...Int.max)
    guard format <= newest else {
      throw Failure(
        .data,
        "\(name): seqae_format \(format) is newer than \(newest), the newest that this version reads: "
          + "update seqae")
    }
  }

  /// The sizes of the Transformer of a model that is more than one.
  func transformer() throws(Failure) -> TransformerConfiguration {
    guard let sizes = json["transformer"], sizes.objectValue != nil else {
      throw Failure(.data, "\(name): transformer: expected an object of sizes")
    }
    return try TransformerConfiguration(json: sizes, name: "\(name): transformer")
  }

  func require(_ key: ByteString, _ value: String) throws(Failure) {
    guard json[key]?.stringValue == ByteString(value) else { throw misfit(key, "\"\(value)\"") }
  }

  func require(_ key: ByteString, _ value: Int) throws(Failure) {
    guard json[key]?.intValue == value else { throw misfit(key, "\(value), as in the encoder") }
  }

  private func misfit(_ key: ByteString, _ expected: String) -> Failure {
    let found = json[key].map { String(decoding: $0.serialized().prefix(40), as: UTF8.self) }
    return Failure(.data, "\(name): \(key): expected \(expected), found \(found ?? "nothing")")
  }
}
