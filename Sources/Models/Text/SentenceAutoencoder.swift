// An autoencoder over sentences with a bottleneck: z = f(x), and −log p(x | z) is made small.
//
// Hinton & Salakhutdinov 2006, *Reducing the Dimensionality of Data with Neural Networks*; for sequences Dai & Le 2015,
// *Semi-supervised Sequence Learning*, §2. What narrows z beside its size Z:
//
//     sparse, kl     λ Σⱼ (ρ log ρ/ρ̂ⱼ + (1 − ρ) log (1 − ρ)/(1 − ρ̂ⱼ)), ρ̂ⱼ the mean of zⱼ = sigmoid(aⱼ) over a batch:
//                    Ng 2011, *Sparse Autoencoder* (CS294A lecture notes), §3
//     sparse, l1     λ Σⱼ |zⱼ|
//     contractive    λ ‖∂z/∂e‖²_F, e the embeddings of x: Rifai et al. 2011, *Contractive Auto-Encoders*, eq. 2, by
//                    forward differences: E_u ‖f(e + εu) − f(e)‖² / ε² for u ~ N(0, I)
//     denoising      x̃ is read, x is written: Vincent et al. 2008; it is the batch that does that
//
// B: batch; Z: size of z.

import SeqaeFiles
import SeqaeLayers
import SeqaeRandom
import SeqaeTensors
import SeqaeText

/// A model that puts a sentence into a vector and writes it from there.
public struct SentenceAutoencoder: LatentModel {
  /// Its sizes, and what narrows its codes.
  public struct Configuration: Sendable, Equatable {
    /// What is asked of the values of a code.
    public enum Sparsity: String, CaseIterable, Sendable {
      /// Nothing.
      case none
      /// That each, in 0 … 1, be ρ in the mean.
      case kl
      /// That they be small.
      case l1
    }

    /// Its sizes.
    public var latent: LatentConfiguration
    /// What is asked of the values of a code.
    public var sparsity = Sparsity.none
    /// λ of sparsity.
    public var sparsityWeight: Float = 1
    /// ρ; Ng 2011, §3: 0.05.
    public var activity: Float = 0.05
    /// λ of contraction; 0 for none.
    public var contraction: Float = 0

    /// Creates a configuration with nothing but the bottleneck.
    public init(_ latent: LatentConfiguration) { self.latent = latent }
  }

