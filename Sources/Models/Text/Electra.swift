// ELECTRA — Clark, Luong, Le & Manning 2020, *ELECTRA: Pre-training Text Encoders as Discriminators Rather Than
// Generators*, §2, and §3.2 on sizes and shared weights.
//
// A small generator fills masked places by what it finds probable; the discriminator, a Transformer encoder, tells
// for each token whether it is the original. Both learn at once, and no adversary: the generator by maximum
// likelihood, and no gradient flows through the sampling.
//
// B: batch; T: positions; D: the discriminator's width; G: the generator's; V: vocabulary; M: masked places;
// N: real tokens. x: the text; m: its masked places; xMasked: x with <mask> there; x̂: a token drawn from
// p_G(x | xMasked) at each of m; xCorrupt: x with x̂ there; λ: the weight of the discriminator's loss.
//
// Encoders are those of this house (mBART's layout, norms before the sublayers), not BERT's; heads and the names of
// their weights are those of transformers' ElectraForMaskedLM and ElectraForPreTraining.

import SeqaeFiles
import SeqaeLayers
import SeqaeTensors
import SeqaeText

/// A generator of plausible replacements and the discriminator that finds them.
public struct Electra: Model {
  /// The sizes of both, and λ.
  public let configuration: Configuration
  /// What turns text into tokens.
  public let tokenizer: Tokenizer
  /// Every parameter, in order of creation.
  public let parameters: [Parameter]
  package let discriminator: Discriminator
  package let generator: Generator

  /// The encoder with a head that gives each token the logit of "replaced".
  package struct Discriminator {
    let encoder: Encoder
    let dense: Linear  // [D, D]
    let prediction: Linear  // [1, D]

    init(_ sizes: TransformerConfiguration, in root: Scope) throws(Failure) {
      let tokens = try root.embeddingTable(sizes)
      encoder = try Encoder(sizes, tokens: tokens, in: root / "model" / "encoder")
      let scope = root / "discriminator_predictions"
      dense = try Linear(sizes.width, sizes.width, in: scope / "dense")
      prediction = try Linear(sizes.width, 1, in: scope / "dense_prediction")
    }

    /// Returns the logits [N] at `places` [N] of B · T.
    func callAsFunction(_ source: TokenBatch, at places: Tensor, _ mode: Mode) -> Tensor {
      let states = encoder(source, beside: nil, mode)  // [B, T, D]
      let h = embedding(states.flattened(), places)  // [N, D]
      return prediction(dense(h, activation: .gelu)).reshaped([places.shape.count])
    }
  }

