// A variational autoencoder over sentences.
//
// Kingma & Welling 2014, *Auto-Encoding Variational Bayes*; Bowman et al. 2016, *Generating Sentences from a Continuous
// Space*; in the form of Li et al. 2020, *Optimus*. The encoder gives a Gaussian q(z | x) = N(μ, diag σ²), a draw of
// it is z = μ + exp(½ log σ²) · ε with ε ~ N(0, I), the decoder writes x from z, and made small is
//
//     −E_q log p(x | z) + β · ½ Σⱼ (exp(log σⱼ²) + μⱼ² − 1 − log σⱼ²)
//
// the sum being KL(q(z | x) ‖ N(0, I)). At β = 1 that is −ELBO, and log p(x) = ELBO + KL(q(z | x) ‖ p(z | x)). Other β:
// Higgins et al. 2017, *β-VAE*. Where the input is noisy and the output clean: Im et al. 2017, *Denoising Criterion
// for Variational Auto-Encoding Framework*.
//
// B: batch; Z: size of z; μ [B, Z]; log σ² [B, Z].

import SeqaeFiles
import SeqaeLayers
import SeqaeRandom
import SeqaeTensors
import SeqaeText

/// A model of sentences with a continuous latent variable.
public struct SentenceVAE: LatentModel {
  /// Its sizes, and how its loss is weighed.
  public struct Configuration: Sendable, Equatable {
    /// Its sizes.
    public var latent: LatentConfiguration
    /// β, the weight of the divergence.
    public var beta: Float = 1
    /// What becomes of β in the course of training.
    public var annealing = Annealing()
    /// λ, the nats that each dimension may have for nothing; Kingma et al. 2016, *Improved Variational Inference
    /// with Inverse Autoregressive Flow*, appendix C.8.
    public var freeBits: Float = 0
    /// How the encoder is trained ahead of the decoder.
    public var aggressive = AggressiveTraining()

    /// Creates a configuration of −ELBO.
    public init(_ latent: LatentConfiguration) { self.latent = latent }
  }

  /// Its sizes, and how its loss is weighed.
  public let configuration: Configuration
  /// What turns text into its tokens and back.
  public let tokenizer: Tokenizer
  /// What reads and writes.
  public let network: LatentTransformer
  /// Every parameter, in order of creation.
  public let parameters: [Parameter]
  private let head: GaussianHead
  private let sides: EncoderSides

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
    guard configuration.latent.classes.isEmpty else {
      throw Failure(.data, "config.json: classes: a VAE is told none")
    }
    self.configuration = configuration
    self.tokenizer = tokenizer
    network = try LatentTransformer(configuration.latent, tokenizer, in: store.root)
    head = try GaussianHead(configuration.latent, in: store.root)
    try store.finish()
    parameters = store.parameters
    sides = EncoderSides(parameters)
  }

  /// Returns codes of N(0, I).
  public func draw(_ random: [Random], labels: [Int]) -> [LatentCode]? {
    normalCodes(size, random, labels: labels)
  }

  /// Returns q(z | x) for each text.
  public func posterior(_ source: TokenBatch, labels: [Int], _ mode: Mode) -> Posterior {
    head(network.pooled(source, labels: labels, mode))
  }

  /// −E log p(x | z) + β · KL with the whole of β, in nats a token: of both terms the sums over a batch's texts are
  /// divided by its tokens, so that a step doesn't depend on how long its texts are.
  public func objectives(_ batch: ReconstructionBatch, _ mode: Mode) -> [Objective] {
    objectives(batch, mode, at: TrainingMoment(step: 0, fraction: 1))
  }

  /// The same with what β is and what may move at that moment.
  public func objectives(
    _ batch: ReconstructionBatch, _ mode: Mode, at moment: TrainingMoment
  ) -> [Objective] {
    [
      Objective("elbo", sides.moved(by: configuration.aggressive, at: moment)) {
        variationalLoss(self, configuration, batch, mode, moment)
      }
    ]
  }
}

/// −E log p(x | z) + β · KL at a moment of a run, in nats a token, for a model with a Gaussian posterior.
func variationalLoss(
  _ model: some LatentModel, _ configuration: SentenceVAE.Configuration,
  _ batch: ReconstructionBatch, _ mode: Mode, _ moment: TrainingMoment
) -> Loss {
  let beta = configuration.beta * Float(configuration.annealing.weight(at: moment.fraction))
  let q = model.posterior(batch.source, labels: batch.classes, mode)
  let condition = model.network.condition(q(mode), batch.classes)
  let reconstruction = model.network.loss(batch, condition, mode)  // nats a token
  guard let divergences = q.divergences() else { return Loss(reconstruction) }
  let means = divergences.mean(0)  // of each dimension over the batch [1, Z]
  let kl = means.sum()  // nats a text
  let free = configuration.freeBits
  let penalty = free > 0 ? means.clamped(min: free).sum() : kl
  let textsPerToken = Float(batch.count) / Float(batch.tokens)
  return Loss(
    reconstruction + penalty * (beta * textsPerToken),
    terms: [
      ("reconstruction", reconstruction.item() / Double(textsPerToken)), ("kl", kl.item()),
      ("beta", Double(beta)),
    ])
}

// MARK: - config.json

extension SentenceVAE.Configuration: LatentModelConfiguration {
  /// Reads a `config.json`.
  ///
  /// - Parameters:
  ///   - json: the file's contents.
  ///   - name: the file's name, for messages.
  /// - Throws: a `Failure` that names the first key that is absent, of the wrong type or out of range.
  public init(json: JSON, name: String) throws(Failure) {
    let reader = ConfigurationReader(json: json, name: name)
    try self.init(reader, .vae)
  }

  /// Reads that of a VAE or of a conditional one.
  init(_ reader: ConfigurationReader, _ kind: LatentKind) throws(Failure) {
    self.init(try LatentConfiguration(reader, kind))
    beta = try reader.number("beta", 0...1e6, default: 1)
    freeBits = try reader.number("free_bits", 0...1e6, default: 0)
    annealing.kind = try reader.choice("annealing", default: .none)
    annealing.cycles = try reader.integer("annealing_cycles", 1...1_000_000)
    annealing.share = decimal(try reader.number("annealing_share", 0...1, default: 0.5))
    aggressive.steps = try reader.integer("encoder_steps", AggressiveTraining.range, default: 0)
    aggressive.share = decimal(try reader.number("encoder_share", 0...1, default: 0))
  }

  /// The complete `config.json`, defaults written out.
  public var json: JSON { json(.vae) }

  /// That of a VAE or of a conditional one.
  func json(_ kind: LatentKind) -> JSON {
    latent.json(
      kind,
      [
        "beta": .number(decimal(beta)),
        "free_bits": .number(decimal(freeBits)),
        "annealing": JSON(annealing.kind.rawValue),
        "annealing_cycles": .integer(annealing.cycles),
        "annealing_share": .number(annealing.share),
        "encoder_steps": .integer(aggressive.steps),
        "encoder_share": .number(aggressive.share),
      ])
  }
}
