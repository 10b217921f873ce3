// A diffusion model over the codes of an autoencoder, which writes texts from what it draws.
//
// Ho, Jain & Abbeel 2020, *Denoising Diffusion Probabilistic Models*. x₀ are codes z, each value less its mean and over its
// deviation; x_t = √ᾱ_t x₀ + √(1 − ᾱ_t) ε; made small is ‖ε − ε_θ(x_t, t)‖² for t ~ U{1 … T} (eq. 14). Draws go back from
// x_T ~ N(0, I) by DDPM's steps or fewer ones of DDIM (`NoiseSchedule.reverse`). The autoencoder stays as it is.
//
// B: batch; Z: size of z; H: width of ε_θ; T: steps.

import Glibc
import SeqaeFiles
import SeqaeLayers
import SeqaeRandom
import SeqaeTensors
import SeqaeText

/// ε_θ: residual layers that are told the step, and how vectors are drawn with them.
public struct NoiseEstimator {
  /// Its sizes, and how vectors are drawn.
  public struct Configuration: Sendable, Equatable {
    /// H, the width of its layers.
    public var width = 256
    /// The number of its residual layers.
    public var layers = 3
    /// How noise grows.
    public var schedule = NoiseSchedule.Kind.cosine
    /// T; Ho et al. 2020, §4: 1000.
    public var steps = 1000
    /// How many of them a draw visits; all of them with η = 1 is DDPM but for its first ones, which are almost noise alone.
    public var samplingSteps = 100
    /// η, how much is drawn on the way: 1 for DDPM's variance, 0 for DDIM.
    public var eta: Float = 1

    /// Creates the defaults.
    public init() {}
  }

  private struct Layer {
    let first: Linear, second: Linear, time: Linear
  }

  /// Its sizes, and how vectors are drawn.
  public let configuration: Configuration
  /// How noise grows.
  public let schedule: NoiseSchedule
  /// Z, the length of vectors.
  public let size: Int
  private let input: Linear
  private let layers: [Layer]
  private let output: Linear
  private let backend: any Backend

  /// Creates its parameters for vectors of `size` values.
  public init(_ configuration: Configuration, size: Int, in store: ParameterStore) throws(Failure) {
    let (scope, width) = (store.root / "denoiser", configuration.width)
    self.configuration = configuration
    self.size = size
    schedule = NoiseSchedule(configuration.schedule, steps: configuration.steps)
    input = try Linear(size, width, in: scope / "input")
    var layers: [Layer] = []
    for number in 0..<configuration.layers {
      let place = scope / "layers.\(number)"
      layers.append(
        Layer(
          first: try Linear(width, width, in: place / "fc1"),
          second: try Linear(width, width, in: place / "fc2"),
          time: try Linear(width, width, in: place / "time_proj")))
    }
    self.layers = layers
    // Nearly zero, the mean of ε: the loss begins at 1.
    output = try Linear(width, size, weight: .normal(deviation: 0.02), in: scope / "output")
    backend = output.tensors.weight.backend
  }

  /// Returns ε_θ for x [B, Z] at the step of each row: [B, Z].
  public func callAsFunction(_ x: Tensor, at steps: [Int]) -> Tensor {
    let time = times(steps)  // [B, H]
    var h = input(x)  // [B, H]
    for layer in layers {
      let inner = layer.first(h.silu()) + layer.time(time)
      h = h + layer.second(inner.silu())
    }
    return output(h.silu())
  }

  /// Sines and cosines of steps, as Vaswani et al. 2017, §3.5, has them of positions.
  private func times(_ steps: [Int]) -> Tensor {
    let width = configuration.width
    let values = steps.flatMap { step in
      // In thousandths of the whole, so that T changes no wavelength.
      let place = 1000 * Double(step) / Double(schedule.steps)
      return (0..<width).map { index -> Float in
        let angle = place / pow(10_000, Double(index / 2 * 2) / Double(width))
        return Float(index % 2 == 0 ? sin(angle) : cos(angle))
      }
    }
    return Tensor(values, [steps.count, width], on: backend)
  }

