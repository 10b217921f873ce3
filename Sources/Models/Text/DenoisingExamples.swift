import SeqaeFiles
import SeqaeRandom
import SeqaeText

/// The tokens that stand for edits, and for the end of the text.
struct EditLabels: Sendable {
  let keep: TokenID
  let delete: TokenID
  let end: TokenID

  init(_ tokenizer: Tokenizer) throws(Failure) {
    keep = try tokenizer.id(of: .keep)
    delete = try tokenizer.id(of: .delete)
    end = try tokenizer.id(of: .eos)
  }

  func label(_ edit: Edit) -> TokenID {
    switch edit {
    case .keep: keep
    case .delete: delete
    case .replace(let token): token
    }
  }
}

/// Turns pairs of a corrupted text and its original into examples for a `DenoisingAutoencoder`.
///
/// It has no weights and makes no tensors, so that a thread of its own can prepare examples while a model
/// is trained.
public struct DenoisingExamples: Sendable {
  private let tokenizer: Tokenizer
  private let labels: EditLabels
  private let maximumCount: Int

  /// Creates what makes examples of at most `maximumCount` tokens, the end included.
  init(_ tokenizer: Tokenizer, _ labels: EditLabels, maximumCount: Int) {
    self.tokenizer = tokenizer
    self.labels = labels
    self.maximumCount = maximumCount
  }

  /// Returns the example of a corrupted text and its original.
  ///
  /// - Parameters:
  ///   - noisy: x̃, UTF-8.
  ///   - clean: x, UTF-8.
  ///   - masking: hides some of the tokens that stay; their label is then the token itself. nil for none.
  ///   - random: what the masking draws from.
  /// - Returns: nil if x has something that x̃ lacks, which one label a token can't put in, or if x̃ is
  ///   longer than the model's positions.
  public func callAsFunction(
    noisy: [UInt8], clean: [UInt8], masking: (any TokenNoise)?, using random: Random
  ) -> DenoisingAutoencoder.Example? {
    var source = tokenizer.encode(noisy).ids
    guard source.count < maximumCount,
      let edits = EditScript.between(source, tokenizer.encode(clean).ids)
    else { return nil }
    var targets = edits.map(labels.label)
    if let masking {
      let corruption = masking.corrupt(source, using: random)
      for index in source.indices where corruption.isTarget[index] && targets[index] == labels.keep
      {
        source[index] = corruption.input[index]
        targets[index] = corruption.target[index]
      }
    }
    return DenoisingAutoencoder.Example(
      source: source + [labels.end], labels: targets + [labels.end])
  }
}