  /// A narrower encoder over the discriminator's embeddings, which predicts tokens by their table.
  package struct Generator {
    let projection: Linear  // [G, D]
    let layers: EncoderLayers
    let dense: Linear  // [D, G]
    let norm: LayerNorm
    let bias: Parameter  // [V]

    init(_ configuration: Configuration, in root: Scope) throws(Failure) {
      let (width, sizes) = (configuration.encoder.width, configuration.generator)
      let scope = root / "generator"
      projection = try Linear(width, sizes.width, in: scope / "embeddings_project")
      layers = try EncoderLayers(sizes, in: scope)
      let head = root / "generator_predictions"
      dense = try Linear(sizes.width, width, in: head / "dense")
      norm = try LayerNorm(width, in: head / "LayerNorm")
      bias = try (root / "generator_lm_head").parameter("bias", [sizes.vocabularySize], .zeros)
    }

    /// Returns the logits [M, V] at `places` [M] of B · T, for the embeddings e [B, T, D] of xMasked.
    func callAsFunction(
      _ e: Tensor, table: Tensor, lengths: [Int], at places: Tensor, _ mode: Mode
    ) -> Tensor {
      let states = layers(projection(e), mask: .padding(lengths), mode)  // [B, T, G]
      let h = embedding(states.flattened(), places)  // [M, G]
      return linear(norm(dense(h, activation: .gelu)), table, bias.tensor)  // [M, V]
    }
  }

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
    try configuration.check(tokenizer)
    self.configuration = configuration
    self.tokenizer = tokenizer
    discriminator = try Discriminator(configuration.encoder, in: store.root)
    generator = try Generator(configuration, in: store.root)
    try store.finish()
    parameters = store.parameters
  }

  /// Gives the discriminator the embeddings and the encoder of another model of the same sizes, such as a denoiser,
  /// whose weights have the same names.
  ///
  /// - Parameter weights: the other model's.
  /// - Throws: a `Failure` that names the first that is missing or of another shape; then nothing is taken.
  public func takeEncoder(from weights: Checkpoint) throws(Failure) {
    var taken: [(Parameter, Tensor)] = []
    for parameter in parameters where parameter.name.hasPrefix("model.") {
      taken.append((parameter, try weights.tensor(parameter.name, parameter.shape, on: backend)))
    }
    for (parameter, tensor) in taken { parameter.update { $0 = tensor } }
  }

  /// min L_MLM + λ L_Disc, in nats, over both and their embeddings; eq. in §2.
  public func objectives(_ batch: Batch, _ mode: Mode) -> [Objective] {
    [Objective("electra", parameters) { loss(batch, mode) }]
  }

  private func loss(_ batch: Batch, _ mode: Mode) -> Loss {
    guard batch.masked != nil else {
      let discriminating = discriminatorLoss(batch, replacements: [], mode)
      return Loss(
        discriminating * configuration.weight, terms: [("discriminator", discriminating.item())])
    }
    let logits = generatorLogits(batch, mode)  // [M, V]
    let generating = generatorLoss(batch, logits)
    let drawn =  // x̂ [M]; a constant to the tape
      switch mode {
      case .inference: logits.argMax()
      case .training(let random): categorical(logits, using: random)
      }
    let discriminating = discriminatorLoss(batch, replacements: drawn.integers(), mode)
    return Loss(
      generating + discriminating * configuration.weight,
      terms: [("generator", generating.item()), ("discriminator", discriminating.item())])
  }
}

// MARK: - The parts of the loss

extension Electra {
  /// Returns ln p_G(· | xMasked) + constants at the masked places of a batch that has some: [M, V].
  package func generatorLogits(_ batch: Batch, _ mode: Mode) -> Tensor {
    guard let masked = batch.masked else { preconditionFailure("Electra: nothing is masked") }
    let embeddings = discriminator.encoder.embeddings
    return generator(
      embeddings(masked.source.ids, from: 0, mode), table: embeddings.tokens.tensor,
      lengths: masked.source.lengths, at: masked.places, mode)
  }

  /// L_MLM = mean over m of −ln p_G(x | xMasked).
  package func generatorLoss(_ batch: Batch, _ logits: Tensor) -> Tensor {
    guard let masked = batch.masked else { preconditionFailure("Electra: nothing is masked") }
    return crossEntropy(logits, targets: masked.targets)
  }

  /// L_Disc = mean over the real tokens of −ln p(what it is), where a replacement that happens to be the token
  /// itself is an original.
  ///
  /// - Parameters:
  ///   - batch: the texts.
  ///   - replacements: x̂, a token for each masked place.
  ///   - mode: inference, or training with its generator.
  /// - Returns: a scalar.
  package func discriminatorLoss(
    _ batch: Batch, replacements: [TokenID], _ mode: Mode
  ) -> Tensor {
    let (source, isReplaced) = batch.corrupted(by: replacements)
    let labels = Tensor(isReplaced.map { $0 ? 1 : 0 }, [isReplaced.count], on: backend)
    let logits = discriminator(source, at: batch.real, mode)  // [N]
    return binaryCrossEntropy(logits: logits.rounded(to: .float32), targets: labels)
  }

  var backend: any Backend { discriminator.encoder.embeddings.tokens.backend }
}

extension Tensor {
  /// Returns [B, T, D] seen as [B · T, D].
  fileprivate func flattened() -> Tensor { reshaped([shape[0] * shape[1], shape[2]]) }
}

extension Scope {
  /// Makes the table of token embeddings, E [V, D].
  func embeddingTable(_ sizes: TransformerConfiguration) throws(Failure) -> Parameter {
    try parameter(
      "model.shared.weight", [sizes.vocabularySize, sizes.width],
      .normal(deviation: 1 / Float(sizes.width).squareRoot()))
  }
}
