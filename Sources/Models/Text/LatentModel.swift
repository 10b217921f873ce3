// What all models have in common that put a sentence into a vector z and write it from that vector alone.
//
// B: batch; S: positions of what is read; T: positions of what is written; Z: size of z; C: classes.

import Glibc
import SeqaeFiles
import SeqaeLayers
import SeqaeRandom
import SeqaeTensors
import SeqaeText

/// What an encoder knows of a text's code: a Gaussian with a diagonal covariance, or a point.
public struct Posterior {
  /// μ [B, Z].
  public let mean: Tensor
  /// log σ² [B, Z]; nil for a point.
  public let logVariance: Tensor?

  /// Creates a posterior.
  public init(mean: Tensor, logVariance: Tensor? = nil) {
    self.mean = mean
    self.logVariance = logVariance
  }

  /// Returns μ + exp(½ log σ²) · ε with ε drawn from N(0, I) [B, Z]; μ of a point.
  ///
  /// Kingma & Welling 2014, *Auto-Encoding Variational Bayes*, §2.4: the draw is a function of μ and σ, through
  /// which gradients pass.
  public func sample(using random: Random) -> Tensor {
    guard let logVariance else { return mean }
    let noise = Tensor.drawn(.normal, mean.shape, using: random, on: mean.backend)
    return mean + (logVariance * 0.5).exp() * noise
  }

  /// Returns a draw in training, μ at inference.
  func callAsFunction(_ mode: Mode) -> Tensor {
    switch mode {
    case .training(let random): sample(using: random)
    case .inference: mean
    }
  }

  /// Returns the divergence from the prior N(0, I) of each dimension, ½ (exp(log σ²) + μ² − 1 − log σ²) [B, Z], in
  /// nats; nil of a point.
  public func divergences() -> Tensor? {
    logVariance.map { l in (l.exp() + mean.square() - 1 - l) * 0.5 }
  }
}

/// Returns the codes of N(0, I), each drawn by its own generator.
func normalCodes(_ size: Int, _ random: [Random], labels: [Int]) -> [LatentCode] {
  random.enumerated().map { row, own in
    LatentCode(
      (0..<size).map { _ in Float(own.normal()) }, label: labels.isEmpty ? nil : labels[row])
  }
}

/// What a text is written from.
public struct LatentCode: Sendable, Equatable {
  /// z, or what stands in its place.
  public var vector: [Float]
  /// The number of the text's class, for a model that is told it; nil for others.
  public var label: Int?

  /// Creates a code.
  public init(_ vector: [Float], label: Int? = nil) {
    self.vector = vector
    self.label = label
  }
}

/// The sizes and constants of a latent model, as its `config.json` spells them.
public protocol LatentModelConfiguration: Sendable, Equatable {
  /// Reads a `config.json`.
  ///
  /// - Parameters:
  ///   - json: the file's contents.
  ///   - name: the file's name, for messages.
  /// - Throws: a `Failure` that names the first key that is absent, of the wrong type or out of range.
  init(json: JSON, name: String) throws(Failure)

  /// The complete `config.json`, defaults written out.
  var json: JSON { get }
}

/// A model that encodes a text to a vector and writes texts from vectors.
public protocol LatentModel: Model where Batch == ReconstructionBatch {
  /// Its sizes and constants.
  associatedtype Configuration: LatentModelConfiguration

  /// Creates the model's parameters in `store`.
  ///
  /// - Parameters:
  ///   - configuration: its sizes; its vocabulary is the tokenizer's.
  ///   - tokenizer: has the tokens of `SpecialToken`.
  ///   - store: where parameters come from.
  /// - Throws: a `Failure` where tokenizer, configuration and checkpoint don't fit each other.
  init(
    _ configuration: Configuration, tokenizer: Tokenizer, in store: ParameterStore
  ) throws(Failure)

  /// Its sizes and constants.
  var configuration: Configuration { get }
  /// What turns text into its tokens and back.
  var tokenizer: Tokenizer { get }
  /// What reads and writes.
  var network: LatentTransformer { get }

  /// Returns codes drawn from the model's distribution of them, each by its own generator.
  ///
  /// - Parameters:
  ///   - random: what each is drawn from.
  ///   - labels: their classes, for a model that is told them; else empty.
  /// - Returns: the codes; nil if the model has no such distribution.
  func draw(_ random: [Random], labels: [Int]) -> [LatentCode]?

  /// Returns what is known of the codes of texts.
  ///
  /// - Parameters:
  ///   - source: the texts, each ended.
  ///   - labels: their classes, for a model that is told them; else empty.
  ///   - mode: inference, or training with its generator.
  /// - Returns: the posterior of B rows.
  func posterior(_ source: TokenBatch, labels: [Int], _ mode: Mode) -> Posterior

  /// Returns how far each posterior is from the distribution of codes that the model draws from.
  ///
  /// - Parameters:
  ///   - q: what is known of the codes of texts.
  ///   - z: a draw of it [B, Z], at which a divergence without a closed form is taken.
  /// - Returns: the divergences [B], in nats; nil of points.
  func divergence(_ q: Posterior, at z: Tensor) -> Tensor?

  /// Returns log p(z) of the distribution of codes that the model draws from, N(0, I) as a rule [B].
  func logPrior(_ z: Tensor) -> Tensor

  /// Returns by what a run chooses the best model, the higher the better, summed over the texts of a batch; nil for what
  /// all kinds are judged by, the likelihood.
  func judgement(
    _ batch: ReconstructionBatch, using random: Random
  ) -> (name: String, sum: Double)?