  /// Its sizes, and what narrows its codes.
  public let configuration: Configuration
  /// What turns text into its tokens and back.
  public let tokenizer: Tokenizer
  /// What reads and writes.
  public let network: LatentTransformer
  /// Every parameter, in order of creation.
  public let parameters: [Parameter]
  private let code: Linear  // to z

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
    try self.init(configuration, tokenizer: tokenizer, sharing: store)
    try store.finish()
  }

  /// Creates them in a store that receives others too.
  init(
    _ configuration: Configuration, tokenizer: Tokenizer, sharing store: ParameterStore
  ) throws(Failure) {
    self.configuration = configuration
    self.tokenizer = tokenizer
    network = try LatentTransformer(configuration.latent, tokenizer, in: store.root)
    code = try Linear(
      configuration.latent.transformer.width, configuration.latent.size,
      in: store.root / "latent" / "mean")
    parameters = store.parameters
  }

  /// Nothing says where codes lie.
  public func draw(_ random: [Random], labels: [Int]) -> [LatentCode]? { nil }

  /// Returns the code of each text, a point.
  public func posterior(_ source: TokenBatch, labels: [Int], _ mode: Mode) -> Posterior {
    Posterior(
      mean: codes(
        network.embedded(source, labels: labels, mode), lengths: source.lengths, mode))
  }

  /// f: embeddings [B, S, D] to codes [B, Z].
  private func codes(_ x: Tensor, lengths: [Int], _ mode: Mode) -> Tensor {
    let a = code(network.pooled(x, lengths: lengths, mode))
    return configuration.sparsity == .kl ? a.sigmoid() : a
  }

  /// −log p(x | z) and what narrows z, in nats a token: of all terms the sums over a batch's texts are divided by its
  /// tokens.
  public func objectives(_ batch: ReconstructionBatch, _ mode: Mode) -> [Objective] {
    [Objective("reconstruction", parameters) { loss(batch, mode) }]
  }

  private func loss(_ batch: ReconstructionBatch, _ mode: Mode) -> Loss {
    let textsPerToken = Float(batch.count) / Float(batch.tokens)
    let z = posterior(batch.source, labels: batch.classes, mode).mean
    var loss = Loss(
      network.loss(batch, network.condition(z, batch.classes), mode))  // nats a token
    loss.terms = [("reconstruction", loss.total.item() / Double(textsPerToken))]
    if let sparsity = sparsity(z) {
      loss.total = loss.total + sparsity * (configuration.sparsityWeight * textsPerToken)
      loss.terms.append(("sparsity", sparsity.item()))
    }
    if configuration.contraction > 0, case .training(let random) = mode {
      let norm = contraction(batch, using: random)
      loss.total = loss.total + norm * (configuration.contraction * textsPerToken)
      loss.terms.append(("contraction", norm.item()))
    }
    return loss
  }

  /// What sparsity asks of codes z [B, Z], without its λ: a scalar, of a text.
  private func sparsity(_ z: Tensor) -> Tensor? {
    switch configuration.sparsity {
    case .none: return nil
    case .l1: return z.absolute().sum() / Float(z.shape[0])
    case .kl:
      let rho = configuration.activity
      let mean = z.mean(0).clamped(min: 1e-6, max: 1 - 1e-6)  // ρ̂ [1, Z]
      let on = (mean / rho).log() * -rho
      let off = ((1 - mean) / (1 - rho)).log() * (rho - 1)
      return (on + off).sum()
    }
  }

  // ε: large enough for single precision, small beside embeddings, whose values are of the order of 1.
  private static let step: Float = 1e-2

  /// ‖∂z/∂e‖²_F by forward differences, the mean over the texts: a scalar.
  private func contraction(_ batch: ReconstructionBatch, using random: Random) -> Tensor {
    let source = batch.source
    // Without dropout: two draws of it would differ by more than ε.
    let e = network.embedded(source, labels: batch.classes, .inference)  // [B, S, D]
    let u = Tensor.drawn(.normal, e.shape, using: random, on: e.backend)
    let moved = codes(e + u * Self.step, lengths: source.lengths, .inference)
    let change = (moved - codes(e, lengths: source.lengths, .inference)) / Self.step  // [B, Z]
    return change.square().sum() / Float(source.lengths.count)
  }
}

// MARK: - config.json

extension SentenceAutoencoder.Configuration: LatentModelConfiguration {
  /// Reads a `config.json`.
  ///
  /// - Parameters:
  ///   - json: the file's contents.
  ///   - name: the file's name, for messages.
  /// - Throws: a `Failure` that names the first key that is absent, of the wrong type or out of range.
  public init(json: JSON, name: String) throws(Failure) {
    try self.init(ConfigurationReader(json: json, name: name), .autoencoder)
  }

  /// Reads that of an autoencoder or of a model that holds one.
  init(_ reader: ConfigurationReader, _ kind: LatentKind) throws(Failure) {
    self.init(try LatentConfiguration(reader, kind))
    sparsity = try reader.choice("sparsity", default: .none)
    sparsityWeight = try reader.number("sparsity_weight", 0...1e6, default: 1)
    activity = try reader.number("sparsity_activity", 1e-6...0.999999, default: 0.05)
    contraction = try reader.number("contraction", 0...1e6, default: 0)
  }

  /// The complete `config.json`, defaults written out.
  public var json: JSON { json(.autoencoder, [:]) }

  /// That of an autoencoder, or of a model that holds one and has members of its own.
  func json(_ kind: LatentKind, _ own: JSONObject) -> JSON {
    var members: JSONObject = [
      "sparsity": JSON(sparsity.rawValue),
      "sparsity_weight": .number(decimal(sparsityWeight)),
      "sparsity_activity": .number(decimal(activity)),
      "contraction": .number(decimal(contraction)),
    ]
    for member in own.members { members[member.key] = member.value }
    return latent.json(kind, members)
  }
}
