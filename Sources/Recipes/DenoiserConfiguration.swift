import SeqaeFiles
import SeqaeModels
import SeqaeTensors
import SeqaeText
import SeqaeTraining

/// Everything that decides how a denoiser comes out, beside its data and how long it is trained.
///
/// Where no source is named the default is our own, chosen on development lines.
public struct DenoiserConfiguration: Configurable, Equatable {
  /// What follows the warm-up of the learning rate.
  public enum Decay: String, CaseIterable, Sendable {
    /// Half a cosine.
    case cosine
    /// A straight line.
    case linear
    /// With the inverse square root of the step.
    case inverseSquareRoot = "inverse_sqrt"
    /// It does not fall.
    case constant
  }

  /// What is done to clean lines.
  public enum NoiseFamily: String, CaseIterable, Sendable {
    /// Insertions, and wrong, missing and exchanged letters.
    case standard
    /// Wrong Chinese characters and nothing else.
    case spelling
  }

  private static let standardNoise = DenoiserNoise.Configuration()
  private static let standardInsertions = MixedTextNoise.Configuration()

  /// Decides every random choice of the run.
  public var seed = 0
  /// D, the width of the residual stream.
  public var width = 256
  /// The heads of every attention.
  public var heads = 4
  /// The inner width of the feed-forward networks.
  public var feedForward = 1024
  /// The number of encoder layers.
  public var encoderLayers = 4
  /// The number of decoder layers.
  public var decoderLayers = 1
  /// The longest text in tokens.
  public var positions = 256
  /// Dropout of embeddings and sublayers; Vaswani et al. 2017, §5.4.
  public var dropout = 0.0
  /// Dropout of attention weights.
  public var attentionDropout = 0.0
  /// Dropout inside the feed-forward networks.
  public var activationDropout = 0.0
  /// The number of tokens where the run trains its own tokenizer.
  public var vocabulary = 6000
  /// What is done to clean lines.
  public var noiseFamily = NoiseFamily.standard
  /// The share of wrong characters that are drawn as the pairs have them; of the noise `spelling`.
  public var mistakeShare = SpellingNoise.Configuration().mistakeShare
  /// The share of lines without noise.
  public var cleanShare = Self.standardNoise.cleanShare
  /// The share of noisy lines with insertions and nothing else.
  public var insertionShare = Self.standardNoise.insertionShare
  /// The share of noisy lines with wrong, missing and exchanged letters and nothing else; the rest has both.
  public var letterShare = Self.standardNoise.letterShare
  /// The highest share of a line's letters that one noise spoils.
  public var highestLetterRate = Self.standardNoise.highestLetterRate
  /// The share of lines into which an address, a number, a name and the like are put, which stay clean.
  public var insetShare = 0.1
  /// The share of lines with insertions that get separators and nothing else.
  public var separatorShare = Self.standardInsertions.separatorShare
  /// The share of lines with insertions that get separators and others.
  public var bothShare = Self.standardInsertions.bothShare
  /// The share of lines with insertions that are all of one kind.
  public var oneKindShare = Self.standardInsertions.oneKindShare
  /// The lowest share of gaps that get an insertion.
  public var lowestRate = Self.standardInsertions.rates.lowerBound
  /// The highest share of gaps that get an insertion.
  public var highestRate = Self.standardInsertions.rates.upperBound
  /// The probability of an insertion beside a space or mark, as a share of the rate.
  public var besideSpaces = Self.standardInsertions.besideSpaces
  /// The share of lines with masked tokens.
  public var maskShare = 0.25
  /// The share of tokens masked there; BERT, Devlin et al. 2019, §3.1.
  public var maskRate = MaskNoise.defaultRate
  /// The share of lines that are cut down to a few words.
  public var fragmentShare = 0.1
  /// The share of the examples that are pairs, where some of the data is pairs.
  public var pairShare = 0.2
  /// The share of the lines that are English.
  public var englishShare = 0.5
  /// A corpus is drawn in proportion to its lines to this power; Conneau & Lample 2019, §3.1.
  public var corpusExponent = 0.5
  /// Lines of more characters are cut at sentence bounds.
  public var lineLimit = 160
  /// How many lines of a corpus are kept in memory and shuffled together: 20 MB of sentences, and most
  /// corpora whole.
  public var shuffleWindow = 262_144
  /// What products and activations are computed in.
  public var precision = Precision.float32
  /// The most tokens of a batch, padding included.
  public var batchTokens = 2048
  /// The batches of a step, whose gradients are added up.
  public var accumulationSteps = 1
  /// How many lines are sorted by length together.
  public var window = 8192
  /// The highest learning rate.
  public var learningRate = 1e-3
  /// The steps in which it is reached.
  public var warmupSteps = 200
  /// How it falls afterwards.
  public var decay = Decay.cosine
  /// What is left of it at the end; of cosine and linear.
  public var floor = 0.02
  /// Label smoothing; Szegedy et al. 2016, §7.
  public var labelSmoothing = 0.0
  /// Decoupled weight decay; the default of PyTorch's AdamW.
  public var weightDecay = 0.01
  /// Adam's decay of squared gradients; Vaswani et al. 2017, §5.3.
  public var beta2 = 0.98
  /// Gradients are clipped to this norm; Pascanu, Mikolov & Bengio 2013.
  public var maximumNorm = 1.0
  /// The decay of a moving average of the weights, which is judged and written in their place; 0 for none.
  public var averageDecay = 0.0
  /// Of how many of the last checkpoints the mean is judged at the end; Vaswani et al. 2017, §6.1: 5.
  public var averagedCheckpoints = 0
  /// Edits of lower probability are not made.
  public var minimumConfidence = 0.5
  /// How many development lines of each language the model is judged on.
  public var validationLines = 200
  /// The minutes between validations.
  public var validationMinutes = 5.0
  /// The steps between validations, in place of minutes; 0 for minutes.
  public var validationSteps = 0
  /// How many validations in a row without a better model end the run; 0 for any number.
  public var patience = 0
  /// The minutes between checkpoints.
  public var checkpointMinutes = 5.0
  /// The steps between lines of the log.
  public var logSteps = 50