  /// Returns a draw of q(x_t | x₀) for x₀ [B, Z] and the step of each row, and the noise in it.
  public func noised(
    _ x: Tensor, at steps: [Int], using random: Random
  ) -> (noisy: Tensor, noise: Tensor) {
    let noise = Tensor.drawn(.normal, x.shape, using: random, on: backend)
    func column(_ value: (Double) -> Double) -> Tensor {
      Tensor(steps.map { Float(value(schedule.signal[$0])) }, [steps.count, 1], on: backend)
    }
    let kept = column { $0.squareRoot() }
    let added = column { (1 - $0).squareRoot() }
    return (x * kept + noise * added, noise)
  }

  /// Returns ‖ε − ε_θ(x_t, t)‖² / Z of each row of x₀ [B, Z], with steps and noise drawn by `random`: [B].
  public func losses(_ x: Tensor, using random: Random) -> Tensor {
    let steps = (0..<x.shape[0]).map { _ in 1 + random.integer(below: schedule.steps) }
    let (noisy, noise) = noised(x, at: steps, using: random)
    return (self(noisy, at: steps) - noise).square().mean(1).reshaped([x.shape[0]])
  }

  /// Returns vectors drawn from what has been learnt, of values whose mean is 0 and whose variance is 1, each by its own
  /// generator: as many as there are of these.
  public func draw(_ random: [Random]) -> [[Float]] {
    guard !random.isEmpty else { return [] }
    func noise() -> Tensor {
      Tensor(
        random.flatMap { own in (0..<size).map { _ in Float(own.normal()) } },
        [random.count, size], on: backend)
    }
    var x = noise()
    let steps = schedule.visited(configuration.samplingSteps)
    for (t, s) in zip(steps, steps.dropFirst()) {
      let step = schedule.reverse(from: t, to: s, eta: Double(configuration.eta))
      let found = self(x, at: [Int](repeating: t, count: random.count))
      x = x * Float(step.signal) + found * Float(step.noise)
      if step.deviation > 0 { x = x + noise() * Float(step.deviation) }
    }
    let values = x.floats()
    return random.indices.map { Array(values[$0 * size..<($0 + 1) * size]) }
  }
}

/// A sentence autoencoder, and a diffusion model of its codes.
public struct CodeDiffusion: LatentModel {
  /// The autoencoder's sizes and those of ε_θ.
  public struct Configuration: Sendable, Equatable {
    /// The autoencoder.
    public var autoencoder: SentenceAutoencoder.Configuration
    /// ε_θ, and how codes are drawn.
    public var estimator = NoiseEstimator.Configuration()

    /// Creates the defaults for an autoencoder.
    public init(_ autoencoder: SentenceAutoencoder.Configuration) { self.autoencoder = autoencoder }
  }

