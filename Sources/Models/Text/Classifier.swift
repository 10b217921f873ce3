// An encoder of text with a softmax head: the discriminative classifier, and what pre-training is for.
//
// Dai & Le 2015, *Semi-supervised Sequence Learning*: an encoder that has learnt to write texts anew, or to go on with
// them, and learns classes from there, needs fewer labels. With h the encoder's states and S the text's tokens,
//
//     h̄ = Σₜ hₜ / S,  p(c | x) = softmax(W h̄ + b)_c
//
// and −log p(c | x) is made small, in all weights. States are those of a bidirectional encoder or, as of a language
// model (Radford et al. 2018), of one that sees only what came before.
//
// B: batch; S: positions; D: width; C: classes.

import SeqaeFiles
import SeqaeLayers
import SeqaeTensors
import SeqaeText

/// A Transformer that names the class of a text.
public struct Classifier: Model {
  /// Its sizes, and the names of the classes.
  public struct Configuration: Sendable, Equatable {
    /// The sizes of the encoder; those of decoders do not count.
    public var transformer: TransformerConfiguration
    /// The names of the classes.
    public var classes: [ByteString]
    /// Whether a state sees only what came before, as a language model's.
    public var isCausal = false
    /// Dropout of h̄.
    public var headDropout: Float = 0

    /// Creates the configuration of a bidirectional encoder.
    public init(_ transformer: TransformerConfiguration, classes: [ByteString]) {
      self.transformer = transformer
      self.classes = classes
    }
  }

  /// Its sizes, and the names of the classes.
  public let configuration: Configuration
  /// What turns text into its tokens.
  public let tokenizer: Tokenizer
  /// Every parameter, in order of creation.
  public let parameters: [Parameter]
  private let encoder: Encoder
  private let head: Linear  // h̄ to C

  /// Creates the model's parameters in `store`.
  ///
  /// - Parameters:
  ///   - configuration: its sizes; its vocabulary is the tokenizer's.
  ///   - tokenizer: has the tokens of `SpecialToken`.
  ///   - store: where parameters come from.
  /// - Throws: a `Failure` where tokenizer, configuration and checkpoint don't fit each other.
  public init(
    _ configuration: Configuration, tokenizer: Tokenizer, in store: ParameterStore
  ) throws(Failure) {
    let (sizes, scope) = (configuration.transformer, store.root)
    try sizes.requireTokens(of: tokenizer)
    self.configuration = configuration
    self.tokenizer = tokenizer
    let tokens = try scope.parameter(
      "model.shared.weight", [sizes.vocabularySize, sizes.width],
      .normal(deviation: 1 / Float(sizes.width).squareRoot()))
    encoder = try Encoder(sizes, tokens: tokens, in: scope / "model" / "encoder")
    head = try Linear(
      sizes.width, configuration.classes.count, in: scope / "classification_head" / "out_proj")
    try store.finish()
    parameters = store.parameters
  }

  /// A text and its class.
  public struct Example: Sendable, Equatable {
    /// The tokens, ended by `</s>`.
    public let tokens: [TokenID]
    /// The number of its class.
    public let label: Int

    /// Creates an example.
    public init(tokens: [TokenID], label: Int) {
      (self.tokens, self.label) = (tokens, label)
    }
  }

  /// Examples padded to a rectangle of B rows.
  public struct Batch: Sendable {
    let source: TokenBatch  // [B, S]
    let labels: Tensor  // [B], int32
    /// The number of texts, B.
    public var count: Int { source.lengths.count }
    /// The number of tokens.
    public var tokens: Int { source.lengths.reduce(0, +) }
  }

  /// Turns texts into tokens; it has no weights and makes no tensors, so that a thread of its own can do that.
  public struct Reader: Sendable {
    private let tokenizer: Tokenizer
    private let end: TokenID
    private let longest: Int

    fileprivate init(_ tokenizer: Tokenizer, _ configuration: TransformerConfiguration) {
      self.tokenizer = tokenizer
      end = configuration.end
      longest = configuration.maximumPositions - 1
    }

    /// Returns the tokens of a text with its end; those beyond the model's positions are left out.
    public func callAsFunction(_ text: [UInt8]) -> [TokenID] {
      tokenizer.encode(text).ids.prefix(longest) + [end]
    }
  }

