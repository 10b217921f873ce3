import SeqaeTensors
import SeqaeText

extension DenoisingAutoencoder {
  /// A corrupted text and the steps that repair it.
  public struct Example: Sendable, Equatable {
    /// x̃, ended by `</s>`.
    public let source: [TokenID]
    /// The label of each step: `<keep>`, `<delete>`, or the token that is written. The last keeps `</s>`.
    public let labels: [TokenID]
    /// What counts say about each token of x̃; nil for a model without evidence.
    package let evidence: Evidence.Reading?
  }

  /// Examples padded to a rectangle of B rows and T steps.
  public struct Batch: Sendable {
    let source: TokenBatch  // [B, S]
    let evidence: Evidence.Reading?  // of B · S tokens
    let inputs: Tensor  // the label before each step [B, T]
    let places: [Int32]  // where in the source each step stands (B · T), 0 at padding
    let operations: Tensor  // [B · T], `ignoredLabel` at padding
    let written: (steps: Tensor, tokens: Tensor)?  // [W] each; nil where nothing is written
    let smoothing: Float
    /// The number of steps that count.
    public let steps: Int
  }

  /// What turns texts into examples.
  public var examples: EditExamples {
    EditExamples(
      tokenizer, labels, reader?.evidence,
      maximumCount: transformer.configuration.maximumPositions)
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
      evidence: padded(examples),
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

  /// What is said about the tokens of a batch, 0 at padding; nil where nothing is.
  private func padded(_ examples: [Example]) -> Evidence.Reading? {
    guard reader != nil else { return nil }
    let width = examples.map(\.source.count).max() ?? 0
    var all = Evidence.Reading()
    for example in examples {
      let padding = width - example.source.count
      all.levels += example.evidence?.levels ?? []
      all.characters += example.evidence?.characters ?? []
      all.levels += repeatElement(0, count: padding * Evidence.figures)
      all.characters += repeatElement(
        transformer.configuration.padding, count: padding * Evidence.candidates)
    }
    precondition(
      all.characters.count == examples.count * width * Evidence.candidates,
      "DenoisingAutoencoder: examples without evidence for a model that reads it")
    return all
  }
}
