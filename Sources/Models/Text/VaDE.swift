// A variational autoencoder over sentences whose prior is a mixture of Gaussians, so that its codes lie in clusters.
//
// Jiang, Zheng, Tan, Tang & Zhou 2017, *Variational Deep Embedding: An Unsupervised and Generative Approach to
// Clustering*. A cluster c is drawn with probability π_c, z from N(μ_c, diag σ_c²), and x written from z. With q(z | x) =
// N(μ, diag σ²), z a draw of it and γ_c = p(c | z) (eq. 16), made small is −E_q log p(x | z) + β · KL, where (eq. 12)
//
//     KL = Σ_c γ_c · ½ Σⱼ (log σ_cj² + σⱼ²/σ_cj² + (μⱼ − μ_cj)²/σ_cj²) − Σ_c γ_c log(π_c/γ_c) − ½ Σⱼ (1 + log σⱼ²)
//
// At K = 1 and N(0, I) that is the divergence of a plain VAE.
//
// B: batch; K: clusters; Z: size of z; μ, log σ² [B, Z]; μ_c, log σ_c² [K, Z].

import Glibc
import SeqaeFiles
import SeqaeLayers
import SeqaeRandom
import SeqaeTensors
import SeqaeText

/// A latent model whose codes belong to clusters, each to some degree.
public protocol ClusteringModel: LatentModel {
  /// K, the number of clusters.
  var clusters: Int { get }

  /// Returns the share of each cluster in codes z [B, Z]: [B, K], of sum 1.
  func memberships(_ z: Tensor) -> Tensor
}

/// A mixture of K Gaussians with diagonal covariances, whose parameters are trained.
public struct MixturePrior {
  let logits: Parameter  // log π but for a constant [K]
  let means: Parameter  // μ_c [K, Z]
  let logVariances: Parameter  // log σ_c² [K, Z]

  /// Creates the parameters of `clusters` Gaussians over `size` values, all N(0, I) and equally frequent at first.
  public init(clusters: Int, size: Int, in scope: Scope) throws(Failure) {
    logits = try scope.parameter("logits", [clusters], .zeros)
    means = try scope.parameter("mean", [clusters, size], .zeros)
    logVariances = try scope.parameter("log_variance", [clusters, size], .zeros)
  }

  /// Returns log π_c + log N(z; μ_c, σ_c²) for z [B, Z]: [B, K].
  public func logJoint(_ z: Tensor) -> Tensor {
    let (count, size) = (means.shape[0], means.shape[1])
    let l = logVariances.tensor.reshaped([1, count, size])
    let d = z.reshaped([z.shape[0], 1, size]) - means.tensor.reshaped([1, count, size])
    let squares = d.square() * (0 - l).exp() + l  // [B, K, Z]
    let constant = Float(Double(size) * log(2 * Double.pi))
    let densities = (squares.sum(2).reshaped([z.shape[0], count]) + constant) * -0.5
    return densities + logits.tensor.reshaped([1, count]).logSoftmax()
  }

  /// Returns KL(q(z, c | x) ‖ p(z, c)) of each text, with γ_c = p(c | z) for the draws z [B, Z] of q: [B], in nats.
  public func divergence(_ mean: Tensor, _ logVariance: Tensor, at z: Tensor) -> Tensor {
    let (batch, count, size) = (z.shape[0], means.shape[0], means.shape[1])
    let logGamma = logJoint(z).logSoftmax()  // [B, K]
    let l = logVariances.tensor.reshaped([1, count, size])
    let d = mean.reshaped([batch, 1, size]) - means.tensor.reshaped([1, count, size])
    let spread = d.square() + logVariance.exp().reshaped([batch, 1, size])
    let cross = (l + spread * (0 - l).exp()).sum(2).reshaped([batch, count]) * 0.5
    let frequencies = logits.tensor.reshaped([1, count]).logSoftmax()
    let parts = logGamma.exp() * (cross - frequencies + logGamma)  // [B, K]
    let entropy = (logVariance + 1).sum(1).reshaped([batch]) * 0.5
    return parts.sum(1).reshaped([batch]) - entropy
  }

  /// Returns a code drawn by `random`: the cluster by its probability, then the values.
  func draw(_ random: Random) -> [Float] {
    let size = means.shape[1]
    let weights = logits.tensor.reshaped([1, means.shape[0]]).softmax().doubles()
    var (rest, cluster) = (random.uniform(), 0)
    while cluster < weights.count - 1, rest >= weights[cluster] {
      rest -= weights[cluster]
      cluster += 1
    }
    let (m, l) = (means.tensor.doubles(), logVariances.tensor.doubles())
    return (cluster * size..<(cluster + 1) * size).map {
      Float(m[$0] + exp(0.5 * l[$0]) * random.normal())
    }
  }

  /// Sets what the mixture is: probabilities [K], means and variances [K, Z] row by row.
  func set(weights: [Double], means m: [Double], variances: [Double]) {
    precondition(
      weights.count == means.shape[0] && m.count == means.shape.count && variances.count == m.count,
      "MixturePrior: \(weights.count) weights, \(m.count) means, \(variances.count) variances for "
        + "\(means.shape)")
    let values = [weights.map { log(max($0, 1e-12)) }, m, variances.map { log(max($0, 1e-6)) }]
    for (parameter, values) in zip([logits, means, logVariances], values) {
      parameter.update { $0 = Tensor(values.map { Float($0) }, $0.shape, on: $0.backend) }
    }
  }
}

