import SeqaeFiles
import SeqaeLayers
import SeqaeTensors
import SeqaeText

/// The network that reads what counts say about each token: e = W₂ gelu(W₁ f + b₁) + b₂ + Σ Uₖ E[cₖ].
///
/// f: the figures of a place; c₁ … c₄: the characters that it names, with their embeddings E. The sum is added to
/// what the encoder reads. Product of experts, were the counts weighed by a rule (Hinton 2002); here the encoder sees
/// them beside the text and learns when to believe them. W₂ and U are 0 at first, so that a model that was trained
/// without evidence starts as it was.
package struct EvidenceReader {
  /// What was counted.
  package let evidence: Evidence
  private let expand: Linear  // W₁ [H, F]
  private let contract: Linear  // W₂ [D, H]
  private let characters: Linear  // U₁ … U₄ side by side [D, 4 · D]
  private let tokens: Parameter  // E [V, D]
  private let scale: Float  // of the embeddings, as in the encoder

  private static let hidden = 128

  init(
    _ evidence: Evidence, _ configuration: TransformerConfiguration, tokens: Parameter,
    in scope: Scope
  ) throws(Failure) {
    self.evidence = evidence
    self.tokens = tokens
    scale = configuration.embeddingScale
    let width = configuration.width
    expand = try Linear(Evidence.figures, Self.hidden, in: scope / "fc1")
    contract = try Linear(Self.hidden, width, weight: .zeros, in: scope / "fc2")
    characters = try Linear(
      Evidence.candidates * width, width, weight: .zeros, in: scope / "candidates")
  }

  /// Returns what is said about tokens side by side: [N, D].
  ///
  /// - Parameters:
  ///   - levels: the figures [N · F].
  ///   - candidates: the characters [N · 4].
  /// - Returns: what is added to the embedding of each.
  func callAsFunction(levels: [UInt8], candidates: [TokenID]) -> Tensor {
    let count = candidates.count / Evidence.candidates
    let figures = Tensor(
      levels.map { Float($0) / Float(Evidence.flag) }, [count, Evidence.figures],
      on: tokens.backend)  // [N, F]
    let named = embedding(
      tokens.matrix,
      Tensor(integers: candidates, [count, Evidence.candidates], on: tokens.backend),
      scale: scale
    ).reshaped([count, Evidence.candidates * tokens.shape[1]])  // [N, 4 · D]
    return contract(expand(figures, activation: .gelu)) + characters(named)
  }
}
