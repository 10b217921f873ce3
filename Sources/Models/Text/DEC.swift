// Deep embedded clustering of sentences: an autoencoder's encoder and K centres that are moved until each code is near one.
//
// Xie, Girshick & Farhadi 2016, *Unsupervised Deep Embedding for Clustering Analysis*, §3.1. With μⱼ the centres,
//
//     qᵢⱼ = (1 + ‖zᵢ − μⱼ‖²)⁻¹ / Σₖ (1 + ‖zᵢ − μₖ‖²)⁻¹          Student's t with one degree of freedom (eq. 1)
//     pᵢⱼ = (qᵢⱼ²/fⱼ) / Σₖ (qᵢₖ²/fₖ),  fⱼ = Σᵢ qᵢⱼ              the target: surer, and no cluster large (eq. 3)
//
// and KL(P ‖ Q) is made small, P being a constant. f is that of reference texts and is taken anew every so many steps; q in
// p is that of the moment, where the paper keeps it as long as f: so there are no targets to be stored for each text,
// and a resumed run goes on bit for bit. The decoder is kept and not trained; with a weight γ on reconstruction it is, which
// is Guo et al. 2017, *Improved Deep Embedded Clustering with Local Structure Preservation*, eq. 9.
//
// B: batch; K: clusters; Z: size of z.

import SeqaeFiles
import SeqaeLayers
import SeqaeRandom
import SeqaeTensors
import SeqaeText

/// Returns log qᵢⱼ [B, K] of codes z [B, Z] and centres [K, Z], by Student's t with one degree of freedom.
public func logAssignments(_ z: Tensor, centres: Tensor) -> Tensor {
  let (batch, count, size) = (z.shape[0], centres.shape[0], centres.shape[1])
  let d = z.reshaped([batch, 1, size]) - centres.reshaped([1, count, size])
  let distances = d.square().sum(2).reshaped([batch, count])
  return (0 - (distances + 1).log()).logSoftmax()
}

/// Returns the target pᵢⱼ ∝ qᵢⱼ²/fⱼ [B, K] for assignments q [B, K] and sizes f [K] of the clusters; a constant.
public func targetDistribution(_ q: Tensor, sizes f: Tensor) -> Tensor {
  let weights = q.detached().square() / f.detached().reshaped([1, f.shape[0]])
  return weights / weights.sum(1)
}

/// A sentence autoencoder whose codes are drawn to K centres.
public struct DEC: ClusteringModel {
  /// Its sizes, and how it is trained.
  public struct Configuration: Sendable, Equatable {
    /// Its sizes.
    public var latent: LatentConfiguration
    /// K, the number of clusters.
    public var clusters: Int
    /// After how many steps the clusters' sizes are taken anew; Xie et al. 2016's code: 140.
    public var refresh = 140
    /// γ, the weight of reconstruction; 0 for DEC itself.
    public var reconstruction: Float = 0

    /// Creates the configuration of the paper.
    public init(_ latent: LatentConfiguration, clusters: Int) {
      self.latent = latent
      self.clusters = clusters
    }
  }