  /// What turns texts into tokens.
  public var reader: Reader { Reader(tokenizer, configuration.transformer) }

  /// Returns examples as one batch.
  public func batch(_ examples: [Example]) -> Batch {
    Batch(
      source: source(examples.map(\.tokens)),
      labels: Tensor(
        integers: examples.map { Int32($0.label) }, [examples.count], on: encoder.backend))
  }

  private func source(_ tokens: [[TokenID]]) -> TokenBatch {
    TokenBatch(tokens, padding: configuration.transformer.padding, on: encoder.backend)
  }

  /// The mean of −log p(c | x), in nats a text.
  public func objectives(_ batch: Batch, _ mode: Mode) -> [Objective] {
    [
      Objective("nll", parameters) {
        Loss(crossEntropy(logits(batch.source, mode), targets: batch.labels))
      }
    ]
  }

  /// W h̄ + b of each text [B, C].
  private func logits(_ source: TokenBatch, _ mode: Mode) -> Tensor {
    let mask = configuration.isCausal ? AttentionMask.causal : .padding(source.lengths)
    let states = encoder.layers(
      encoder.embeddings(source.ids, from: 0, mode), mask: mask, mode)  // [B, S, D]
    // Padding stands behind the text: a causal state never sees it, and the mean leaves it out.
    return head(
      dropout(states.mean(over: source.lengths), configuration.headDropout, mode))  // [B, C]
  }

  /// Returns log p(c | x) of each class, of each text.
  ///
  /// - Parameter tokens: those of the texts, as `reader` makes them.
  /// - Returns: C values in nats for each text.
  public func logPosteriors(_ tokens: [[TokenID]]) -> [[Double]] {
    let count = configuration.classes.count
    let values = logits(source(tokens), .inference).logSoftmax().doubles()
    return tokens.indices.map { Array(values[$0 * count..<($0 + 1) * count]) }
  }
}

extension Encoder {
  fileprivate var backend: any Backend { embeddings.tokens.tensor.backend }
}

// MARK: - Pre-training

extension Classifier {
  /// Gives the encoder the weights of a trained one; the head stays as it is.
  ///
  /// - Parameter checkpoint: the weights of a model with mBART's names of an encoder, or, of a causal classifier, of a
  ///   language model.
  /// - Throws: a `Failure` if it lacks one, or holds it in another shape.
  public func takeEncoder(from checkpoint: Checkpoint) throws(Failure) {
    for parameter in parameters where parameter.name.hasPrefix("model.") {
      var name = parameter.name
      if configuration.isCausal {
        name =
          name == "model.shared.weight"
          ? "model.decoder.embed_tokens.weight"
          : "model.decoder." + name.dropFirst("model.encoder.".count)
      }
      let tensor = try checkpoint.tensor(name, parameter.shape)
      parameter.update { $0 = tensor }
    }
  }
}

// MARK: - config.json

extension Classifier.Configuration {
  /// The layout of folders that this version reads and writes.
  private static let format = 1
  private static let type: ByteString = "seqae_classifier"

  /// Reads a `config.json`.
  ///
  /// - Parameters:
  ///   - json: the file's contents.
  ///   - name: the file's name, for messages.
  /// - Throws: a `Failure` that names the first key that is absent, of the wrong type or out of range.
  public init(json: JSON, name: String) throws(Failure) {
    guard json["model_type"]?.stringValue == Self.type else {
      throw Failure(
        .data,
        "\(name): expected a classifier\(json.foundModel): train one with seqae train classifier")
    }
    let reader = ConfigurationReader(json: json, name: name)
    try reader.requireFormat(upTo: Self.format)
    self.init(try reader.transformer(), classes: try reader.words("classes"))
    guard classes.count > 1 else {
      throw Failure(.data, "\(name): classes: expected two names or more, found \(classes.count)")
    }
    isCausal = try reader.boolean("causal")
    headDropout = try reader.rate("head_dropout")
  }

  /// The complete `config.json`, defaults written out.
  public var json: JSON {
    [
      "model_type": .string(Self.type), "seqae_format": .integer(Self.format),
      "classes": .array(classes.map { .string($0) }), "causal": .bool(isCausal),
      "head_dropout": .number(decimal(headDropout)), "transformer": transformer.json,
    ]
  }
}
