import SeqaeFiles
import SeqaeModels
import SeqaeText

/// Everything that decides how a sentence VQ-VAE comes out, beside its data and how long it is trained.
///
/// Where no source is named the default is our own.
public struct VQVAEConfiguration: LatentRecipeConfiguration, Equatable {
  /// Where the codebook begins.
  public enum Start: String, CaseIterable, Sendable {
    /// At the middles of clusters of what the fresh encoder makes of texts.
    case kmeans
    /// Anywhere.
    case random
  }

  /// What it has in common with the other recipes.
  public var training = TrainingSettings()
  /// Sizes, noise and dropout; the size of a code follows from `slots` and `values`.
  public var latent = LatentSettings()
  /// K, the codes of a sentence.
  public var slots = 8
  /// d, the values of each; van den Oord et al. 2017, §4: 64.
  public var values = 64
  /// N, the codes of the codebook; van den Oord et al. 2017, §4.1: 512.
  public var codes = 512
  /// β; van den Oord et al. 2017, §3.2: 0.25.
  public var commitment = 0.25
  /// What moves the codebook.
  public var update = SequenceVQVAE.Configuration.Update.ema
  /// γ of moving averages; van den Oord et al. 2017, appendix A.1: 0.99.
  public var decay = 0.99
  /// The share of the mean use below which a code is put elsewhere; our own.
  public var restart = 0.03
  /// The share of the run in which the decoder reads z_e itself; our own, after Łańcucki et al. 2020, §3, who let the encoder
  /// learn before its codebook counts.
  public var delay = 0.0
  /// Where the codebook begins.
  public var start = Start.kmeans

  /// Creates the defaults.
  public init() {}

  /// Every value by the name that `--set` knows it by.
  public static let settings: [Setting<VQVAEConfiguration>] =
    [
      .integer("slots", \.slots, 1...256, "codes of a sentence"),
      .integer(
        "code_values", \.values, 1...4096, "values of each (van den Oord et al. 2017, §4: 64)"),
      .integer(
        "codebook_size", \.codes, 2...65536,
        "codes that there are (van den Oord et al. 2017, §4.1: 512)"),
      .number(
        "commitment", \.commitment, 0...1e6,
        "weight of ‖z_e − sg[e]‖² (van den Oord et al. 2017, §3.2: 0.25)"),
      .choice(
        "codebook_update", \.update,
        "what moves the codebook: ema, averages of what falls to each code, dead ones put elsewhere; or "
          + "gradient"),
      .number("codebook_decay", \.decay, 0...0.999999, "decay of those averages"),
      .number(
        "codebook_restart", \.restart, 0...0.9,
        "share of the mean use below which such a code is dead"),
      .number(
        "codebook_delay", \.delay, 0...0.95,
        "share of the run in which the decoder reads what the encoder makes as it is, while the codebook gets used to it"
      ),
      .choice("codebook_start", \.start, "where it begins: kmeans of encoded texts, or random"),
    ] + LatentSettings.settings(at: \.latent).filter { $0.name != "latent_size" }
    + TrainingSettings.settings(at: \.training)

  /// The model's sizes, over the tokens of `tokenizer`.
  func model(_ tokenizer: Tokenizer) throws(Failure) -> SequenceVQVAE.Configuration {
    var model = SequenceVQVAE.Configuration(
      try latent.sizes(tokenizer), slots: slots, values: values)
    model.codes = codes
    model.commitment = Float(commitment)
    model.update = update
    model.decay = Float(decay)
    model.restart = Float(restart)
    model.delay = delay
    return model
  }
}
