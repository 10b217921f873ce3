import SeqaeRandom
import SeqaeTensors
import SeqaeText

extension Electra {
  /// A text and its masked places.
  public struct Example: Sendable, Equatable {
    /// x, ended by `</s>`.
    public let ids: [TokenID]
    /// xMasked.
    public let masked: [TokenID]
    /// Whether a token belongs to m; as long as `ids`.
    public let isMasked: [Bool]

    package init(ids: [TokenID], masked: [TokenID], isMasked: [Bool]) {
      precondition(
        ids.count == masked.count && ids.count == isMasked.count,
        "Electra: \(ids.count) tokens, \(masked.count) with masks, \(isMasked.count) flags")
      self.ids = ids
      self.masked = masked
      self.isMasked = isMasked
    }
  }

  /// Texts padded to a rectangle of B rows and T tokens.
  public struct Batch: Sendable {
    let rows: [[TokenID]]
    let padding: TokenID
    let width: Int
    let real: Tensor  // of B · T [N]
    let masked: Masked?  // nil where nothing is
    let backend: any Backend
    /// The number of tokens that count.
    public let tokens: Int

    struct Masked: Sendable {
      let source: TokenBatch  // [B, T]
      let flat: [Int]  // m, of B · T
      let places: Tensor  // the same [M]
      let targets: Tensor  // [M]
    }

    /// Returns xCorrupt, and for each real token whether it is another than the original.
    package func corrupted(by replacements: [TokenID]) -> (source: TokenBatch, isReplaced: [Bool]) {
      let flat = masked?.flat ?? []
      precondition(
        replacements.count == flat.count,
        "Electra: \(replacements.count) replacements for \(flat.count) masked places")
      var rows = self.rows
      var isReplaced = rows.map { [Bool](repeating: false, count: $0.count) }
      for (place, token) in zip(flat, replacements) {
        let (row, column) = (place / width, place % width)
        isReplaced[row][column] = token != rows[row][column]
        rows[row][column] = token
      }
      return (TokenBatch(rows, padding: padding, on: backend), Array(isReplaced.joined()))
    }
  }

  /// What turns texts into examples.
  ///
  /// It has no weights and makes no tensors, so that a thread of its own can prepare examples while a model is
  /// trained.
  public struct Examples: Sendable {
    private let tokenizer: Tokenizer
    private let masking: any TokenNoise
    private let end: TokenID
    private let maximumCount: Int

    init(_ electra: Electra, masking: any TokenNoise) {
      tokenizer = electra.tokenizer
      self.masking = masking
      end = electra.configuration.encoder.end
      maximumCount = electra.configuration.encoder.maximumPositions
    }

    /// Returns the example of a text, UTF-8; nil if it is empty or longer than the model's positions.
    public func callAsFunction(_ text: [UInt8], using random: Random) -> Example? {
      let ids = tokenizer.encode(text).ids
      guard !ids.isEmpty, ids.count < maximumCount else { return nil }
      let masked = masking.corrupt(ids, using: random)
      return Example(
        ids: ids + [end], masked: masked.input + [end], isMasked: masked.isTarget + [false])
    }
  }

  /// Returns what makes examples, of which `masking` hides tokens.
  public func examples(masking: any TokenNoise) -> Examples { Examples(self, masking: masking) }

  /// Returns examples as one batch.
  public func batch(_ examples: [Example]) -> Batch {
    let width = examples.map(\.ids.count).max() ?? 0
    let padding = configuration.encoder.padding
    var (real, flat): ([Int32], [Int]) = ([], [])
    var targets: [Int32] = []
    for (row, example) in examples.enumerated() {
      real += (0..<example.ids.count).map { Int32(row * width + $0) }
      for (column, isMasked) in example.isMasked.enumerated() where isMasked {
        flat.append(row * width + column)
        targets.append(example.ids[column])
      }
    }
    func vector(_ values: [Int32]) -> Tensor {
      Tensor(integers: values, [values.count], on: backend)
    }
    return Batch(
      rows: examples.map(\.ids), padding: padding, width: width, real: vector(real),
      masked: flat.isEmpty
        ? nil
        : Batch.Masked(
          source: TokenBatch(examples.map(\.masked), padding: padding, on: backend), flat: flat,
          places: vector(flat.map { Int32($0) }), targets: vector(targets)),
      backend: backend, tokens: real.count)
  }
}
