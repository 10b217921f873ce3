import SeqaeRandom
import SeqaeTensors
import SeqaeText

extension DenoisingAutoencoder {
  /// A corrupted text and the steps that repair it.
  public struct Example: Sendable, Equatable {
    /// x̃, ended by `</s>`.
    public let source: [TokenID]
    /// The label of each step: `<keep>`, `<delete>`, or the token that is written. The last keeps `</s>`.
    public let labels: [TokenID]
  }

  /// Examples padded to a rectangle of B rows and T steps.
  public struct Batch: Sendable {
    let source: TokenBatch  // [B, S]
    let inputs: Tensor  // the label before each step [B, T]
    let places: [Int32]  // where in the source each step stands (B · T), 0 at padding
    let operations: Tensor  // [B · T], `ignoredLabel` at padding
    let written: (steps: Tensor, tokens: Tensor)?  // [W] each; nil where nothing is written
    let smoothing: Float
    /// The number of steps that count.
    public let steps: Int
  }

  /// Returns the example of a corrupted text and its original.
  ///
  /// - Parameters:
  ///   - noisy: x̃, UTF-8.
  ///   - clean: x, UTF-8.
  ///   - masking: hides some of the tokens that stay, which are then to be written anew; nil for none.
  ///   - random: what the masking draws from.
  /// - Returns: nil if x has a character that x̃ lacks and the vocabulary too, or if x̃ is longer than the
  ///   model's positions.
  public func example(
    noisy: [UInt8], clean: [UInt8], masking: (any TokenNoise)?, using random: Random
  ) -> Example? {
    var characters = CharacterNumbers()
    let source = characters.numbered(noisy, tokenizer)
    let count = source.reduce(0) { $0 + $1.tokens.count }
    guard count < transformer.configuration.maximumPositions else { return nil }
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
    return Example(source: ids + [labels.end], labels: steps + [labels.keep])
  }

  /// Returns examples as one batch; `smoothing` is the label smoothing of what is written.
  public func batch(_ examples: [Example], smoothing: Float = 0) -> Batch {
    let configuration = transformer.configuration
    let backend = transformer.backend
    let width = examples.map(\.labels.count).max() ?? 0
    var (places, operations): ([Int32], [Int32]) = ([], [])
    var (steps, tokens): ([Int32], [Int32]) = ([], [])
    for (row, example) in examples.enumerated() {
      let padding = width - example.labels.count
      places += labels.places(example.labels) + [Int32](repeating: 0, count: padding)
      for (step, label) in example.labels.enumerated() {
        let operation = labels.operation(label)
        operations.append(Int32(operation.rawValue))
        if operation == .write {
          steps.append(Int32(row * width + step))
          tokens.append(label)
        }
      }
      operations += [Int32](repeating: ignoredLabel, count: padding)
    }
    let inputs = examples.map { [configuration.decoderStart] + $0.labels.dropLast() }
    return Batch(
      source: TokenBatch(examples.map(\.source), padding: configuration.padding, on: backend),
      inputs: TokenBatch(inputs, padding: configuration.padding, on: backend).ids,
      places: places,
      operations: Tensor(integers: operations, [operations.count], on: backend),
      written: steps.isEmpty
        ? nil
        : (
          Tensor(integers: steps, [steps.count], on: backend),
          Tensor(integers: tokens, [tokens.count], on: backend)
        ),
      smoothing: smoothing, steps: examples.reduce(0) { $0 + $1.labels.count })
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
      while end < encoding.ids.count, text[encoding.ranges[end].lowerBound] & 0xC0 == 0x80 {
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
