// A Transformer whose decoder knows of the text nothing but a vector z.
//
// z reaches the decoder twice, as in Li et al. 2020, *Optimus: Organizing Sentences via Pre-trained Modeling of a
// Latent Space*, §3.1: as memory, M vectors that every layer attends to, and as embedding, a vector that is added to
// that of every input. So the first token comes from z alone, and each later one from z and those before it.
//
// B: batch; S: positions of what is read; T: positions of what is written; D: width; Z: size of z; M: vectors of
// memory; C: classes.

import SeqaeFiles
import SeqaeLayers
import SeqaeTensors
import SeqaeText

/// An encoder that hands on the mean of its states, and a decoder that starts from a vector.
public struct LatentTransformer {
  /// Its sizes and constants.
  public let configuration: LatentConfiguration
  let transformer: Transformer
  private let memory: Linear  // [z, y] to M · D
  private let embedding: Linear  // [z, y] to D
  private let classes: Parameter?  // what the encoder is told of a class [C, D]
  fileprivate let wordDropout: WordDropout

  init(
    _ configuration: LatentConfiguration, _ tokenizer: Tokenizer, in scope: Scope
  ) throws(Failure) {
    let sizes = configuration.transformer
    try sizes.requireTokens(of: tokenizer)
    guard !sizes.readsAlignedSource else {
      throw Failure(
        .data, "config.json: seqae_reads_aligned_source is true: a code has no places to stand at")
    }
    self.configuration = configuration
    wordDropout = try WordDropout(configuration.wordDropout, tokenizer)
    transformer = try Transformer(sizes, in: scope)
    let inputs = configuration.size + configuration.classes.count
    memory = try Linear(
      inputs, configuration.memory * sizes.width, in: scope / "latent" / "memory_proj")
    embedding = try Linear(inputs, sizes.width, in: scope / "latent" / "embed_proj")
    classes =
      configuration.classes.isEmpty
      ? nil
      : try scope.parameter(
        "latent.class_embedding.weight", [configuration.classes.count, sizes.width],
        .normal(deviation: 1 / Float(sizes.width).squareRoot()))
  }

  var backend: any Backend { transformer.backend }

  /// Returns the vectors [B, S, D] that the encoder's layers read for texts and, where it is told them, their classes.
  func embedded(_ source: TokenBatch, labels: [Int], _ mode: Mode) -> Tensor {
    let x = transformer.encoder.embeddings(source.ids, from: 0, mode)
    guard let classes else { return x }
    precondition(
      labels.count == source.lengths.count,
      "LatentTransformer: \(labels.count) labels for \(source.lengths.count) texts")
    let ids = Tensor(integers: labels.map { Int32($0) }, [labels.count, 1], on: backend)
    return x + SeqaeTensors.embedding(classes.matrix, ids)  // [B, 1, D]
  }

  /// Returns the encoder's states [B, S, D] of texts of some lengths whose embeddings are x [B, S, D].
  func states(_ x: Tensor, lengths: [Int], _ mode: Mode) -> Tensor {
    transformer.encoder.layers(x, mask: .padding(lengths), mode)
  }

  /// Returns the mean state [B, D] of each text.
  func pooled(_ source: TokenBatch, labels: [Int], _ mode: Mode) -> Tensor {
    pooled(embedded(source, labels: labels, mode), lengths: source.lengths, mode)
  }

  /// Returns the mean state [B, D] of each.
  func pooled(_ x: Tensor, lengths: [Int], _ mode: Mode) -> Tensor {
    states(x, lengths: lengths, mode).mean(over: lengths)
  }

  /// Returns what the decoder is told: z [B, Z], and beside it, where there are classes, a one in that of each text.
  func condition(_ z: Tensor, _ labels: [Int]) -> Tensor {
    let count = configuration.classes.count
    guard count > 0 else { return z }
    precondition(
      labels.count == z.shape[0] && labels.allSatisfy { (0..<count).contains($0) },
      "LatentTransformer: labels \(labels) for \(z.shape[0]) texts of \(count) classes")
    var ones = [Float](repeating: 0, count: labels.count * count)
    for (row, label) in labels.enumerated() { ones[row * count + label] = 1 }
    return concatenate([z, Tensor(ones, [labels.count, count], on: backend)], 1)
  }

