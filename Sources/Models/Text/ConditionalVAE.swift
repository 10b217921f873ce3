// A variational autoencoder over sentences that is told their class.
//
// Sohn, Lee & Yan 2015, *Learning Structured Output Representation using Deep Conditional Generative Models*, §4; the
// prior is N(0, I) whatever the class, as in model M2 of Kingma et al. 2014, *Semi-Supervised Learning with Deep
// Generative Models*. The class y enters the encoder, q(z | x, y), where its vector is added to the embeddings, and the
// decoder, p(x | z, y), which gets [z, y] with y as a one among zeros. Made small is
//
//     −E_q log p(x | z, y) + β · KL(q(z | x, y) ‖ N(0, I))
//
// so z need not say what y does, and the same z with another y is the same text of another class.

import SeqaeFiles
import SeqaeLayers
import SeqaeRandom
import SeqaeTensors
import SeqaeText

/// A model of sentences with a continuous latent variable, given their class.
public struct ConditionalVAE: LatentModel {
  /// Its sizes with the names of the classes, and how its loss is weighed.
  public struct Configuration: Sendable, Equatable {
    /// The sizes and the loss of the VAE that is told the classes.
    public var vae: SentenceVAE.Configuration

    /// Creates a configuration of −ELBO for the classes that `latent` names.
    public init(_ latent: LatentConfiguration) { vae = SentenceVAE.Configuration(latent) }
  }

  /// Its sizes with the names of the classes, and how its loss is weighed.
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
    guard configuration.vae.latent.classes.count > 1 else {
      throw Failure(.data, "config.json: classes: a conditional VAE is told two or more")
    }
    self.configuration = configuration
    self.tokenizer = tokenizer
    network = try LatentTransformer(configuration.vae.latent, tokenizer, in: store.root)
    head = try GaussianHead(configuration.vae.latent, in: store.root)
    try store.finish()
    parameters = store.parameters
    sides = EncoderSides(parameters)
  }

  /// Returns codes of N(0, I) with the classes that are asked for.
  public func draw(_ random: [Random], labels: [Int]) -> [LatentCode]? {
    normalCodes(size, random, labels: labels)
  }

  /// Returns q(z | x, y) for each text.
  public func posterior(_ source: TokenBatch, labels: [Int], _ mode: Mode) -> Posterior {
    head(network.pooled(source, labels: labels, mode))
  }

  /// −E log p(x | z, y) + β · KL with the whole of β, in nats a token.
  public func objectives(_ batch: ReconstructionBatch, _ mode: Mode) -> [Objective] {
    objectives(batch, mode, at: TrainingMoment(step: 0, fraction: 1))
  }

  /// The same with what β is and what may move at that moment.
  public func objectives(
    _ batch: ReconstructionBatch, _ mode: Mode, at moment: TrainingMoment
  ) -> [Objective] {
    [
      Objective("elbo", sides.moved(by: configuration.vae.aggressive, at: moment)) {
        variationalLoss(self, configuration.vae, batch, mode, moment)
      }
    ]
  }
}

// MARK: - config.json

extension ConditionalVAE.Configuration: LatentModelConfiguration {
  /// Reads a `config.json`.
  ///
  /// - Parameters:
  ///   - json: the file's contents.
  ///   - name: the file's name, for messages.
  /// - Throws: a `Failure` that names the first key that is absent, of the wrong type or out of range.
  public init(json: JSON, name: String) throws(Failure) {
    vae = try SentenceVAE.Configuration(ConfigurationReader(json: json, name: name), .cvae)
  }

  /// The complete `config.json`, defaults written out.
  public var json: JSON { vae.json(.cvae) }
}