  /// Creates the configuration of the shipped denoiser.
  public init() {}

  /// Every value by the name that `--set` knows it by.
  public static let settings: [Setting<DenoiserConfiguration>] = [
    .integer("seed", \.seed, 0...Int.max, "decides every random choice of the run"),
    .integer("width", \.width, 8...4096, "width of the residual stream"),
    .integer("heads", \.heads, 1...64, "heads of every attention; divides the width"),
    .integer("feed_forward", \.feedForward, 8...16384, "inner width of feed-forward networks"),
    .integer("encoder_layers", \.encoderLayers, 1...48, "layers that read the text"),
    .integer("decoder_layers", \.decoderLayers, 1...48, "layers that write the edits"),
    .integer(
      "positions", \.positions, DenoisingAutoencoder.minimumPositions...4096,
      "the longest text in tokens"),
    .number(
      "dropout", \.dropout, 0...0.9,
      "dropout of sublayers; 0 where lines hardly repeat, 0.1 on little data"),
    .number("attention_dropout", \.attentionDropout, 0...0.9, "dropout of attention weights"),
    .number("activation_dropout", \.activationDropout, 0...0.9, "dropout in feed-forward networks"),
    .integer(
      "vocabulary", \.vocabulary, 300...1_000_000,
      "tokens of a tokenizer that the run trains itself"),
    .choice(
      "noise", \.noiseFamily,
      "standard, or spelling: wrong Chinese characters alone, by the settings that say so"),
    .number(
      "mistake_share", \.mistakeShare, 0...1,
      "share of wrong characters drawn as pairs in the data have them; of spelling"),
    .number("clean_share", \.cleanShare, 0...1, "share of lines left as they are; of spelling too"),
    .number(
      "insertion_share", \.insertionShare, 0...1, "share of noisy lines with insertions only"),
    .number(
      "letter_share", \.letterShare, 0...1,
      "share of noisy lines with wrong, missing and exchanged letters only; the rest has both"),
    .number(
      "highest_letter_rate", \.highestLetterRate, 0.01...1,
      "highest share of a line's letters that one noise spoils; of spelling too"),
    .number(
      "inset_share", \.insetShare, 0...1,
      "share of lines with an address, number, name and the like put in, which stays clean"),
    .number(
      "separator_share", \.separatorShare, 0...1,
      "share of lines with insertions that get separators only"),
    .number(
      "both_share", \.bothShare, 0...1,
      "share of lines with insertions that get separators and others"),
    .number("one_kind_share", \.oneKindShare, 0...1, "share of insertion noise of a single kind"),
    .number("lowest_rate", \.lowestRate, 0...1, "lowest share of gaps that get an insertion"),
    .number("highest_rate", \.highestRate, 0...1, "highest share of gaps that get an insertion"),
    .number(
      "beside_spaces", \.besideSpaces, 0...1,
      "insertions at gaps beside a space or mark, as a share of the rate between letters"),
    .number("mask_share", \.maskShare, 0...1, "share of lines with masked tokens"),
    .number(
      "mask_rate", \.maskRate, 0...1, "share of tokens masked there (BERT, Devlin et al. 2019 §3.1)"
    ),
    .number("fragment_share", \.fragmentShare, 0...1, "share of lines cut down to a few words"),
    .number(
      "pair_share", \.pairShare, 0...1,
      "share of the examples that are pairs, FILE:NOISY,CLEAN, where some of the data is"),
    .number("english_share", \.englishShare, 0...1, "share of the lines that are English"),
    .number(
      "corpus_exponent", \.corpusExponent, 0...1,
      "a corpus is drawn in proportion to its lines to this power (Conneau & Lample 2019, §3.1: 0.5)"
    ),
    .integer(
      "line_limit", \.lineLimit, 8...4096, "lines of more characters are cut into sentences"),
    .integer(
      "shuffle_window", \.shuffleWindow, 64...100_000_000,
      "lines of a corpus in memory and shuffled together"),
    .choice(
      "precision", \.precision,
      "products and activations; weights, moments and gradients stay float32"),
    .integer("batch_tokens", \.batchTokens, 16...1_000_000, "tokens of a batch with their padding"),
    .integer(
      "accumulation_steps", \.accumulationSteps, 1...65536,
      "batches of a step, their gradients added up as if they were one"),
    .integer("window", \.window, 1...1_000_000, "lines that are sorted by length together"),
    .number("learning_rate", \.learningRate, 1e-9...1, "the highest learning rate"),
    .integer("warmup_steps", \.warmupSteps, 0...1_000_000, "steps until it is reached"),
    .choice("decay", \.decay, "how the learning rate falls after the warm-up"),
    .number(
      "floor", \.floor, 0...1, "what is left of the learning rate at the end; of cosine and linear"),
    .number("label_smoothing", \.labelSmoothing, 0...0.9, "label smoothing (Szegedy et al. 2016)"),
    .number("weight_decay", \.weightDecay, 0...1, "decoupled weight decay (PyTorch's AdamW: 0.01)"),
    .number("beta2", \.beta2, 0...0.9999999, "Adam's second decay (Vaswani et al. 2017, §5.3)"),
    .number("maximum_norm", \.maximumNorm, 1e-6...1e6, "gradients are clipped to this norm"),
    .number(
      "ema", \.averageDecay, 0...0.9999999,
      "decay of a moving average of the weights, judged and kept in their place; 0 for none"),
    .integer(
      "average_checkpoints", \.averagedCheckpoints, 0...100,
      "at the end, judge the mean of so many last checkpoints (Vaswani et al. 2017, §6.1: 5)"),
    .number(
      "min_confidence", \.minimumConfidence, 0...1, "edits of lower probability are not made"),
    .integer(
      "validation_lines", \.validationLines, 1...100_000, "development lines of each language"),
    .number(
      "validation_minutes", \.validationMinutes, 0.001...100_000, "minutes between validations"),
    .integer(
      "validation_steps", \.validationSteps, 0...1_000_000_000,
      "steps between validations, instead of minutes; 0 for minutes"),
    .integer(
      "patience", \.patience, 0...1_000_000,
      "end after so many validations in a row without a better model; 0 for never"),
    .number(
      "checkpoint_minutes", \.checkpointMinutes, 0.001...100_000, "minutes between checkpoints"),
    .integer("log_steps", \.logSteps, 1...1_000_000, "steps between lines of the log"),
  ]
}

