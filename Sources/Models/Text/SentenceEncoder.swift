// Sentences as vectors that can be compared — Reimers & Gurevych 2019, *Sentence-BERT: Sentence Embeddings using
// Siamese BERT-Networks*, §3: the states of a BERT become one vector of a text by pooling.
//
// B: texts; S: positions; D: width; h: states.

import SeqaeFiles
import SeqaeLayers
import SeqaeTensors
import SeqaeText

/// How the states of a text become one vector.
public enum Pooling: String, CaseIterable, Sendable {
  /// The state of the first token, [CLS].
  case cls
  /// The mean of all states, special tokens included.
  case mean
  /// The largest value of each feature.
  case max

  /// Returns the vectors [B, D] of states [B, S, D], of which each text has as many as `lengths` says.
  func callAsFunction(_ states: Tensor, _ lengths: [Int]) -> Tensor {
    let (batch, length, width) = (states.shape[0], states.shape[1], states.shape[2])
    switch self {
    case .cls: return states.sliced(1, 0..<1).reshaped([batch, width])
    case .mean: return states.mean(over: lengths)
    case .max:
      guard lengths.contains(where: { $0 < length }) else {
        return states.max(1).reshaped([batch, width])
      }
      // Far below every state, and finite: padding never is the largest.
      let hidden = lengths.flatMap { own in (0..<length).map { $0 < own ? 0 : Float(-1e30) } }
      let mask = Tensor(hidden, [batch, length, 1], on: states.backend)
      return (states + mask).max(1).reshaped([batch, width])
    }
  }
}

/// A BERT whose states are pooled: texts to vectors.
///
/// ```swift
/// let encoder = try EmbedderDirectory.load("minilm").encoder
/// let vectors = encoder.embed([Array("a dog runs".utf8)])  // 384 values, of length 1
/// ```
public struct SentenceEncoder {
  /// Its sizes, and how it pools.
  public struct Configuration: Sendable, Equatable {
    /// The sizes of the BERT.
    public var bert: BERTConfiguration
    /// How states become a vector.
    public var pooling = Pooling.mean
    /// The most tokens that are read at once, special ones included; longer texts are cut.
    public var longest: Int

    /// Creates a configuration that pools by the mean and reads what the BERT has positions for.
    public init(_ bert: BERTConfiguration) {
      self.bert = bert
      longest = bert.maximumPositions
    }
  }

  // Texts are computed side by side up to so many tokens: what a layer makes of them stays in the cache.
  private static let packedTokens = 1024

  /// Its sizes, and how it pools.
  public let configuration: Configuration
  /// What turns text into tokens; its template stands around each text.
  public let tokenizer: Tokenizer
  /// Every parameter, in order of creation.
  public let parameters: [Parameter]
  let bert: BERT

  /// Creates the model's parameters in `store`.
  ///
  /// - Parameters:
  ///   - configuration: its sizes, and how it pools.
  ///   - tokenizer: puts at least one special token around a text.
  ///   - store: where parameters come from.
  /// - Throws: a `Failure` where tokenizer, configuration and checkpoint don't fit each other.
  public init(
    _ configuration: Configuration, tokenizer: Tokenizer, in store: ParameterStore
  ) throws(Failure) {
    try self.init(configuration, tokenizer: tokenizer, sharing: store)
    try store.finish()
  }

  /// Creates them in a store that receives others too.
  init(
    _ configuration: Configuration, tokenizer: Tokenizer, sharing store: ParameterStore
  ) throws(Failure) {
    let around = tokenizer.template.prefix.count + tokenizer.template.suffix.count
    try configuration.bert.requireTokens(of: tokenizer)
    guard around > 0, configuration.longest > around,
      configuration.longest <= configuration.bert.maximumPositions
    else {
      throw Failure(
        .data,
        "an embedder reads 1 special token or more and the text: its tokenizer has \(around), and "
          + "\(configuration.longest) tokens of \(configuration.bert.maximumPositions) positions are read"
      )
    }
    self.configuration = configuration
    self.tokenizer = tokenizer
    bert = try BERT(configuration.bert, in: store.root)
    parameters = store.parameters
  }

  /// D, the number of values of a vector.
  public var dimensions: Int { configuration.bert.width }

