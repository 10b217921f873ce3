import SeqaeFiles
import SeqaeModels
import SeqaeText

/// Everything that decides how a sentence VAE comes out, beside its data and how long it is trained.
///
/// Where no source is named the default is our own.
public struct VAEConfiguration: LatentRecipeConfiguration, Equatable {
  /// What it has in common with the other recipes.
  public var training = TrainingSettings()
  /// Sizes, noise and dropout.
  public var latent = LatentSettings()
  /// β; 1 for −ELBO.
  public var beta = 1.0
  /// What becomes of β in the course of the run.
  public var annealing = Annealing.Kind.cyclic
  /// How often it rises, of cyclic; Fu et al. 2019, §4: 4.
  public var cycles = 4
  /// In what share of a cycle it becomes whole; Fu et al. 2019, §4: 0.5.
  public var annealingShare = 0.5
  /// λ, the nats that each dimension may have for nothing; Kingma et al. 2016, appendix C.8.
  public var freeBits = 0.0
  /// The steps of the encoder alone before each of the decoder alone; 0 for steps of both. He et al. 2019, §4: as many as help,
  /// some tens.
  public var encoderSteps = 0
  /// In what share of the run.
  public var encoderShare = 0.3

  /// Creates the defaults.
  public init() {}

  /// Every value by the name that `--set` knows it by.
  public static let settings: [Setting<VAEConfiguration>] =
    [
      .number("beta", \.beta, 0...1e6, "weight of the divergence; 1 for −ELBO"),
      .choice(
        "annealing", \.annealing,
        "how it gets there: none (at once), linear (Bowman et al. 2016, §3.1) or cyclic"),
      .integer(
        "annealing_cycles", \.cycles, 1...1_000_000,
        "how often it rises, of cyclic (Fu et al. 2019, §4: 4)"),
      .number(
        "annealing_share", \.annealingShare, 0...1,
        "in what share of the run or of a cycle (Fu et al. 2019, §4: 0.5)"),
      .number(
        "free_bits", \.freeBits, 0...1e6,
        "nats of each dimension that cost nothing (Kingma et al. 2016, C.8)"),
      .integer(
        "encoder_steps", \.encoderSteps, AggressiveTraining.range,
        "steps of the encoder alone before each of the decoder alone (He et al. 2019, §4), so that it does "
          + "not lag behind; 0 for none"),
      .number(
        "encoder_share", \.encoderShare, 0...1, "in what share of the run, from its beginning on"),
    ] + LatentSettings.settings(at: \.latent) + TrainingSettings.settings(at: \.training)

  /// The model's sizes, over the tokens of `tokenizer`.
  func model(_ tokenizer: Tokenizer) throws(Failure) -> SentenceVAE.Configuration {
    weighed(SentenceVAE.Configuration(try latent.sizes(tokenizer)))
  }

  /// The same for a model that is told `classes`.
  func conditional(
    _ tokenizer: Tokenizer, _ classes: [ByteString]
  ) throws(Failure) -> ConditionalVAE.Configuration {
    guard classes.count > 1 else {
      throw Failure(
        .data, "the corpora have \(classes.count) classes: a conditional VAE needs two or more")
    }
    var sizes = try latent.sizes(tokenizer)
    sizes.classes = classes
    var model = ConditionalVAE.Configuration(sizes)
    model.vae = weighed(model.vae)
    return model
  }

  private func weighed(_ model: SentenceVAE.Configuration) -> SentenceVAE.Configuration {
    var model = model
    model.beta = Float(beta)
    model.freeBits = Float(freeBits)
    model.annealing = Annealing(annealing, cycles: cycles, share: annealingShare)
    model.aggressive = AggressiveTraining(steps: encoderSteps, share: encoderShare)
    return model
  }
}