  /// Returns the codes in whose place the model takes the given ones: of one with a codebook the nearest of it.
  func nearest(_ codes: [LatentCode]) -> [LatentCode]
}

/// A latent model whose vectors are made of those of a codebook.
public protocol DiscreteModel: LatentModel {
  /// The number of codes in the codebook.
  var codebookSize: Int { get }

  /// Returns the numbers of the codes of texts, of which the tokens beyond `longest` are left out.
  func indices(of texts: [[TokenID]]) -> [[Int]]

  /// Returns −log p of the codes of each text of a batch [B], in nats.
  func priorLosses(_ batch: ReconstructionBatch) -> Tensor
}

extension LatentModel {
  /// The sum of those of the dimensions from N(0, 1).
  public func divergence(_ q: Posterior, at z: Tensor) -> Tensor? {
    q.divergences()?.sum(1).reshaped([z.shape[0]])
  }

  /// −½ Σⱼ (zⱼ² + log 2π).
  public func logPrior(_ z: Tensor) -> Tensor {
    (z.square() + Float(log(2 * Double.pi))).sum(1).reshaped([z.shape[0]]) * -0.5
  }

  /// The likelihood.
  public func judgement(
    _ batch: ReconstructionBatch, using random: Random
  ) -> (name: String, sum: Double)? { nil }

  /// Every vector is a code.
  public func nearest(_ codes: [LatentCode]) -> [LatentCode] { codes }

  /// Z, the number of values of a code.
  public var size: Int { network.configuration.size }

  /// The most tokens of a text, its end left out.
  public var longest: Int { network.configuration.transformer.maximumPositions - 1 }

  /// What turns texts into examples with noises of text and of its tokens; nil for none.
  public func examples(
    text textNoise: (any TextNoise)? = nil, _ noise: (any SequenceNoise)? = nil
  ) -> ReconstructionExamples {
    ReconstructionExamples(
      tokenizer, text: textNoise, noise, network.configuration.transformer)
  }

  /// Returns examples as one batch.
  public func batch(_ examples: [ReconstructionExample]) -> ReconstructionBatch {
    ReconstructionBatch(examples, network.configuration.transformer, on: network.backend)
  }

  /// Returns what is known of the codes of texts, at inference.
  ///
  /// - Parameters:
  ///   - texts: their tokens without an end, of which those beyond `longest` are left out.
  ///   - labels: their classes, for a model that is told them; else empty.
  /// - Returns: the posterior of B rows.
  public func encode(_ texts: [[TokenID]], labels: [Int] = []) -> Posterior {
    let configuration = network.configuration.transformer
    let rows = texts.map { $0.prefix(longest) + [configuration.end] }
    return posterior(
      TokenBatch(rows.map { Array($0) }, padding: configuration.padding, on: network.backend),
      labels: labels, .inference)
  }

  /// Returns what is known of the codes of a batch's texts, at inference.
  public func posterior(_ batch: ReconstructionBatch) -> Posterior {
    posterior(batch.source, labels: batch.classes, .inference)
  }

  /// Returns the most probable code of each text, with its class for a model that is told it.
  public func codes(of texts: [[TokenID]], labels: [Int] = []) -> [LatentCode] {
    let values = encode(texts, labels: labels).mean.floats()
    return texts.indices.map { row in
      LatentCode(
        Array(values[row * size..<(row + 1) * size]), label: labels.isEmpty ? nil : labels[row])
    }
  }

  /// Returns the tokens that are written from codes, each step's token fed back, to the end or `longest` tokens.
  ///
  /// - Parameters:
  ///   - codes: vectors of Z values, with classes for a model that is told them.
  ///   - temperature: 0 for the most probable token at every step; else the draws' temperature.
  ///   - random: of each code, what its tokens are drawn from; empty at temperature 0.
  /// - Returns: the tokens of each, without an end.
  public func write(
    _ codes: [LatentCode], temperature: Float = 0, using random: [Random] = []
  ) -> [[TokenID]] {
    let configuration = network.configuration.transformer
    return decode(
      LatentDecoder(network), nearest(codes), start: configuration.decoderStart,
      limits: [Int](repeating: longest, count: codes.count), end: configuration.end
    ) { logits, rows, _ in
      tokens(
        of: logits, temperature: temperature,
        using: temperature > 0 ? rows.map { random[$0] } : [])
    }
  }

  /// Returns −log p(x | z) of each text of a batch [B], in nats, for z [B, Z].
  public func reconstruction(_ batch: ReconstructionBatch, from z: Tensor) -> Tensor {
    network.losses(batch, network.condition(z, batch.classes), .inference)
  }

  /// Returns of how many texts of a batch every token is the most probable one after those before it, for z [B, Z].
  public func exactTexts(_ batch: ReconstructionBatch, from z: Tensor) -> Int {
    let states = network.decode(batch.inputs, network.condition(z, batch.classes), .inference)
    let width = network.configuration.transformer.width
    let written = network.transformer.logits(
      states.reshaped([batch.labels.shape[0], width])
    ).argMax().integers()
    let length = batch.inputs.shape[1]
    var isExact = [Bool](repeating: true, count: batch.count)
    for (place, label) in batch.labels.integers().enumerated()
    where label != ignoredLabel && label != written[place] {
      isExact[place / length] = false
    }
    return isExact.count { $0 }
  }
}
