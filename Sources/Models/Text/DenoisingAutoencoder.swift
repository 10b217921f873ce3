// A denoising autoencoder over text that edits instead of rewriting.
//
// Vincent et al. 2008, *Extracting and Composing Robust Features with Denoising Autoencoders*: corrupt x to
// x̃, learn to give x back. Here the decoder writes the edits that turn x̃ into x: it stands at a token of x̃
// and keeps it, deletes it, or writes a token in front of it. What is kept is copied byte for byte, so rare
// characters, names and numbers can't be misspelt, and the output can't run away: it ends with the source.
//
// That is hard monotonic attention, Aharoni & Goldberg 2017, *Morphological Inflection Generation with Hard
// Monotonic Attention*, §3: a step reads the encoder's state of the place where it stands (beside attending to
// all of them) and either writes or moves on. p(step) is factored into what to do, one of three, and what to
// write: most steps are "keep", and only the others need the vocabulary.

import SeqaeFiles
import SeqaeLayers
import SeqaeTensors
import SeqaeText

/// A Transformer that turns noisy text into the edits that clean it.
public struct DenoisingAutoencoder: Model {
  /// The encoder-decoder.
  public let transformer: Transformer
  /// What turns text into its tokens and back.
  public let tokenizer: Tokenizer
  /// Every parameter, in order of creation.
  public let parameters: [Parameter]
  /// States to the logits of keep, delete and write [3, D].
  package let operation: Linear
  /// The tokens that stand for steps.
  package let labels: EditLabels
  /// Reads what clean text says about each place; nil for a model that sees the text alone.
  package let reader: EvidenceReader?

  /// Creates the model's parameters in `store`.
  ///
  /// - Parameters:
  ///   - configuration: its sizes; its vocabulary is the tokenizer's.
  ///   - tokenizer: has the tokens of `SpecialToken`.
  ///   - evidence: what was counted in clean text, for a model that reads it beside the text; else nil.
  ///   - store: where parameters come from.
  /// - Throws: a `Failure` where tokenizer, configuration and checkpoint don't fit each other.
  public init(
    _ configuration: TransformerConfiguration, tokenizer: Tokenizer, evidence: Evidence? = nil,
    in store: ParameterStore
  ) throws(Failure) {
    self.tokenizer = tokenizer
    labels = try EditLabels(tokenizer)
    try DenoisingAutoencoder.check(configuration, tokenizer)
    transformer = try Transformer(configuration, in: store.root)
    // So small that at first no operation is much likelier than another: an untrained model is sure of no edit.
    operation = try Linear(
      configuration.width, EditOperation.allCases.count, weight: .normal(deviation: 0.02),
      in: store.root / "operation")
    if let evidence {
      reader = try EvidenceReader(
        evidence, configuration, tokens: transformer.tokens, in: store.root / "evidence")
    } else {
      reader = nil
    }
    try store.finish()
    parameters = store.parameters
  }

  /// The fewest positions of a denoiser: a character of four byte tokens and the end must fit.
  public static let minimumPositions = 16

  /// Returns the configuration of a denoiser over the tokens of `tokenizer`, whose special tokens it names.
  public static func configuration(for tokenizer: Tokenizer) throws(Failure)
    -> TransformerConfiguration
  {
    var configuration = try TransformerConfiguration(for: tokenizer)
    configuration.readsAlignedSource = true
    return configuration
  }

  private static func check(
    _ configuration: TransformerConfiguration, _ tokenizer: Tokenizer
  ) throws(Failure) {
    try configuration.requireTokens(of: tokenizer)
    guard configuration.readsAlignedSource else {
      throw Failure(
        .data, "config.json: seqae_reads_aligned_source is false: this is no denoiser's folder")
    }
    guard configuration.maximumPositions >= minimumPositions else {
      throw Failure(
        .data,
        "config.json: max_position_embeddings is \(configuration.maximumPositions): a denoiser"
          + " needs \(minimumPositions) or more")
    }
    guard tokenizer.normalizer == nil else {
      throw Failure(
        .data,
        "tokenizer.json: its normalizer rewrites the text, which a denoiser copies byte for byte:"
          + " use a tokenizer without one")
    }
  }

  /// The mean over the steps of −log p(operation) − log p(token), the latter where one is written, in nats.
  public func objectives(_ batch: Batch, _ mode: Mode) -> [Objective] {
    [Objective("edits", parameters) { loss(batch, mode) }]
  }

  private func loss(_ batch: Batch, _ mode: Mode) -> Loss {
    let width = transformer.configuration.width
    let memory = transformer.encode(batch.source, beside: evidence(of: batch), mode)
    let states = transformer.decode(
      batch.inputs, at: batch.places, source: batch.source, memory: memory, mode
    ).reshaped([batch.places.count, width])
    let (weight, bias) = operation.tensors
    let operations = linearCrossEntropy(states, weight, bias, targets: batch.operations)
    guard let written = batch.written else { return Loss(operations) }
    let tokens = linearCrossEntropy(
      embedding(states, written.steps), transformer.tokens.tensor,
      transformer.logitsBias.tensor.reshaped([transformer.configuration.vocabularySize]),
      targets: written.tokens, smoothing: batch.smoothing)
    let share = Float(written.tokens.shape.count) / Float(batch.steps)
    return Loss(
      operations + tokens * share,
      terms: [("operations", operations.item()), ("written", tokens.item())])
  }
}

// MARK: - Evidence

extension DenoisingAutoencoder {
  /// What is known of the tokens of a batch beside them [B, S, D]; nil for a model without evidence.
  private func evidence(of batch: Batch) -> Tensor? {
    guard let reader, let reading = batch.evidence else { return nil }
    let shape = batch.source.ids.shape
    return reader(levels: reading.levels, candidates: reading.characters)
      .reshaped([shape[0], shape[1], transformer.configuration.width])
  }

  /// What is known of the tokens of sources one after the other [1, N, D]; nil for a model without evidence.
  package func evidence(of sources: [[TokenID]]) -> Tensor? {
    guard let reader else { return nil }
    let readings = Threads.map(sources.count) { reader.evidence(sources[$0], counted: nil) }
    let all = reader(
      levels: readings.flatMap(\.levels), candidates: readings.flatMap(\.characters))
    return all.reshaped([1, all.shape[0], all.shape[1]])
  }
}