  /// What vectors are made in unless told otherwise: eight bits where the weights came so.
  public var precision: WeightPrecision {
    parameters.contains(where: \.holdsInt8) ? .int8 : .float32
  }

  /// Returns the vectors [B, D] of a batch of texts, as pooled.
  func callAsFunction(_ source: TokenBatch, _ mode: Mode) -> Tensor {
    configuration.pooling(bert(source, mode).rounded(to: .float32), source.lengths)
  }

  /// Returns the vectors [B, D] of texts one after the other, as pooled, at inference.
  public func callAsFunction(packed texts: [[TokenID]]) -> Tensor {
    let states = bert(packed: texts).rounded(to: .float32)  // [1, N, D]
    return concatenate(
      AttentionSpan.each(texts.map(\.count)).map { span in
        configuration.pooling(states.sliced(1, span), [span.count])
      })
  }

  /// What turns texts into the pieces that are read; it has no weights, so that another thread can do that.
  public var reader: SentenceReader {
    SentenceReader(tokenizer, longest: configuration.longest)
  }

  /// Returns a vector for each text.
  ///
  /// A text of more tokens than are read at once is cut at the ends of sentences; its vector is the mean of the pooled
  /// vectors of its pieces, each weighed by its tokens.
  ///
  /// - Parameters:
  ///   - texts: UTF-8, of any length.
  ///   - isNormalized: whether vectors get the length 1; one of length 0 stays as it is.
  ///   - precision: what is computed in; nil for the encoder's own.
  /// - Returns: D values each, in the order of the texts.
  public func embed(
    _ texts: [[UInt8]], normalized isNormalized: Bool = true,
    precision: WeightPrecision? = nil
  ) -> [[Float]] {
    let precision = precision ?? self.precision
    let reader = self.reader
    let pieces = Threads.map(texts.count) { reader(texts[$0]) }
    let owners = pieces.indices.flatMap { [Int](repeating: $0, count: pieces[$0].count) }
    let all = pieces.flatMap { $0 }
    var sums = [[Double]](repeating: [Double](repeating: 0, count: dimensions), count: texts.count)
    for rows in all.indices.sorted(by: { (all[$0].count, $0) < (all[$1].count, $1) })
      .packed(limit: Self.packedTokens, { all[$0].count })
    {
      let values = withWeights(in: precision) { self(packed: rows.map { all[$0] }).floats() }
      for (row, piece) in rows.enumerated() {
        let weight = Double(all[piece].count)
        for index in 0..<dimensions {
          sums[owners[piece]][index] += weight * Double(values[row * dimensions + index])
        }
      }
    }
    return sums.indices.map { text in
      let sum = sums[text]
      let divisor =
        isNormalized
        ? sum.reduce(0) { $0 + $1 * $1 }.squareRoot()
        : pieces[text].reduce(0) { $0 + Double($1.count) }
      return sum.map { Float(divisor > 0 ? $0 / divisor : $0) }
    }
  }
}

/// Turns texts into the tokens of the pieces that an encoder reads.
public struct SentenceReader: Sendable {
  private let tokenizer: Tokenizer
  private let longest: Int  // without special tokens

  init(_ tokenizer: Tokenizer, longest: Int) {
    self.tokenizer = tokenizer
    self.longest = longest - tokenizer.template.prefix.count - tokenizer.template.suffix.count
  }

  /// Returns the tokens of each piece of a text, in order, with special tokens around them: of an empty one those alone.
  public func callAsFunction(_ text: [UInt8]) -> [[TokenID]] {
    let encoding = tokenizer.encode(text)
    guard encoding.count > longest else { return [around(encoding.ids)] }
    return Tokenizer.cut(encoding, of: text, limit: longest).map { around(Array(encoding.ids[$0])) }
  }

  /// Returns tokens with special ones around them.
  public func around(_ ids: [TokenID]) -> [TokenID] {
    tokenizer.template.prefix + ids + tokenizer.template.suffix
  }
}

extension Array {
  /// Returns the elements in order in batches of at most `limit` in sum.
  fileprivate func packed(limit: Int, _ length: (Element) -> Int) -> [[Element]] {
    var batches: [[Element]] = []
    var sum = 0
    for element in self {
      sum += length(element)
      if sum <= limit, !batches.isEmpty {
        batches[batches.count - 1].append(element)
      } else {
        batches.append([element])
        sum = length(element)
      }
    }
    return batches
  }
}
