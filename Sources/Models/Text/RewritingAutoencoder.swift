// A denoising autoencoder over text that writes the whole text anew.
//
// Lewis et al. 2020, *BART: Denoising Sequence-to-Sequence Pre-training for Natural Language Generation,
// Translation, and Comprehension*, §2: a text x is corrupted to x̃ in any way at all (masked, shortened, put into
// another order); a bidirectional encoder reads x̃, an autoregressive decoder writes x, and
//
//     −log p(x | x̃) = −Σₜ log p(xₜ | x₁ … xₜ₋₁, x̃)
//
// is made small. Since x̃ and x need not be of one length or in one order, nothing is copied or kept in place: what
// the decoder writes comes from the encoder's states alone, which is what later tasks make use of (§3).
//
// B: batch; S: positions of x̃; T: positions of x.

import SeqaeFiles
import SeqaeLayers
import SeqaeTensors
import SeqaeText

/// A Transformer that turns corrupted text into the text that it was.
public struct RewritingAutoencoder: SequenceToSequence {
  /// What its objective is called in logs.
  public static let objectiveName = "rewriting"

  /// The encoder-decoder.
  public let transformer: Transformer
  /// What turns text into its tokens and back.
  public let tokenizer: Tokenizer
  /// Every parameter, in order of creation.
  public let parameters: [Parameter]

  /// Creates the model's parameters in `store`.
  ///
  /// - Parameters:
  ///   - configuration: its sizes; its vocabulary is the tokenizer's.
  ///   - tokenizer: has the tokens of `SpecialToken`.
  ///   - store: where parameters come from.
  /// - Throws: a `Failure` where tokenizer, configuration and checkpoint don't fit each other.
  public init(
    _ configuration: TransformerConfiguration, tokenizer: Tokenizer, in store: ParameterStore
  ) throws(Failure) {
    self.tokenizer = tokenizer
    try configuration.requireTokens(of: tokenizer)
    guard !configuration.readsAlignedSource else {
      throw Failure(
        .data, "config.json: seqae_reads_aligned_source is true: this is no rewriter's folder")
    }
    transformer = try Transformer(configuration, in: store.root)
    try store.finish()
    parameters = store.parameters
  }

  /// A text and what was made of it.
  public typealias Example = ReconstructionExample
  /// Examples padded to a rectangle.
  public typealias Batch = ReconstructionBatch
  /// Turns texts into examples.
  public typealias Examples = ReconstructionExamples

  /// What turns texts into examples with `noise`; nil for none.
  public func examples(_ noise: (any SequenceNoise)?) -> Examples {
    Examples(tokenizer, noise, transformer.configuration)
  }
}