  /// Its sizes, and how it is trained.
  public let configuration: Configuration
  /// What turns text into its tokens and back.
  public let tokenizer: Tokenizer
  /// What reads and writes.
  public let network: LatentTransformer
  /// Every parameter that is trained, in order of creation.
  public let parameters: [Parameter]
  /// These, the decoder's and the clusters' sizes.
  public let state: [Parameter]
  /// The texts by which the clusters' sizes are known; empty for sizes that stay.
  public var reference: [ReconstructionBatch] = []
  private let code: Linear  // to z
  private let centres: Parameter  // μ [K, Z]
  private let sizes: Parameter  // f as shares of the texts [K]

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
    let latent = configuration.latent
    guard latent.classes.isEmpty else {
      throw Failure(.data, "config.json: classes: DEC is told none, it finds clusters")
    }
    self.configuration = configuration
    self.tokenizer = tokenizer
    network = try LatentTransformer(latent, tokenizer, in: store.root)
    code = try Linear(latent.transformer.width, latent.size, in: store.root / "latent" / "mean")
    let scope = store.root / "clusters"
    centres = try scope.parameter(
      "centres", [configuration.clusters, latent.size], .normal(deviation: 1))
    sizes = try scope.parameter("sizes", [configuration.clusters], .ones, trainable: false)
    try store.finish()
    state = store.state
    let encoder = ["model.shared.", "model.encoder.", "latent.mean.", "clusters."]
    parameters = store.parameters.filter { parameter in
      configuration.reconstruction > 0
        || encoder.contains { parameter.name.hasPrefix($0) }
    }
  }

  /// Sets the centres [K, Z], row by row.
  public func start(centres values: [Double]) {
    centres.update { $0 = Tensor(values.map { Float($0) }, $0.shape, on: $0.backend) }
  }

  /// K, the number of clusters.
  public var clusters: Int { configuration.clusters }

  /// Returns qᵢⱼ [B, K].
  public func memberships(_ z: Tensor) -> Tensor {
    logAssignments(z, centres: centres.tensor).exp()
  }

  /// Nothing says where codes lie.
  public func draw(_ random: [Random], labels: [Int]) -> [LatentCode]? { nil }

  /// Returns the code of each text, a point.
  public func posterior(_ source: TokenBatch, labels: [Int], _ mode: Mode) -> Posterior {
    Posterior(mean: code(network.pooled(source, labels: labels, mode)))
  }

  /// How sure the clusters are of each text: the largest qᵢⱼ, summed over a batch.
  ///
  /// KL(P ‖ Q) would not tell a better model from a worse one: it begins small and P is another after each refresh.
  public func judgement(
    _ batch: ReconstructionBatch, using random: Random
  ) -> (name: String, sum: Double)? {
    ("confidence", memberships(posterior(batch).mean).max(1).sum().item())
  }

  /// Takes the clusters' sizes anew: the mean of q over the reference texts.
  public func refreshSizes() {
    guard !reference.isEmpty else { return }
    var sums = [Double](repeating: 0, count: clusters)
    for batch in reference {
      for (index, q) in memberships(posterior(batch).mean).doubles().enumerated() {
        sums[index % clusters] += q
      }
    }
    let total = sums.reduce(0, +)
    sizes.update {
      $0 = Tensor(sums.map { Float(max($0 / total, 1e-12)) }, $0.shape, on: $0.backend)
    }
  }

  /// KL(P ‖ Q) of a text, and γ times the nats of a token.
  public func objectives(_ batch: ReconstructionBatch, _ mode: Mode) -> [Objective] {
    [
      Objective("clusters", parameters) {
        let z = posterior(batch.source, labels: [], mode).mean
        let logQ = logAssignments(z, centres: centres.tensor)  // [B, K]
        let p = targetDistribution(logQ.exp(), sizes: sizes.tensor)
        // p log p of a p that is 0 is 0.
        let entropy = (p * (p + 1e-30).log()).sum()
        let kl = (entropy - (p * logQ).sum()) / Float(batch.count)
        var loss = Loss(kl, terms: [("divergence", kl.item())])
        guard configuration.reconstruction > 0 else { return loss }
        let nats = network.loss(batch, network.condition(z, []), mode)
        loss.total = loss.total + nats * configuration.reconstruction
        let tokensPerText = Double(batch.tokens) / Double(batch.count)
        loss.terms.append(("reconstruction", nats.item() * tokensPerText))
        return loss
      }
    ]
  }

  /// The same, before which the clusters' sizes are taken anew when it is time.
  public func objectives(
    _ batch: ReconstructionBatch, _ mode: Mode, at moment: TrainingMoment
  ) -> [Objective] {
    if (moment.step - 1) % configuration.refresh == 0 { refreshSizes() }
    return objectives(batch, mode)
  }
}

// MARK: - config.json

extension DEC.Configuration: LatentModelConfiguration {
  /// Reads a `config.json`.
  ///
  /// - Parameters:
  ///   - json: the file's contents.
  ///   - name: the file's name, for messages.
  /// - Throws: a `Failure` that names the first key that is absent, of the wrong type or out of range.
  public init(json: JSON, name: String) throws(Failure) {
    let reader = ConfigurationReader(json: json, name: name)
    self.init(
      try LatentConfiguration(reader, .dec),
      clusters: try reader.integer("clusters", 1...LatentConfiguration.mostClusters))
    refresh = try reader.integer("refresh_steps", 1...1_000_000_000)
    reconstruction = try reader.number("reconstruction_weight", 0...1e6, default: 0)
  }

  /// The complete `config.json`, defaults written out.
  public var json: JSON {
    latent.json(
      .dec,
      [
        "clusters": .integer(clusters), "refresh_steps": .integer(refresh),
        "reconstruction_weight": .number(decimal(reconstruction)),
      ])
  }
}
