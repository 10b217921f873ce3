import SeqaeFiles
import SeqaeText

/// The sizes and constants of a BERT, as `config.json` spells them.
public struct BERTConfiguration: Sendable, Equatable {
  /// V, the number of tokens.
  public var vocabularySize: Int
  /// D, the width of the states.
  public var width = 256
  /// The number of layers.
  public var layers = 4
  /// The heads of every attention; divides the width.
  public var heads = 4
  /// The inner width of the feed-forward networks.
  public var feedForward = 1024
  /// P, the most tokens of a text.
  public var maximumPositions = 128
  /// The rows of the table of segments, of which the first is used.
  public var segments = 2
  /// Added to the variance in norms; that of BERT's published code.
  public var epsilon: Float = 1e-12
  /// Dropout of embeddings and sublayers; Devlin et al. 2019, appendix A.2.
  public var dropout: Float = 0.1
  /// Dropout of attention weights; the same.
  public var attentionDropout: Float = 0.1
  /// The standard deviation of fresh weights; that of BERT's published code.
  public var initialDeviation: Float = 0.02
  /// Fills the rows of a batch.
  public var padding: Int32 = 0

  /// Creates the configuration of a small model.
  public init(vocabularySize: Int) { self.vocabularySize = vocabularySize }
}

// MARK: - config.json

extension BERTConfiguration {
  /// What `config.json` calls such a model.
  public static let type: ByteString = "bert"
  /// The layout of our folders, which say so; transformers' own don't.
  private static let format = 1
  private static let sizeLimit = 1 << 20  // keeps products of two sizes far from overflow

  /// Reads a BERT's `config.json`.
  ///
  /// - Parameters:
  ///   - json: the file's contents.
  ///   - name: the file's name, for messages.
  /// - Throws: a `Failure` that names the first key that is absent, of the wrong type or out of range.
  public init(json: JSON, name: String) throws(Failure) {
    let reader = ConfigurationReader(json: json, name: name)
    if json["seqae_format"] != nil { try reader.requireFormat(upTo: Self.format) }
    try reader.require("model_type", Self.type.string)
    try reader.require("hidden_act", "gelu")
    if json["position_embedding_type"] != nil {
      try reader.require("position_embedding_type", "absolute")
    }
    let limit = Self.sizeLimit
    self.init(vocabularySize: try reader.integer("vocab_size", 1...limit))
    width = try reader.integer("hidden_size", 1...limit)
    layers = try reader.integer("num_hidden_layers", 1...256)
    heads = try reader.integer("num_attention_heads", 1...limit)
    feedForward = try reader.integer("intermediate_size", 1...limit)
    maximumPositions = try reader.integer("max_position_embeddings", 3...limit)
    segments = try reader.integer("type_vocab_size", 1...limit)
    epsilon = try reader.number("layer_norm_eps", 0...1, default: epsilon)
    dropout = try reader.rate("hidden_dropout_prob", default: dropout)
    attentionDropout = try reader.rate("attention_probs_dropout_prob", default: attentionDropout)
    initialDeviation = try reader.number("initializer_range", 0...100, default: initialDeviation)
    padding = Int32(try reader.integer("pad_token_id", 0...(vocabularySize - 1)))
    guard width % heads == 0 else {
      throw Failure(
        .data, "\(name): hidden_size \(width) is not divisible by num_attention_heads \(heads)")
    }
  }

  /// The complete `config.json`, defaults written out, that transformers' `BertConfig` reads too.
  public var json: JSON {
    [
      "architectures": ["BertModel"],
      "model_type": .string(Self.type),
      "seqae_format": .integer(Self.format),
      "vocab_size": .integer(vocabularySize),
      "hidden_size": .integer(width),
      "num_hidden_layers": .integer(layers),
      "num_attention_heads": .integer(heads),
      "intermediate_size": .integer(feedForward),
      "max_position_embeddings": .integer(maximumPositions),
      "type_vocab_size": .integer(segments),
      "hidden_act": "gelu",
      "layer_norm_eps": .number(decimal(epsilon)),
      "hidden_dropout_prob": .number(decimal(dropout)),
      "attention_probs_dropout_prob": .number(decimal(attentionDropout)),
      "initializer_range": .number(decimal(initialDeviation)),
      "pad_token_id": .integer(Int(padding)),
      "position_embedding_type": "absolute",
    ]
  }

  /// Checks that a tokenizer's tokens are the model's.
  ///
  /// - Throws: `Failure(.data)` where there are more or fewer.
  func requireTokens(of tokenizer: Tokenizer) throws(Failure) {
    // A vocabulary may be padded with rows that no token has.
    guard tokenizer.vocabulary.count <= vocabularySize else {
      throw Failure(
        .data,
        "config.json: vocab_size is \(vocabularySize), tokenizer.json has "
          + "\(tokenizer.vocabulary.count) tokens: they belong to different models")
    }
  }
}