// MARK: - The parts' own configurations

extension DenoiserConfiguration {
  /// Checks what no single setting shows.
  ///
  /// - Throws: `Failure(.usage)`.
  func check() throws(Failure) {
    guard width % heads == 0 else {
      throw Failure(.usage, "width=\(width) is not divisible by heads=\(heads): change one of them")
    }
    guard lowestRate <= highestRate else {
      throw Failure(
        .usage, "lowest_rate=\(lowestRate) is above highest_rate=\(highestRate): exchange them")
    }
    guard insertionShare + letterShare <= 1 else {
      throw Failure(
        .usage,
        "insertion_share + letter_share is \(insertionShare + letterShare): lower one, to at most 1"
      )
    }
    guard separatorShare + bothShare <= 1 else {
      throw Failure(
        .usage,
        "separator_share + both_share is \(separatorShare + bothShare): lower one, to at most 1")
    }
  }

  /// The model's sizes, over the tokens of `tokenizer`.
  func model(_ tokenizer: Tokenizer) throws(Failure) -> TransformerConfiguration {
    var model = try DenoisingAutoencoder.configuration(for: tokenizer)
    model.width = width
    model.heads = heads
    model.feedForward = feedForward
    model.encoderLayers = encoderLayers
    model.decoderLayers = decoderLayers
    model.maximumPositions = positions
    model.dropout = Float(dropout)
    model.attentionDropout = Float(attentionDropout)
    model.activationDropout = Float(activationDropout)
    return model
  }