  /// The autoencoder's sizes and those of ε_θ.
  public let configuration: Configuration
  /// What puts texts into codes and writes them from there.
  public let autoencoder: SentenceAutoencoder
  /// The parameters of ε_θ, in order of creation.
  public let parameters: [Parameter]
  /// These, the autoencoder's, and the codes' means and deviations.
  public let state: [Parameter]
  private let estimator: NoiseEstimator
  private let mean: Parameter  // of each value of a code [1, Z]
  private let deviation: Parameter  // [1, Z]

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
    guard configuration.autoencoder.latent.classes.isEmpty else {
      throw Failure(.data, "config.json: classes: a diffusion model is told none")
    }
    self.configuration = configuration
    autoencoder = try SentenceAutoencoder(
      configuration.autoencoder, tokenizer: tokenizer, sharing: store)
    let size = configuration.autoencoder.latent.size
    mean = try store.root.parameter("codes.mean", [1, size], .zeros, trainable: false)
    deviation = try store.root.parameter("codes.deviation", [1, size], .ones, trainable: false)
    estimator = try NoiseEstimator(configuration.estimator, size: size, in: store)
    try store.finish()
    state = store.state
    parameters = store.parameters.filter { $0.name.hasPrefix("denoiser.") }
  }

  /// What turns text into its tokens and back.
  public var tokenizer: Tokenizer { autoencoder.tokenizer }
  /// What reads and writes.
  public var network: LatentTransformer { autoencoder.network }

  /// Sets what the codes' values are in the mean, and how far from it; a value that is always the same keeps 1.
  public func standardize(mean m: [Double], deviation d: [Double]) {
    let deviations = d.map { $0 > 1e-6 ? $0 : 1 }
    for (parameter, values) in [(mean, m), (deviation, deviations)] {
      parameter.update { $0 = Tensor(values.map { Float($0) }, $0.shape, on: $0.backend) }
    }
  }

  /// Returns the code of each text, a point.
  public func posterior(_ source: TokenBatch, labels: [Int], _ mode: Mode) -> Posterior {
    autoencoder.posterior(source, labels: labels, mode)
  }

  /// Returns codes that noise has become.
  public func draw(_ random: [Random], labels: [Int]) -> [LatentCode]? {
    let (m, d) = (mean.tensor.floats(), deviation.tensor.floats())
    return estimator.draw(random).map { x in
      LatentCode(x.indices.map { m[$0] + d[$0] * x[$0] })
    }
  }

  private func standardized(_ batch: ReconstructionBatch) -> Tensor {
    ((posterior(batch).mean - mean.tensor) / deviation.tensor).detached()
  }

  /// Minus the mean squared error of ε, summed over a batch.
  public func judgement(
    _ batch: ReconstructionBatch, using random: Random
  ) -> (name: String, sum: Double)? {
    ("denoising", -estimator.losses(standardized(batch), using: random).sum().item())
  }

  /// The mean squared error of ε; at inference with the same draws each time.
  public func objectives(_ batch: ReconstructionBatch, _ mode: Mode) -> [Objective] {
    let x = standardized(batch)  // before a tape records: nothing flows back into the autoencoder
    let random = if case .training(let own) = mode { own } else { Random(seed: 0) }
    return [
      Objective("denoising", parameters) { Loss(estimator.losses(x, using: random).mean()) }
    ]
  }
}

// MARK: - config.json

extension CodeDiffusion.Configuration: LatentModelConfiguration {
  /// Reads a `config.json`.
  ///
  /// - Parameters:
  ///   - json: the file's contents.
  ///   - name: the file's name, for messages.
  /// - Throws: a `Failure` that names the first key that is absent, of the wrong type or out of range.
  public init(json: JSON, name: String) throws(Failure) {
    let reader = ConfigurationReader(json: json, name: name)
    self.init(try SentenceAutoencoder.Configuration(reader, .diffusion))
    estimator.width = try reader.integer("denoiser_width", 2...16384)
    estimator.layers = try reader.integer("denoiser_layers", 1...64)
    estimator.schedule = try reader.choice("schedule", default: .cosine)
    estimator.steps = try reader.integer("diffusion_steps", 1...1_000_000)
    estimator.samplingSteps = try reader.integer("sampling_steps", 1...1_000_000)
    estimator.eta = try reader.number("eta", 0...1, default: 1)
  }

  /// The complete `config.json`, defaults written out.
  public var json: JSON {
    autoencoder.json(
      .diffusion,
      [
        "denoiser_width": .integer(estimator.width), "denoiser_layers": .integer(estimator.layers),
        "schedule": JSON(estimator.schedule.rawValue),
        "diffusion_steps": .integer(estimator.steps),
        "sampling_steps": .integer(estimator.samplingSteps), "eta": .number(decimal(estimator.eta)),
      ])
  }
}
