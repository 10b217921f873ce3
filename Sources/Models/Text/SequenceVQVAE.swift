// A vector-quantised variational autoencoder over sentences.
//
// van den Oord, Vinyals & Kavukcuoglu 2017, *Neural Discrete Representation Learning*, §3; several codes a sentence as in
// Kaiser et al. 2018, *Fast Decoding in Sequence Models Using Discrete Latent Variables*. K learned queries attend to the
// encoder's states and give z_e; each is replaced by the nearest e of a codebook, z_q, and the decoder writes x from the
// K of them side by side. Made small is
//
//     −log p(x | z_q) + ‖sg[z_e] − e‖² + β ‖z_e − sg[e]‖² − log p(z_q)
//
// with sg for "a constant to the gradient" (§3.2, eq. 3; some notes drop the minus before log p). The first term reaches
// the encoder as if z_q were z_e. The second moves the codebook alone, the third the encoder alone; where the codebook
// is a moving average of what falls to it (appendix A.1) there is no second term. The last one is that of an
// autoregressive prior over the codes, whose weights no other term has: with it the first is a bound on −log p(x).
//
// B: batch; S: positions; D: width; K: codes of a sentence; N: codes of the codebook; d: values of one; Z = K · d.

import SeqaeFiles
import SeqaeLayers
import SeqaeRandom
import SeqaeTensors
import SeqaeText

/// A model of sentences with discrete latent variables.
public struct SequenceVQVAE: DiscreteModel {
  /// Its sizes and what its constants are.
  public let configuration: Configuration
  /// What turns text into its tokens and back.
  public let tokenizer: Tokenizer
  /// What reads and writes.
  public let network: LatentTransformer
  /// Every parameter that training moves, in order of creation.
  public let parameters: [Parameter]
  /// Those, and the running averages of a codebook.
  public let state: [Parameter]
  private let queries: Parameter  // [K, D]
  private let attention: MultiHeadAttention
  private let norm: LayerNorm
  private let projection: Linear  // D to d
  private let codebook: Codebook
  private let prior: CausalTransformer

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
    self.configuration = configuration
    self.tokenizer = tokenizer
    network = try LatentTransformer(configuration.latent, tokenizer, in: store.root)
    let (width, latent) = (configuration.latent.transformer.width, store.root / "latent")
    queries = try latent.parameter(
      "slot_queries.weight", [configuration.slots, width], .normal(deviation: 1))
    attention = try MultiHeadAttention(
      width: width, heads: configuration.latent.transformer.heads, dropout: 0,
      in: latent / "slot_attn")
    norm = try LayerNorm(width, in: latent / "slot_layer_norm")
    projection = try Linear(width, configuration.values, in: latent / "quantizer_proj")
    codebook = try Codebook(configuration, in: latent / "codebook")
    prior = try CausalTransformer(configuration.prior, in: store.root / "prior")
    try store.finish()
    (parameters, state) = (store.parameters, store.state)
  }

  /// Returns z_e of texts, a row for each code: [B · K, d].
  private func encoded(_ source: TokenBatch, _ mode: Mode) -> Tensor {
    let h = network.states(
      network.embedded(source, labels: [], mode), lengths: source.lengths, mode)  // [B, S, D]
    let (batch, width) = (h.shape[0], h.shape[2])
    let q = queries.tensor.reshaped([1, configuration.slots, width]).tiled(batch, 0)  // [B, K, D]
    let read = attention(q, memory: h, mask: .padding(source.lengths), mode)
    return projection(norm(q + read)).reshaped(
      [batch * configuration.slots, configuration.values])
  }

  /// Returns z_q of texts, a point [B, Z].
  public func posterior(_ source: TokenBatch, labels: [Int], _ mode: Mode) -> Posterior {
    let ids = codebook.nearest(encoded(source, mode))
    return Posterior(
      mean: codebook.vectors(ids).reshaped([source.lengths.count, size]))
  }

  /// Returns the numbers of each text's codes.
  public func indices(of texts: [[TokenID]]) -> [[Int]] {
    let configuration = network.configuration.transformer
    let rows = texts.map { Array($0.prefix(longest)) + [configuration.end] }
    let source = TokenBatch(rows, padding: configuration.padding, on: network.backend)
    return indices(codebook.nearest(encoded(source, .inference)))
  }

  private func indices(_ ids: Tensor) -> [[Int]] {
    let (all, slots) = (ids.integers().map { Int($0) }, configuration.slots)
    return stride(from: 0, to: all.count, by: slots).map { Array(all[$0..<$0 + slots]) }
  }

  /// Returns the codes of the nearest vectors of the codebook.
  public func nearest(_ codes: [LatentCode]) -> [LatentCode] {
    let values = configuration.values
    let z = Tensor(
      codes.flatMap(\.vector), [codes.count * configuration.slots, values], on: network.backend)
    let found = codebook.vectors(codebook.nearest(z)).floats()
    return codes.indices.map { LatentCode(Array(found[$0 * size..<($0 + 1) * size])) }
  }

  /// The number of codes in the codebook, N.
  public var codebookSize: Int { configuration.codes }
}

// MARK: - Training

