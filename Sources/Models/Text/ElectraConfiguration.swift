import SeqaeFiles
import SeqaeText

extension Electra {
  /// The sizes of discriminator and generator, and how their losses are weighed.
  public struct Configuration: Sendable, Equatable {
    /// The discriminator's sizes; those of decoders do not count.
    public var encoder: TransformerConfiguration
    /// G, the generator's width; Clark et al. 2020, §3.2: a quarter to a half of the discriminator's is best.
    public var generatorWidth: Int
    /// The heads of its attention; divides its width.
    public var generatorHeads: Int
    /// The number of its layers.
    public var generatorLayers: Int
    /// λ; Clark et al. 2020, §2: 50, since the loss of a yes or no is much smaller than that of a choice among V.
    public var weight: Float = 50

    /// Creates a configuration whose generator has half the width and heads of its discriminator.
    public init(encoder: TransformerConfiguration) {
      self.encoder = encoder
      generatorHeads = max(1, encoder.heads / 2)
      generatorWidth = encoder.width / encoder.heads * generatorHeads
      generatorLayers = encoder.encoderLayers
    }

    /// The generator's sizes: narrower in all, the feed-forward networks in proportion.
    var generator: TransformerConfiguration {
      var sizes = encoder
      sizes.width = generatorWidth
      sizes.heads = generatorHeads
      sizes.encoderLayers = generatorLayers
      sizes.feedForward = max(1, encoder.feedForward * generatorWidth / encoder.width)
      return sizes
    }

    /// Returns the configuration over the tokens of `tokenizer`, whose special tokens it names.
    public init(for tokenizer: Tokenizer) throws(Failure) {
      var encoder = TransformerConfiguration(vocabularySize: tokenizer.vocabulary.count)
      encoder.padding = try tokenizer.id(of: .pad)
      encoder.beginning = try tokenizer.id(of: .bos)
      encoder.end = try tokenizer.id(of: .eos)
      self.init(encoder: encoder)
    }

    func check(_ tokenizer: Tokenizer) throws(Failure) {
      let named: [(key: String, found: Int, expected: Int)] = [
        ("vocab_size", encoder.vocabularySize, tokenizer.vocabulary.count),
        ("pad_token_id", Int(encoder.padding), Int(try tokenizer.id(of: .pad))),
        ("eos_token_id", Int(encoder.end), Int(try tokenizer.id(of: .eos))),
      ]
      for (key, found, expected) in named where found != expected {
        throw Failure(
          .data,
          "config.json: \(key) is \(found), by tokenizer.json it is \(expected):"
            + " they belong to different models")
      }
      _ = try tokenizer.id(of: .mask)
      guard encoder.maximumPositions >= DenoisingAutoencoder.minimumPositions else {
        throw Failure(
          .data,
          "config.json: max_position_embeddings is \(encoder.maximumPositions): a detector needs"
            + " \(DenoisingAutoencoder.minimumPositions) or more")
      }
      guard tokenizer.normalizer == nil else {
        throw Failure(
          .data,
          "tokenizer.json: its normalizer rewrites the text, so that places in it can't be named:"
            + " use a tokenizer without one")
      }
    }
  }
}

// MARK: - config.json

extension Electra.Configuration {
  /// The layout of folders that this version reads and writes.
  static let format = 1
  private static let sizeLimit = 1 << 20  // keeps products of two sizes far from overflow

  /// Reads a `config.json`.
  ///
  /// - Parameters:
  ///   - json: the file's contents.
  ///   - name: the file's name, for messages.
  /// - Throws: a `Failure` that names the first key that is absent, of the wrong type or out of range.
  public init(json: JSON, name: String) throws(Failure) {
    let reader = ConfigurationReader(json: json, name: name)
    guard json["model_type"]?.stringValue == "seqae_electra" else {
      throw Failure(
        .data, "\(name): expected an ELECTRA\(json.foundModel): train one with seqae train electra")
    }
    try reader.requireFormat(upTo: Self.format)
    let limit = Self.sizeLimit
    var sizes = TransformerConfiguration(
      vocabularySize: try reader.integer("vocab_size", 1...limit))
    sizes.width = try reader.integer("hidden_size", 1...limit)
    sizes.encoderLayers = try reader.integer("num_hidden_layers", 1...256)
    sizes.heads = try reader.integer("num_attention_heads", 1...limit)
    sizes.feedForward = try reader.integer("intermediate_size", 1...limit)
    sizes.maximumPositions = try reader.integer("max_position_embeddings", 1...limit)
    sizes.dropout = try reader.rate("hidden_dropout_prob")
    sizes.attentionDropout = try reader.rate("attention_probs_dropout_prob")
    let ids = 0...(sizes.vocabularySize - 1)
    sizes.padding = Int32(try reader.integer("pad_token_id", ids))
    sizes.beginning = Int32(try reader.integer("bos_token_id", ids))
    sizes.end = Int32(try reader.integer("eos_token_id", ids))
    self.init(encoder: sizes)
    generatorWidth = try reader.integer("generator_hidden_size", 1...limit)
    generatorHeads = try reader.integer("generator_num_attention_heads", 1...limit)
    generatorLayers = try reader.integer("generator_num_hidden_layers", 1...256)
    weight = Float(try reader.integer("discriminator_weight", 0...1_000_000))
    for (width, heads) in [(sizes.width, sizes.heads), (generatorWidth, generatorHeads)]
    where width % heads != 0 {
      throw Failure(.data, "\(name): a width of \(width) is not divisible by \(heads) heads")
    }
  }

  /// The complete `config.json`, in the terms of transformers' `ElectraConfig`, whose layers differ.
  public var json: JSON {
    [
      "model_type": "seqae_electra",
      "seqae_format": .integer(Self.format),
      "vocab_size": .integer(encoder.vocabularySize),
      "hidden_size": .integer(encoder.width),
      "num_hidden_layers": .integer(encoder.encoderLayers),
      "num_attention_heads": .integer(encoder.heads),
      "intermediate_size": .integer(encoder.feedForward),
      "max_position_embeddings": .integer(encoder.maximumPositions),
      "hidden_act": "gelu",
      "hidden_dropout_prob": .number(Double("\(encoder.dropout)") ?? 0),
      "attention_probs_dropout_prob": .number(Double("\(encoder.attentionDropout)") ?? 0),
      "pad_token_id": .integer(Int(encoder.padding)),
      "bos_token_id": .integer(Int(encoder.beginning)),
      "eos_token_id": .integer(Int(encoder.end)),
      "generator_hidden_size": .integer(generatorWidth),
      "generator_num_attention_heads": .integer(generatorHeads),
      "generator_num_hidden_layers": .integer(generatorLayers),
      "discriminator_weight": .integer(Int(weight)),
    ]
  }
}
