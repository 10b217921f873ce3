import SeqaeFiles
import SeqaeModels
import SeqaeText

/// Everything that decides how a classifier comes out, beside its data and how long it is trained.
///
/// Where no source is named the default is our own.
public struct ClassifierConfiguration: TextConfiguration, SizedConfiguration, Equatable {
  /// What it has in common with the other recipes.
  public var training = TrainingSettings()
  /// The share of the labelled texts for training that is learnt from, of each class.
  public var labelShare = 1.0
  /// Decides which texts these are, whatever the seed of the run.
  public var labelSeed = 0
  /// The run of a conditional VAE whose samples are learnt from too; empty for none.
  public var samples = ""
  /// How many of them, of each class.
  public var samplesPerClass = 100
  /// Dropout of the mean state; BERT, Devlin et al. 2019, §A.2: 0.1.
  public var headDropout = 0.1
  /// Whether a state sees only what came before, as a language model's.
  public var isCausal = Causality.no
  /// Sizes and dropout.
  public var transformer = TransformerSettings(positions: 128)
  /// The number of layers.
  public var encoderLayers = 2

  /// What a state sees.
  public enum Causality: String, CaseIterable, Sendable {
    /// The whole text.
    case no
    /// What came before.
    case yes
  }

  /// Creates the defaults: common ones, but for dropout, judging and stopping early by development texts.
  public init() {
    training.validationLines = 2000
    training.validationSteps = 50
    training.patience = 10
    training.learningRate = 3e-4
    training.warmupSteps = 50
    transformer.sublayerDropout = 0.1
  }

  /// Every value by the name that `--set` knows it by.
  public static let settings: [Setting<ClassifierConfiguration>] =
    texts
    + TransformerSettings.sizes(
      at: \.transformer, layers: [.integer("encoder_layers", \.encoderLayers, 1...48, "layers")],
      longer: "; of longer ones the beginning is read")
    + TransformerSettings.dropouts(at: \.transformer)
    + TrainingSettings.settings(at: \.training)

  private static let texts: [Setting<ClassifierConfiguration>] = [
    .number(
      "label_share", \.labelShare, 1e-6...1,
      "share of the texts for training that is learnt from, of each class, one text at least"),
    .integer("label_seed", \.labelSeed, 0...Int.max, "decides which texts these are"),
    .folder("samples", \.samples, "a run of train cvae whose samples are learnt from too"),
    .integer("samples_per_class", \.samplesPerClass, 1...100_000, "how many, if it is given"),
    .number(
      "head_dropout", \.headDropout, 0...0.9,
      "dropout of the mean state (Devlin et al. 2019, §A.2: 0.1)"),
    .choice(
      "causal", \.isCausal,
      "whether a state sees only what came before: no or yes, as a language model's"),
  ]

  /// Checks what no single setting shows.
  ///
  /// - Throws: `Failure(.usage)`.
  public func check() throws(Failure) {
    try transformer.check()
  }

  /// Takes the sizes of the encoder that a run starts from.
  public mutating func take(_ sizes: TransformerConfiguration) {
    transformer.take(sizes)
    encoderLayers = sizes.encoderLayers
  }

  /// The model's sizes, over the tokens of `tokenizer`.
  func model(
    _ tokenizer: Tokenizer, _ classes: [ByteString]
  ) throws(Failure) -> Classifier.Configuration {
    var transformer = try TransformerConfiguration(for: tokenizer)
    self.transformer.apply(to: &transformer)
    transformer.encoderLayers = encoderLayers
    var model = Classifier.Configuration(transformer, classes: classes)
    model.isCausal = isCausal == .yes
    model.headDropout = Float(headDropout)
    return model
  }
}
