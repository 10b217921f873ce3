import SeqaeRandom
import SeqaeTensors
import SeqaeText

extension EmbedderTraining {
  /// Which form of its texts a part of a batch has.
  enum Part: Hashable {
    case clean, again, noisy, deleted
  }

  /// A text in the forms that the objectives read, special tokens around each.
  public struct Example: Sendable, Equatable {
    /// UTF-8, for another embedder.
    public let text: [UInt8]
    /// x.
    public let clean: [TokenID]
    /// x with noise.
    public let noisy: [TokenID]
    /// x̃ of TSDAE.
    public let deleted: [TokenID]

    package init(text: [UInt8], clean: [TokenID], noisy: [TokenID], deleted: [TokenID]) {
      (self.text, self.clean, self.noisy, self.deleted) = (text, clean, noisy, deleted)
    }

    /// The tokens of its longest form.
    public var length: Int { max(clean.count, noisy.count, deleted.count) }
  }

  /// Examples padded to rectangles of B rows.
  public struct Batch: Sendable {
    let sources: [Part: TokenBatch]
    let target: (inputs: Tensor, labels: Tensor)?  // of TSDAE's decoder: [B, T], [B · T]
    let repeats: Tensor?  // −10⁹ where two rows are one text [B, B]; nil where none are
    let teacher: Tensor?  // the other embedder's vectors, of length 1 [B, D′]
    /// The number of tokens that are read and written.
    public let tokens: Int
  }

  /// Turns texts into examples; it has no weights and makes no tensors, so that a thread of its own can do that.
  public struct Examples: Sendable {
    private let tokenizer: Tokenizer
    private let reader: SentenceReader
    private let textNoise: (any TextNoise)?
    private let tokenNoise: (any SequenceNoise)?
    private let deletion: (any SequenceNoise)?
    private let longest: Int

    init(
      _ encoder: SentenceEncoder, text: (any TextNoise)?, _ tokens: (any SequenceNoise)?,
      deletion: (any SequenceNoise)?
    ) {
      (tokenizer, reader) = (encoder.tokenizer, encoder.reader)
      (textNoise, tokenNoise, self.deletion) = (text, tokens, deletion)
      longest = encoder.configuration.longest - reader.around([]).count
    }

    /// Returns the example of a text, of which the tokens beyond the encoder's are left out; nil if it has none.
    ///
    /// - Parameters:
    ///   - text: UTF-8.
    ///   - other: another text that means the same, such as a translation: it, or the text, whichever is drawn, is what
    ///     gets the noise; nil for none.
    ///   - random: decides the noise.
    /// - Returns: the example.
    public func callAsFunction(
      _ text: [UInt8], meantBy other: [UInt8]? = nil, using random: Random
    ) -> Example? {
      let ids = tokens(of: text)
      guard !ids.isEmpty else { return nil }
      var (read, noisy) = (text, ids)
      if let other, random.child("side").chance(0.5) { (read, noisy) = (other, tokens(of: other)) }
      if let textNoise {
        let spoilt = textNoise.corrupt(
          String(decoding: read, as: UTF8.self), using: random.child("noise"))
        noisy = tokens(of: Array(spoilt.utf8))
      }
      if let tokenNoise { noisy = tokenNoise.spoil(noisy, using: random.child("tokens")) }
      var deleted: [TokenID] = []
      if let deletion {
        let own = random.child("deletion")
        deleted = deletion.spoil(ids, using: own)
        // Of nothing no vector could say anything.
        if deleted.isEmpty { deleted = [ids[own.integer(in: 0...ids.count - 1)]] }
      }
      return Example(
        text: text, clean: reader.around(ids), noisy: reader.around(noisy),
        deleted: reader.around(deleted))
    }

    private func tokens(of text: [UInt8]) -> [TokenID] {
      Array(tokenizer.encode(text).ids.prefix(longest))
    }
  }

  /// What turns texts into examples.
  ///
  /// - Parameters:
  ///   - textNoise: of text, nil for none.
  ///   - noise: of tokens, after that.
  ///   - deletion: what x̃ of TSDAE lacks.
  /// - Returns: what makes the examples.
  public func examples(
    text textNoise: (any TextNoise)? = nil, _ noise: (any SequenceNoise)? = nil,
    deletion: (any SequenceNoise)? = nil
  ) -> Examples {
    Examples(encoder, text: textNoise, noise, deletion: deletion)
  }

  /// Returns examples as one batch.
  ///
  /// - Parameters:
  ///   - examples: the texts.
  ///   - teacher: another embedder's vectors of them, of length 1; for distillation.
  /// - Returns: what the objectives need of them.
  public func batch(_ examples: [Example], teacher: [[Float]]? = nil) -> Batch {
    var (sources, tokens): ([Part: TokenBatch], Int) = ([:], 0)
    func read(_ part: Part, _ rows: [[TokenID]]) {
      guard sources[part] == nil else { return }
      sources[part] = source(rows)
      tokens += rows.reduce(0) { $0 + $1.count }
    }
    var target: (inputs: Tensor, labels: Tensor)?
    for (kind, _) in configuration.objectives {
      switch kind {
      case .tsdae:
        read(.deleted, examples.map(\.deleted))
        target = self.target(examples.map(\.clean))
        tokens += examples.reduce(0) { $0 + $1.clean.count - 1 }
      case .simcse:
        read(.clean, examples.map(\.clean))
        read(.again, examples.map(\.clean))
      case .contrast:
        read(.noisy, examples.map(\.noisy))
        read(.clean, examples.map(\.clean))
      case .distillation: read(.noisy, examples.map(\.noisy))
      }
    }
    let vectors = teacher.map { rows in
      Tensor(rows.flatMap { $0 }, [rows.count, rows.first?.count ?? 0], on: backend)
    }
    return Batch(
      sources: sources, target: target, repeats: repeats(examples), teacher: vectors,
      tokens: tokens)
  }

  private func source(_ rows: [[TokenID]]) -> TokenBatch {
    TokenBatch(rows, padding: encoder.configuration.bert.padding, on: backend)
  }

  /// What a decoder is given and what it is to write: the tokens from the first on, each after those before it.
  private func target(_ rows: [[TokenID]]) -> (inputs: Tensor, labels: Tensor) {
    let width = (rows.map(\.count).max() ?? 1) - 1
    let labels = rows.flatMap { row in
      row.dropFirst() + [Int32](repeating: ignoredLabel, count: width - row.count + 1)
    }
    return (
      source(rows.map { Array($0.dropLast()) }).ids,
      Tensor(integers: labels, [labels.count], on: backend)
    )
  }

  /// What keeps a text from being told from itself where a batch has it twice.
  private func repeats(_ examples: [Example]) -> Tensor? {
    let count = examples.count
    guard configuration.has(.simcse) || configuration.has(.contrast),
      Set(examples.map(\.clean)).count < count
    else { return nil }
    var values = [Float](repeating: 0, count: count * count)
    for row in 0..<count {
      for column in 0..<count
      where row != column && examples[row].clean == examples[column].clean {
        values[row * count + column] = -1e9
      }
    }
    return Tensor(values, [count, count], on: backend)
  }
}
