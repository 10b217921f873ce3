import SeqaeFiles

extension SequenceVQVAE {
  /// Its sizes and constants.
  public struct Configuration: Sendable, Equatable {
    /// What moves the codebook.
    public enum Update: String, CaseIterable, Sendable {
      /// Moving averages of what falls to each code; van den Oord et al. 2017, appendix A.1.
      case ema
      /// The gradient of the second term.
      case gradient
    }

    /// Its sizes; its code is all codes of a sentence side by side.
    public private(set) var latent: LatentConfiguration
    /// K, the codes of a sentence.
    public let slots: Int
    /// d, the values of a code.
    public let values: Int
    /// N, the codes of the codebook.
    public var codes = 512
    /// β; van den Oord et al. 2017, §3.2: 0.25.
    public var commitment: Float = 0.25
    /// What moves the codebook.
    public var update = Update.ema
    /// γ of the moving averages; van den Oord et al. 2017, appendix A.1: 0.99.
    public var decay: Float = 0.99
    /// The share of the mean use below which a code of such averages is put elsewhere.
    public var restart: Float = 0.03
    /// The share of a run in which the decoder reads z_e itself.
    public var delay: Double = 0

    /// Creates a configuration of `slots` codes of `values` values for each sentence.
    public init(_ latent: LatentConfiguration, slots: Int, values: Int) {
      var latent = latent
      latent.size = slots * values
      (self.latent, self.slots, self.values) = (latent, slots, values)
    }

    /// The sizes of the prior over codes: those of the decoder, with the codes and a start as tokens.
    var prior: TransformerConfiguration {
      var sizes = latent.transformer
      sizes.vocabularySize = codes + 1
      sizes.maximumPositions = slots
      return sizes
    }
  }
}

extension SequenceVQVAE.Configuration: LatentModelConfiguration {
  /// Reads a `config.json`.
  ///
  /// - Parameters:
  ///   - json: the file's contents.
  ///   - name: the file's name, for messages.
  /// - Throws: a `Failure` that names the first key that is absent, of the wrong type or out of range.
  public init(json: JSON, name: String) throws(Failure) {
    let reader = ConfigurationReader(json: json, name: name)
    let latent = try LatentConfiguration(reader, .vqvae)
    let slots = try reader.integer("slots", 1...4096)
    guard latent.size % slots == 0 else {
      throw Failure(.data, "\(name): latent_size \(latent.size) is not divisible by slots \(slots)")
    }
    guard latent.classes.isEmpty else {
      throw Failure(.data, "\(name): classes: a VQ-VAE is told none")
    }
    self.init(latent, slots: slots, values: latent.size / slots)
    codes = try reader.integer("codebook_size", 2...LatentConfiguration.sizeLimit)
    commitment = try reader.number("commitment", 0...1e6, default: 0.25)
    update = try reader.choice("codebook_update", default: .ema)
    decay = try reader.number("codebook_decay", 0...0.999999, default: 0.99)
    restart = try reader.number("codebook_restart", 0...0.9, default: 0.03)
    delay = decimal(try reader.number("codebook_delay", 0...0.95, default: 0))
  }

  /// The complete `config.json`, defaults written out.
  public var json: JSON {
    latent.json(
      .vqvae,
      [
        "slots": .integer(slots),
        "codebook_size": .integer(codes),
        "commitment": .number(decimal(commitment)),
        "codebook_update": JSON(update.rawValue),
        "codebook_decay": .number(decimal(decay)),
        "codebook_restart": .number(decimal(restart)),
        "codebook_delay": .number(delay),
      ])
  }
}
