import SeqaeFiles
import SeqaeModels

/// What recipes have settings for that trouble what a decoder gets of a text: noise on embeddings, and dropout of the
/// encoder's states.
public struct LatentNoiseSettings: Sendable, Equatable {
  /// s of the white noise e + s · rms(e) · ε on the encoder's token embeddings.
  public var embeddingNoise = 0.0
  /// What one draw of the latent's dropout decides about.
  public var dropout = LatentDropout.Kind.none
  /// The probability that a value or channel of the latent is dropped.
  public var dropoutRate = 0.1

  /// Creates the defaults: none of it.
  init() {}

  /// The settings of a configuration that holds these at `path`.
  static func settings<Configuration>(
    at path: WritableKeyPath<Configuration, LatentNoiseSettings> & Sendable
  ) -> [Setting<Configuration>] {
    let settings: [Setting<LatentNoiseSettings>] = [
      .number(
        "embedding_noise", \.embeddingNoise, 0...Double(TransformerConfiguration.highestNoise),
        "white noise on the encoder's embeddings, as a share of their root mean square"),
      .choice(
        "dropout", \.dropout,
        "of what the encoder hands on: none, standard (each value) or spatial (whole channels)"),
      .number("dropout_rate", \.dropoutRate, 0...0.9, "share of it that is dropped"),
    ]
    return settings.map { $0.within(path) }
  }

  /// Gives a model's configuration the noise.
  func apply(to model: inout TransformerConfiguration) {
    model.embeddingNoise = Float(embeddingNoise)
    model.latentDropout = LatentDropout(dropout, rate: Float(dropoutRate))
  }
}
