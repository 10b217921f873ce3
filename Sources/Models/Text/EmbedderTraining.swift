// How an encoder of sentences learns without labels, by one of four objectives or two of them:
//
//     tsdae          −log p(x | z(x̃)): Wang et al. 2021 (TSDAE.swift)
//     simcse         Gao, Yao & Chen 2021, *SimCSE: Simple Contrastive Learning of Sentence Embeddings*, eq. 4: with h, h′
//                    the vectors of x under two draws of dropout, −log exp(cos(hᵢ, hᵢ′)/τ) / Σⱼ exp(cos(hᵢ, hⱼ′)/τ)
//     contrast       the same with h of x with noise and h′ of x as it is: what noise does to a text is to move it less
//                    than what other texts are away
//     distillation   another embedder's vector of x is the target, of x as it is or with noise, or of its translation: Reimers &
//                    Gurevych 2020, *Making Monolingual Sentence Embeddings Multilingual using Knowledge Distillation*,
//                    §2, where there is no noise
//
// B: batch; S, T: positions; D: width; τ: temperature.

import SeqaeFiles
import SeqaeLayers
import SeqaeTensors
import SeqaeText

/// An encoder of sentences, and what it is trained by.
public struct EmbedderTraining: Model {
  /// What is made small.
  public enum Kind: String, CaseIterable, Sendable {
    case tsdae, simcse, contrast, distillation
  }

  /// How a vector is compared with another embedder's, whose length is 1.
  public enum Likeness: String, CaseIterable, Sendable {
    /// ‖s − t‖², of vectors as they are pooled.
    case mse
    /// 1 − cos(s, t).
    case cosine
    /// The mean of (cos(sᵢ, sⱼ) − cos(tᵢ, tⱼ))² · B over the pairs of a batch: for vectors of another size; Tung & Mori
    /// 2019, *Similarity-Preserving Knowledge Distillation*, eq. 4, over cosines.
    case similarity
  }

  /// What is made small, and how.
  public struct Configuration: Sendable, Equatable {
    /// The objectives, each once, with their weights.
    public var objectives: [(kind: Kind, weight: Float)]
    /// τ; Gao et al. 2021, §3.
    public var temperature: Float = 0.05
    /// How a vector is compared with another embedder's.
    public var likeness = Likeness.mse

    /// Creates the configuration of one objective.
    public init(_ kind: Kind) { objectives = [(kind, 1)] }

    func has(_ kind: Kind) -> Bool { objectives.contains { $0.kind == kind } }

    public static func == (left: Configuration, right: Configuration) -> Bool {
      left.temperature == right.temperature && left.likeness == right.likeness
        && left.objectives.elementsEqual(right.objectives) { $0 == $1 }
    }
  }

  /// What is made small, and how.
  public let configuration: Configuration
  /// What is trained.
  public let encoder: SentenceEncoder
  /// The encoder's parameters and those of TSDAE's decoder, in order of creation.
  public let parameters: [Parameter]
  private let decoder: TSDAEDecoder?

  /// Creates the parameters in `store`.
  ///
  /// - Parameters:
  ///   - configuration: what is made small.
  ///   - encoder: the sizes of what is trained.
  ///   - tokenizer: puts special tokens around a text.
  ///   - store: where parameters come from.
  /// - Throws: a `Failure` where tokenizer, configuration and checkpoint don't fit each other.
  public init(
    _ configuration: Configuration, encoder: SentenceEncoder.Configuration, tokenizer: Tokenizer,
    in store: ParameterStore
  ) throws(Failure) {
    self.configuration = configuration
    self.encoder = try SentenceEncoder(encoder, tokenizer: tokenizer, sharing: store)
    decoder =
      configuration.has(.tsdae) ? try TSDAEDecoder(self.encoder.bert, in: store.root) : nil
    try store.finish()
    parameters = store.parameters
  }