  package var noise: DenoiserNoise.Configuration {
    var noise = DenoiserNoise.Configuration()
    noise.cleanShare = cleanShare
    noise.insertionShare = insertionShare
    noise.letterShare = letterShare
    noise.highestLetterRate = highestLetterRate
    noise.insertions.separatorShare = separatorShare
    noise.insertions.bothShare = bothShare
    noise.insertions.oneKindShare = oneKindShare
    noise.insertions.rates = lowestRate...highestRate
    noise.insertions.besideSpaces = besideSpaces
    return noise
  }

  /// The noise of training, which may draw wrong characters as `mistakes` have them.
  package func noise(mistakes: SpellingMistakes) -> any TextNoise {
    switch noiseFamily {
    case .standard: return DenoiserNoise(noise)
    case .spelling:
      var spelling = SpellingNoise.Configuration()
      spelling.cleanShare = cleanShare
      spelling.highestRate = highestLetterRate
      spelling.mistakeShare = mistakeShare
      return SpellingNoise(spelling, mistakes: mistakes)
    }
  }

  /// How many development lines of a language are kept: enough where noise leaves most of them alone.
  var developmentLimit: Int { 4 * validationLines }

  package var schedule: Schedule {
    let shape: Schedule.Decay =
      switch decay {
      case .cosine: .cosine(floor: floor)
      case .linear: .linear(floor: floor)
      case .inverseSquareRoot: .inverseSquareRoot
      case .constant: .constant
      }
    return Schedule(peak: learningRate, warmup: warmupSteps, decay: shape)
  }

  func trainer(steps: Int?, minutes: Double?) -> TrainerConfiguration {
    var trainer = TrainerConfiguration()
    trainer.steps = steps
    trainer.minutes = minutes
    trainer.accumulationSteps = accumulationSteps
    trainer.schedule = schedule
    trainer.maximumNorm = Float(maximumNorm)
    trainer.validationSteps = validationSteps > 0 ? validationSteps : nil
    trainer.validationMinutes = validationSteps > 0 ? nil : validationMinutes
    trainer.patience = patience
    trainer.averageDecay = averageDecay
    trainer.averagedCheckpoints = averagedCheckpoints
    trainer.checkpointMinutes = checkpointMinutes
    trainer.logSteps = logSteps
    trainer.precision = precision
    trainer.seed = UInt64(seed)
    return trainer
  }
}