extension SequenceVQVAE {
  /// −log p(x | z_q) − log p(z_q) and what ties z_e to the codebook, in nats a token: of all terms the sums over a
  /// batch's texts are divided by its tokens.
  public func objectives(_ batch: ReconstructionBatch, _ mode: Mode) -> [Objective] {
    objectives(batch, mode, at: TrainingMoment(step: 0, fraction: 1))
  }

  /// The same at a moment of a run: at its beginning, if so configured, the decoder reads z_e itself, to which the codebook
  /// gets used meanwhile.
  public func objectives(
    _ batch: ReconstructionBatch, _ mode: Mode, at moment: TrainingMoment
  ) -> [Objective] {
    let isQuantized = moment.fraction >= configuration.delay
    return [Objective("vq", parameters) { loss(batch, mode, isQuantized: isQuantized) }]
  }

  /// The second term and the third without its β, ‖sg[z_e] − e‖² and ‖z_e − sg[e]‖²: sums over a batch; the first is nil
  /// where the codebook is a moving average.
  package func distances(
    _ batch: ReconstructionBatch, _ mode: Mode
  ) -> (codebook: Tensor?, commitment: Tensor) {
    let zE = encoded(batch.source, mode)  // [B · K, d]
    return distances(zE, codebook.nearest(zE))
  }

  private func distances(_ zE: Tensor, _ ids: Tensor) -> (codebook: Tensor?, commitment: Tensor) {
    let e = codebook.vectors(ids)
    let moves = configuration.update == .gradient ? (zE.detached() - e).square().sum() : nil
    return (moves, (zE - e.detached()).square().sum())
  }

  private func loss(_ batch: ReconstructionBatch, _ mode: Mode, isQuantized: Bool) -> Loss {
    let (texts, tokens) = (Float(batch.count), Float(batch.tokens))
    let zE = encoded(batch.source, mode)  // [B · K, d]
    let ids = codebook.nearest(zE)
    let e = codebook.vectors(ids)
    let z = isQuantized ? straightThrough(e.detached(), to: zE) : zE
    let reconstruction = network.loss(batch, z.reshaped([batch.count, size]), mode)  // nats a token
    let (codebookTerm, commitment) = distances(zE, ids)
    let priorTerm = priorLoss(ids, mode) * (texts * Float(configuration.slots) / tokens)
    var total = reconstruction + priorTerm
    if isQuantized { total = total + commitment * (configuration.commitment / tokens) }
    if let codebookTerm { total = total + codebookTerm / tokens }
    let used = Set(ids.integers()).count
    var loss = Loss(
      total,
      terms: [
        ("reconstruction", reconstruction.item() * Double(tokens / texts)),
        ("prior", priorTerm.item() * Double(tokens / texts)),
        ("commitment", commitment.item() / Double(texts)), ("used_codes", Double(used)),
      ])
    if case .training(let random) = mode {
      loss.statistics = codebook.statistics(zE, ids, using: random)
    }
    return loss
  }

  /// Returns z_e of a batch's texts, a row for each code [B · K, d].
  package func points(_ batch: ReconstructionBatch) -> Tensor { encoded(batch.source, .inference) }

  /// Puts the codebook where centres [N, d] of such points are, row by row: from random vectors most codes would be
  /// nearest to nothing (Łańcucki et al. 2020, *Robust Training of Vector Quantized Bottleneck Models*, §3).
  package func startCodebook(at centres: [Float]) { codebook.start(at: centres) }
}

// MARK: - The prior

extension SequenceVQVAE {
  /// The token from which the prior starts; it is no code.
  private var start: Int32 { Int32(configuration.codes) }

  /// What the prior reads before each of codes [B · K]: [B, K].
  private func priorInputs(_ ids: Tensor) -> Tensor {
    let rows = indices(ids).map { row in [start] + row.dropLast().map { Int32($0) } }
    return Tensor(
      integers: rows.flatMap { $0 }, [rows.count, configuration.slots], on: network.backend)
  }

  /// The mean of −log p of codes [B · K] by the prior, in nats a code.
  private func priorLoss(_ ids: Tensor, _ mode: Mode) -> Tensor {
    prior.loss(priorInputs(ids), labels: ids.reshaped([ids.shape.count]), mode)
  }

  /// Returns −log p(z_q) of the codes of each text of a batch [B], in nats.
  public func priorLosses(_ batch: ReconstructionBatch) -> Tensor {
    let ids = codebook.nearest(encoded(batch.source, .inference))
    return prior.losses(priorInputs(ids), labels: ids.reshaped([ids.shape.count]))
  }

  /// Returns codes that the prior draws one after the other.
  public func draw(_ random: [Random], labels: [Int]) -> [LatentCode]? {
    let drawn = decode(
      CausalDecoder(transformer: prior), random.map { _ in () }, start: start,
      limits: [Int](repeating: configuration.slots, count: random.count)
    ) { logits, rows, _ in
      tokens(
        of: logits.sliced(1, 0..<configuration.codes), temperature: 1,
        using: rows.map { random[$0] }
      )
    }
    let vectors = codebook.vectors(
      Tensor(
        integers: drawn.flatMap { $0 }, [random.count * configuration.slots], on: network.backend)
    ).floats()
    return random.indices.map { LatentCode(Array(vectors[$0 * size..<($0 + 1) * size])) }
  }
}