  /// Gives the encoder the weights of another one of its sizes.
  ///
  /// - Parameters:
  ///   - weights: of the other one.
  ///   - tokens: how many tokens that has vectors of, which are the first ones of this one; the vectors of those that
  ///     follow stay as they are.
  /// - Throws: a `Failure` that names the first that is missing or of another shape; then nothing is taken.
  public func takeEncoder(from weights: Checkpoint, tokens: Int) throws(Failure) {
    var taken: [(Parameter, Tensor)] = []
    let table = encoder.bert.embeddings.tokens
    for parameter in encoder.parameters {
      guard parameter.name == table.name, tokens < table.shape[0] else {
        taken.append(
          (parameter, try weights.tensor(parameter.name, parameter.shape, on: backend)))
        continue
      }
      let old = try weights.tensor(table.name, [tokens, table.shape[1]], on: backend)
      taken.append(
        (table, concatenate([old, table.tensor.sliced(0, tokens..<table.shape[0])])))
    }
    for (parameter, tensor) in taken { parameter.update { $0 = tensor } }
  }

  var backend: any Backend { encoder.bert.backend }

  /// The sum of the objectives, each with its weight.
  public func objectives(_ batch: Batch, _ mode: Mode) -> [Objective] {
    [Objective("embedder", parameters) { loss(batch, mode) }]
  }

  private func loss(_ batch: Batch, _ mode: Mode) -> Loss {
    var made: [Part: Tensor] = [:]
    // Two objectives read the same vectors.
    func vectors(_ part: Part) -> Tensor {
      if let known = made[part] { return known }
      guard let source = batch.sources[part] else {
        preconditionFailure("EmbedderTraining: the batch has no \(part) texts")
      }
      let vectors = encoder(source, mode)
      made[part] = vectors
      return vectors
    }
    var parts: [Tensor] = []
    var terms: [(name: String, value: Double)] = []
    for (kind, weight) in configuration.objectives {
      let own =
        switch kind {
        case .tsdae: reconstruction(batch, vectors(.deleted), mode)
        case .simcse: contrast(vectors(.clean), vectors(.again), batch)
        case .contrast: contrast(vectors(.noisy), vectors(.clean), batch)
        case .distillation: distance(vectors(.noisy), batch)
        }
      terms.append((kind.rawValue, own.item()))
      parts.append(own * weight)
    }
    return Loss(parts.dropFirst().reduce(parts[0], +), terms: terms)
  }

  private func reconstruction(_ batch: Batch, _ z: Tensor, _ mode: Mode) -> Tensor {
    guard let decoder, let target = batch.target else {
      preconditionFailure("EmbedderTraining: nothing is to be written")
    }
    return decoder.loss(from: z, inputs: target.inputs, labels: target.labels, mode)
  }

  /// −log softmax(cos(h, h′)/τ) of the pairs of a batch, the other texts being the negatives: a scalar.
  private func contrast(_ h: Tensor, _ other: Tensor, _ batch: Batch) -> Tensor {
    let count = h.shape[0]
    let cosines = matmul(h.normalized(), other.normalized().transposed())  // [B, B]
    var logits = cosines / configuration.temperature
    if let repeats = batch.repeats { logits = logits + repeats }
    let pairs = Tensor(integers: (0..<count).map { Int32($0) }, [count], on: backend)
    return crossEntropy(logits, targets: pairs)
  }

  /// How far vectors s [B, D] are from the other embedder's, a mean over the texts: a scalar.
  private func distance(_ s: Tensor, _ batch: Batch) -> Tensor {
    guard let t = batch.teacher else {
      preconditionFailure("EmbedderTraining: there are no vectors to come near to")
    }
    let count = Float(s.shape[0])
    switch configuration.likeness {
    case .mse: return (s - t).square().sum() / count
    case .cosine: return 1 - (s.normalized() * t).sum() / count
    case .similarity:
      let own = s.normalized()
      let difference = matmul(own, own.transposed()) - matmul(t, t.transposed())  // [B, B]
      return difference.square().sum() / count
    }
  }
}