/// A model of sentences with a continuous latent variable that lies in clusters.
public struct VaDE: ClusteringModel {
  /// Its sizes, and how its loss is weighed.
  public struct Configuration: Sendable, Equatable {
    /// Its sizes.
    public var latent: LatentConfiguration
    /// K, the number of clusters.
    public var clusters: Int
    /// β, the weight of the divergence; 1 for −ELBO.
    public var beta: Float = 1

    /// Creates a configuration of −ELBO.
    public init(_ latent: LatentConfiguration, clusters: Int) {
      self.latent = latent
      self.clusters = clusters
    }
  }

  /// Its sizes, and how its loss is weighed.
  public let configuration: Configuration
  /// What turns text into its tokens and back.
  public let tokenizer: Tokenizer
  /// What reads and writes.
  public let network: LatentTransformer
  /// The distribution of codes.
  public let prior: MixturePrior
  /// Every parameter, in order of creation.
  public let parameters: [Parameter]
  private let head: GaussianHead

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
      throw Failure(.data, "config.json: classes: VaDE is told none, it finds clusters")
    }
    self.configuration = configuration
    self.tokenizer = tokenizer
    network = try LatentTransformer(latent, tokenizer, in: store.root)
    head = try GaussianHead(latent, in: store.root)
    prior = try MixturePrior(
      clusters: configuration.clusters, size: latent.size, in: store.root / "mixture")
    try store.finish()
    parameters = store.parameters
  }

  /// Sets the mixture to one fitted to codes, and σ² of the encoder to a tenth of the components' mean variance, so
  /// that what is drawn lies near the code that the decoder knows.
  ///
  /// - Parameters:
  ///   - weights: π [K].
  ///   - means: μ_c [K, Z], row by row.
  ///   - variances: σ_c² [K, Z].
  public func start(weights: [Double], means: [Double], variances: [Double]) {
    prior.set(weights: weights, means: means, variances: variances)
    let values = (0..<size).map { place in
      let sum = zip(weights, variances.indices.filter { $0 % size == place })
        .reduce(0) { $0 + $1.0 * variances[$1.1] }
      return Float(log(max(0.1 * sum, 1e-6)))
    }
    head.logVariance.bias.update { $0 = Tensor(values, $0.shape, on: $0.backend) }
  }

  /// K, the number of clusters.
  public var clusters: Int { configuration.clusters }

  /// Returns γ_c = p(c | z) [B, K].
  public func memberships(_ z: Tensor) -> Tensor { prior.logJoint(z).softmax() }

  /// Returns codes of the mixture.
  public func draw(_ random: [Random], labels: [Int]) -> [LatentCode]? {
    random.map { LatentCode(prior.draw($0)) }
  }

  /// Returns log p(z) = log Σ_c π_c N(z; μ_c, σ_c²) [B].
  public func logPrior(_ z: Tensor) -> Tensor {
    prior.logJoint(z).logSumExp().reshaped([z.shape[0]])
  }

  /// Returns the divergence of each posterior from the mixture [B], γ at the draws z.
  public func divergence(_ q: Posterior, at z: Tensor) -> Tensor? {
    q.logVariance.map { prior.divergence(q.mean, $0, at: z) }
  }

  /// Returns q(z | x) for each text.
  public func posterior(_ source: TokenBatch, labels: [Int], _ mode: Mode) -> Posterior {
    head(network.pooled(source, labels: labels, mode))
  }

  /// −E log p(x | z) + β · KL in nats a token: of both terms the sums over a batch's texts are divided by its tokens.
  public func objectives(_ batch: ReconstructionBatch, _ mode: Mode) -> [Objective] {
    [
      Objective("elbo", parameters) {
        let q = posterior(batch.source, labels: [], mode)
        let z = q(mode)
        let reconstruction = network.loss(batch, network.condition(z, []), mode)  // nats a token
        guard let divergences = divergence(q, at: z) else { return Loss(reconstruction) }
        let kl = divergences.mean()
        let textsPerToken = Float(batch.count) / Float(batch.tokens)
        return Loss(
          reconstruction + kl * (configuration.beta * textsPerToken),
          terms: [
            ("reconstruction", reconstruction.item() / Double(textsPerToken)), ("kl", kl.item()),
          ])
      }
    ]
  }
}

// MARK: - config.json

extension VaDE.Configuration: LatentModelConfiguration {
  /// Reads a `config.json`.
  ///
  /// - Parameters:
  ///   - json: the file's contents.
  ///   - name: the file's name, for messages.
  /// - Throws: a `Failure` that names the first key that is absent, of the wrong type or out of range.
  public init(json: JSON, name: String) throws(Failure) {
    let reader = ConfigurationReader(json: json, name: name)
    self.init(
      try LatentConfiguration(reader, .vade),
      clusters: try reader.integer("clusters", 1...LatentConfiguration.mostClusters))
    beta = try reader.number("beta", 0...1e6, default: 1)
  }

  /// The complete `config.json`, defaults written out.
  public var json: JSON {
    latent.json(.vade, ["clusters": .integer(clusters), "beta": .number(decimal(beta))])
  }
}
