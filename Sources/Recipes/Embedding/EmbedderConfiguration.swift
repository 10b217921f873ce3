import SeqaeFiles
import SeqaeModels
import SeqaeText

/// Everything that decides how an embedder comes out, beside its data and how long it is trained.
///
/// Where no source is named the default is our own.
public struct EmbedderConfiguration: TextConfiguration, Equatable {
  /// A second objective, or none.
  public enum Second: String, CaseIterable, Sendable {
    case none, tsdae, simcse, contrast, distillation
  }

  /// How states become a vector.
  public enum PoolingChoice: String, CaseIterable, Sendable {
    /// As the objective's authors do: cls for TSDAE and SimCSE, mean for the others.
    case objective
    case cls, mean, max
  }

  /// What it has in common with the other recipes.
  public var training = TrainingSettings()

  /// What is made small.
  public var objective = EmbedderTraining.Kind.tsdae
  /// What else is made small.
  public var second = Second.none
  /// The weight of that beside the first.
  public var secondWeight = 1.0
  /// How states become a vector.
  public var pooling = PoolingChoice.objective
  /// The share of the tokens that TSDAE deletes; Wang et al. 2021, §6.1.
  public var deletion = 0.6
  /// τ of simcse and contrast; Gao et al. 2021, §3.
  public var temperature = 0.05
  /// What spoils the texts of contrast and distillation.
  public var noise = SourceNoise.denoiser
  /// The share that it spoils, where it has one.
  public var noiseRate = 0.1
  /// The folder of the embedder whose vectors are the targets of distillation.
  public var teacher = ""
  /// How vectors are compared with those.
  public var likeness = EmbedderTraining.Likeness.mse
  /// Scored pairs of sentences by which the best model is chosen; empty for noisy development lines.
  public var pairs = ""
  /// The folder of the embedder that it starts from; empty for random weights.
  public var encoder = ""
  /// Sizes and dropout.
  public var transformer = TransformerSettings(positions: 128)
  /// The number of layers.
  public var layers = 4

  /// The learning rate where weights are given; Wang et al. 2021, appendix A.
  static let startedRate = 3e-5

  /// Creates the defaults.
  public init() {
    // Devlin et al. 2019, appendix A.2; it is all that makes the two vectors of SimCSE differ.
    transformer.sublayerDropout = 0.1
    transformer.attentionDropout = 0.1
  }

  /// Every value by the name that `--set` knows it by.
  public static let settings: [Setting<EmbedderConfiguration>] =
    objectives + materials
    + TransformerSettings.sizes(
      at: \.transformer, layers: [.integer("layers", \.layers, 1...48, "layers of the encoder")],
      longer: "; of longer ones the beginning is learnt from")
    // There is none in BERT's feed-forward networks.
    + TransformerSettings.dropouts(at: \.transformer).filter { $0.name != "activation_dropout" }
    + TrainingSettings.settings(at: \.training)

  private static let objectives: [Setting<EmbedderConfiguration>] = [
    .choice(
      "objective", \.objective,
      "tsdae (write a text from the vector of what is left of it), simcse (find a text again under other "
        + "dropout), contrast (find the text of a noisy one) or distillation (another embedder's vectors)"
    ),
    .choice("second", \.second, "another of these beside it, or none"),
    .number("second_weight", \.secondWeight, 0...1000, "the weight of that"),
    .choice(
      "pooling", \.pooling,
      "how states become a vector: cls, mean, max, or objective: cls for tsdae and simcse, else mean"
    ),
    .number(
      "deletion", \.deletion, 0...1,
      "share of the tokens that tsdae deletes (Wang et al. 2021: 0.6)"),
    .number(
      "temperature", \.temperature, 0.001...10,
      "what cosines are divided by in simcse and contrast (Gao et al. 2021: 0.05)"),
  ]

  private static let materials: [Setting<EmbedderConfiguration>] = [
    .choice(
      "noise", \.noise,
      "what spoils the texts that contrast and distillation read: none, denoiser (its mixture), letters "
        + "(of that mixture), or one of seqae noise"),
    .number("noise_rate", \.noiseRate, 0...1, "share that it spoils, if it has one"),
    .folder("teacher", \.teacher, "the embedder whose vectors distillation comes near to"),
    .choice(
      "likeness", \.likeness,
      "how near: mse, cosine, or similarity, that of the texts of a batch to each other, for vectors of "
        + "another size"),
    .folder(
      "pairs", \.pairs,
      "scored pairs of sentences, as of evaluate sts, that choose the best model; else it is how well noisy "
        + "development lines find their clean ones"),
    .folder(
      "encoder", \.encoder,
      "the embedder that it starts from, whose sizes and tokens it has; --from gives it"),
  ]

