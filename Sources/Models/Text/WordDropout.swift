// Words that are hidden from a decoder.
//
// B: batch; T: positions of what is written.

import SeqaeFiles
import SeqaeLayers
import SeqaeTensors
import SeqaeText

/// Word dropout: Bowman et al. 2016, *Generating Sentences from a Continuous Space*, §3.1.
///
/// What a decoder can't tell from the words before it must ask of z. At a rate of 1 it has no history at all, at
/// inference either, and knows but its position and z.
struct WordDropout: Sendable {
  /// The share of the words that is hidden in training; 1 for all, at inference too.
  let rate: Float
  private let hidden: TokenID  // stands for a word that is hidden

  /// Creates it for a model over the tokens of `tokenizer`, of which `<mask>` stands for what is hidden.
  init(_ rate: Float, _ tokenizer: Tokenizer) throws(Failure) {
    self.rate = rate
    hidden = try tokenizer.id(of: .mask)
  }

  /// Returns inputs [B, T] of which a share is hidden in training, but never the first.
  func callAsFunction(_ inputs: Tensor, _ mode: Mode) -> Tensor {
    let length = inputs.shape[1]
    let ids = { inputs.integers().enumerated() }
    switch mode {
    case _ where rate >= 1:
      return Tensor(
        integers: ids().map { $0.offset % length > 0 ? hidden : $0.element }, inputs.shape,
        on: inputs.backend)
    case .training(let random) where rate > 0:
      return Tensor(
        integers: ids().map { place, id in
          place % length > 0 && random.chance(Double(rate)) ? hidden : id
        }, inputs.shape, on: inputs.backend)
    default: return inputs
    }
  }

  /// Returns what a step at a position sees of the last tokens: nothing, beyond the first, where there is no history.
  func history(_ last: [Int32], at position: Int) -> [Int32] {
    rate >= 1 && position > 0 ? last.map { _ in hidden } : last
  }
}
