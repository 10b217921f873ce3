import SeqaeRandom
import SeqaeText

/// Turns pairs of a corrupted text and its original into examples for a `DenoisingAutoencoder`.
///
/// It has no weights and makes no tensors, so that a thread of its own can prepare examples while a model
/// is trained.
public struct EditExamples: Sendable {
  private let tokenizer: Tokenizer
  private let labels: EditLabels
  private let evidence: Evidence?
  private let maximumCount: Int
  /// The highest share of the gaps of a counted text whose windows are taken for new.
  public var highestNewShare = 0.0

  /// Creates what makes examples of at most `maximumCount` tokens, the end included, with what `evidence` says.
  init(_ tokenizer: Tokenizer, _ labels: EditLabels, _ evidence: Evidence?, maximumCount: Int) {
    self.tokenizer = tokenizer
    self.labels = labels
    self.evidence = evidence
    self.maximumCount = maximumCount
  }

  /// Returns the example of a corrupted text and its original.
  ///
  /// - Parameters:
  ///   - noisy: x̃, UTF-8.
  ///   - clean: x, UTF-8.
  ///   - masking: hides some of the tokens that stay, which are then to be written anew; nil for none.
  ///   - isCounted: whether the clean text is among what the evidence was counted in.
  ///   - random: what the masking draws from.
  /// - Returns: nil if x has a character that x̃ lacks and the vocabulary too, or if x̃ is longer than the
  ///   model's positions.
  public func callAsFunction(
    noisy: [UInt8], clean: [UInt8], masking: (any TokenNoise)?, isCounted: Bool = false,
    using random: Random
  ) -> DenoisingAutoencoder.Example? {
    var characters = CharacterNumbers()
    let source = characters.numbered(noisy, tokenizer)
    let count = source.reduce(0) { $0 + $1.tokens.count }
    guard count < maximumCount else { return nil }
    let target = characters.numbered(clean, tokenizer)
    let script = EditScript.between(source.map(\.number), target.map(\.number))
    let hidden = masking.map { $0.corrupt(source.map(\.masked), using: random) }
    var ids: [TokenID] = []
    var steps: [TokenID] = []
    var place = 0
    for action in script {
      switch action {
      case .write(let token):
        guard token >= 0 else { return nil }
        steps.append(token)
      case .keep where hidden.map { $0.input[place] != source[place].masked } ?? false:
        ids.append(hidden?.input[place] ?? source[place].number)
        steps += [source[place].number, labels.delete]
        place += 1
      case .keep, .delete:
        ids += source[place].tokens
        steps += source[place].tokens.map { _ in labels.label(action) }
        place += 1
      }
    }
    ids.append(labels.end)
    var counted: Evidence.Counted?
    if isCounted {
      // From a generator of its own: the noise is what it would be without.
      let random = random.child("evidence")
      counted = Evidence.Counted(
        target.flatMap(\.tokens) + [labels.end],
        newShare: random.uniform() * highestNewShare, using: random)
    }
    return DenoisingAutoencoder.Example(
      source: ids, labels: steps + [labels.keep],
      evidence: evidence.map { $0(ids, counted: counted) })
  }
}

/// Numbers for the characters of some texts: their token, or a negative number for a character of several.
///
/// Edits are of whole characters, so that none loses some of its bytes.
private struct CharacterNumbers {
  struct Character {
    let number: TokenID
    let tokens: ArraySlice<TokenID>
    /// What a masking noise may hide: the end token, which it leaves alone, for a character of several tokens.
    let masked: TokenID
  }

  private var numbers: [[UInt8]: TokenID] = [:]

  mutating func numbered(_ text: [UInt8], _ tokenizer: Tokenizer) -> [Character] {
    let encoding = tokenizer.encode(text)
    let special = tokenizer.specialTokens.first ?? 0
    var characters: [Character] = []
    var start = 0
    while start < encoding.ids.count {
      var end = start + 1
      while end < encoding.ids.count, !text[encoding.ranges[end].lowerBound].beginsCodePoint {
        end += 1
      }
      let tokens = encoding.ids[start..<end]
      if tokens.count == 1 {
        characters.append(
          Character(number: tokens[start], tokens: tokens, masked: tokens[start]))
      } else {
        let bytes = Array(
          text[encoding.ranges[start].lowerBound..<encoding.ranges[end - 1].upperBound])
        let number = numbers[bytes] ?? -TokenID(numbers.count) - 1
        numbers[bytes] = number
        characters.append(Character(number: number, tokens: tokens, masked: special))
      }
      start = end
    }
    return characters
  }
}