  /// Checks what no single setting shows.
  ///
  /// - Throws: `Failure(.usage)`.
  public func check() throws(Failure) {
    try transformer.check()
    guard second.rawValue != objective.rawValue else {
      throw Failure(
        .usage, "second=\(second.rawValue) is the objective already: choose another, or none")
    }
    let distills = kinds.contains(.distillation)
    guard distills != teacher.isEmpty else {
      throw Failure(
        .usage,
        distills
          ? "distillation expects teacher=DIR, the embedder whose vectors it comes near to"
          : "teacher=\(teacher) is for objective=distillation: leave it out")
    }
  }

  /// The objectives, the first one first.
  var kinds: [EmbedderTraining.Kind] {
    [objective] + [EmbedderTraining.Kind(rawValue: second.rawValue)].compactMap { $0 }
  }

  /// What is made small.
  var objectives: EmbedderTraining.Configuration {
    var configuration = EmbedderTraining.Configuration(objective)
    configuration.objectives += kinds.dropFirst().map { ($0, Float(secondWeight)) }
    configuration.temperature = Float(temperature)
    configuration.likeness = likeness
    return configuration
  }

  /// Takes the sizes of an embedder from which a run starts.
  mutating func take(_ sizes: SentenceEncoder.Configuration) {
    transformer.width = sizes.bert.width
    transformer.heads = sizes.bert.heads
    transformer.feedForward = sizes.bert.feedForward
    transformer.positions = sizes.longest
    layers = sizes.bert.layers
    pooling = PoolingChoice(rawValue: sizes.pooling.rawValue) ?? pooling
  }

  /// The encoder's sizes, over the tokens of `tokenizer`.
  ///
  /// - Parameters:
  ///   - tokenizer: whose tokens it has.
  ///   - start: the sizes of the embedder that it starts from, nil for none.
  /// - Returns: the sizes.
  /// - Throws: `Failure(.usage)` where settings are others than those of that embedder.
  func sizes(
    _ tokenizer: Tokenizer, from start: SentenceEncoder.Configuration?
  ) throws(Failure) -> SentenceEncoder.Configuration {
    var sizes: SentenceEncoder.Configuration
    if let start {
      var own = self
      own.take(start)
      own.pooling = pooling
      // Fewer tokens may be read than there are positions for.
      own.transformer.positions = transformer.positions
      guard own == self, transformer.positions <= start.bert.maximumPositions else {
        throw Failure(
          .usage,
          "the embedder in \(encoder) has width \(start.bert.width), heads \(start.bert.heads), feed_forward "
            + "\(start.bert.feedForward), layers \(start.bert.layers) and \(start.bert.maximumPositions) "
            + "positions: leave these out: a run that starts from it has its sizes")
      }
      sizes = start
      // It may have more tokens than that one.
      sizes.bert.vocabularySize = max(start.bert.vocabularySize, tokenizer.vocabulary.count)
    } else {
      var bert = BERTConfiguration(vocabularySize: tokenizer.vocabulary.count)
      bert.width = transformer.width
      bert.layers = layers
      bert.heads = transformer.heads
      bert.feedForward = transformer.feedForward
      bert.maximumPositions = transformer.positions
      bert.padding = try Self.padding(tokenizer)
      sizes = SentenceEncoder.Configuration(bert)
    }
    sizes.bert.dropout = Float(transformer.sublayerDropout)
    sizes.bert.attentionDropout = Float(transformer.attentionDropout)
    sizes.longest = transformer.positions
    sizes.pooling =
      Pooling(rawValue: pooling.rawValue)
      ?? ([.tsdae, .simcse].contains(objective) ? .cls : .mean)
    return sizes
  }

  /// The token that fills rows: ours, or that of word pieces.
  private static func padding(_ tokenizer: Tokenizer) throws(Failure) -> TokenID {
    for name in [SpecialToken.pad.rawValue, "[PAD]"] {
      if let id = tokenizer.vocabulary.id(of: ByteString(name)) { return id }
    }
    throw Failure(.data, "the tokenizer has no token <pad> or [PAD]")
  }
}