  /// Returns what every layer attends to [B, M, D], and what is added to every input [B, 1, D].
  func start(_ condition: Tensor) -> (memory: Tensor, shift: Tensor) {
    let (batch, width) = (condition.shape[0], configuration.transformer.width)
    return (
      memory(condition).reshaped([batch, configuration.memory, width]),
      embedding(condition).reshaped([batch, 1, width])
    )
  }

  /// Returns the decoder's states [B, T, D] for inputs [B, T], told `condition`; in training some inputs are hidden.
  func decode(_ inputs: Tensor, _ condition: Tensor, _ mode: Mode) -> Tensor {
    let (memory, shift) = start(condition)
    return transformer.decoder(
      wordDropout(inputs, mode), memory: memory, at: nil, shift: shift, mask: .none, mode)
  }

  /// Returns the mean of −log p(xₜ | x₁ … xₜ₋₁, z), in nats a token.
  func loss(_ batch: ReconstructionBatch, _ condition: Tensor, _ mode: Mode) -> Tensor {
    let sizes = configuration.transformer
    let states = decode(batch.inputs, condition, mode)  // [B, T, D]
    return linearCrossEntropy(
      states.reshaped([batch.labels.shape[0], sizes.width]), transformer.tokens.tensor,
      transformer.logitsBias.tensor.reshaped([sizes.vocabularySize]), targets: batch.labels)
  }

  /// Returns −log p(x | z) of each text [B], in nats.
  func losses(_ batch: ReconstructionBatch, _ condition: Tensor, _ mode: Mode) -> Tensor {
    let states = decode(batch.inputs, condition, mode)  // [B, T, D]
    let logits = transformer.logits(
      states.reshaped([batch.labels.shape[0], configuration.transformer.width]))  // [B · T, V]
    return crossEntropy(logits, targets: batch.labels, reduction: .none)
      .reshaped(batch.inputs.shape).sum(1).reshaped([batch.count])
  }
}

// MARK: - Step by step

/// The autoregressive loop's view of a decoder that starts from a vector.
public struct LatentDecoder: StepDecoder {
  /// What is remembered between steps.
  public struct State {
    fileprivate let layers: any StepwiseDecoder
    fileprivate var memory: StepMemory
    fileprivate var source: StepSource
    fileprivate var shift: Tensor  // [R, D]
  }

  private let network: LatentTransformer

  /// Creates the loop's view of `network`.
  public init(_ network: LatentTransformer) { self.network = network }

  /// Makes of codes what the layers attend to.
  public func start(_ sources: [LatentCode]) -> State {
    let (sizes, size) = (network.configuration.transformer, network.configuration.size)
    precondition(
      sources.allSatisfy { $0.vector.count == size },
      "LatentDecoder: a code of \(sources.map(\.vector.count)) values, the model's have \(size)")
    let z = Tensor(sources.flatMap(\.vector), [sources.count, size], on: network.backend)
    let (memory, shift) = network.start(network.condition(z, sources.compactMap(\.label)))
    let decoder = network.transformer.decoder
    return State(
      layers: decoder.stepwise, memory: StepMemory(rows: sources.count),
      source: decoder.reading(memory, lengths: sources.map { _ in memory.shape[1] }),
      shift: shift.reshaped([sources.count, sizes.width]))
  }

  /// Decodes one position: O(D² + (M + t) · D) a layer and row.
  public func step(_ last: [Int32], _ state: inout State) -> Tensor {
    let (decoder, position) = (network.transformer.decoder, state.memory.positions.count)
    let history = network.wordDropout.history(last, at: position)
    let x = decoder.embeddings.rows(history, at: position) + state.shift
    return network.transformer.preciseLogits(state.layers(x, &state.memory, state.source))
  }

  /// Takes over what is remembered of `rows`.
  public func reorder(_ state: inout State, _ rows: [Int]) {
    state.shift = state.shift.selecting(rows)
    state.memory.select(rows)
    state.source.select(rows)
  }
}
