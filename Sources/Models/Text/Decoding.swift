import SeqaeLayers
import SeqaeTensors

/// A model that writes one token at a time: the autoregressive loop is written once over this.
public protocol StepDecoder {
  /// What a text is written from: the tokens of another one, a vector.
  associatedtype Source = [Int32]
  /// What is remembered between steps, for all rows of a batch.
  associatedtype State

  /// Returns the state before the first step for a batch of sources.
  func start(_ sources: [Source]) -> State

  /// Takes the last token of each row and returns the logits [B, V] of the next.
  func step(_ last: [Int32], _ state: inout State) -> Tensor

  /// Keeps rows `rows` of the state, in that order: drops finished rows, copies and permutes beams.
  func reorder(_ state: inout State, _ rows: [Int])
}

/// The autoregressive loop: each row's last token is fed back until its limit of tokens is reached.
///
/// Rows that are complete leave the batch, so a short one costs no more than its own length.
///
/// - Parameters:
///   - decoder: the model.
///   - sources: what it reads.
///   - start: the token before the first.
///   - limits: the number of tokens of each row; a row may end sooner by its `end`.
///   - end: the token that ends a row and is not returned, nil for none.
///   - choose: given the logits [n, V] of step `step` for the n rows `rows`, returns the token of each.
/// - Returns: the tokens of each row.
public func decode<Decoder: StepDecoder>(
  _ decoder: Decoder, _ sources: [Decoder.Source], start: Int32, limits: [Int], end: Int32? = nil,
  choose: (_ logits: Tensor, _ rows: [Int], _ step: Int) -> [Int32]
) -> [[Int32]] {
  precondition(
    limits.count == sources.count, "decode: \(limits.count) limits for \(sources.count) sources")
  var written = [[Int32]](repeating: [], count: sources.count)
  var rows = sources.indices.filter { limits[$0] > 0 }
  guard !rows.isEmpty else { return written }
  var state = decoder.start(rows.map { sources[$0] })
  var last = [Int32](repeating: start, count: rows.count)
  var step = 0
  while true {
    last = choose(decoder.step(last, &state), rows, step)
    step += 1
    var going: [Int] = []  // places in the batch
    for (place, row) in rows.enumerated() {
      let isEnd = last[place] == end
      if !isEnd { written[row].append(last[place]) }
      if !isEnd && step < limits[row] { going.append(place) }
    }
    guard !going.isEmpty else { return written }
    if going.count < rows.count {
      decoder.reorder(&state, going)
      rows = going.map { rows[$0] }
      last = going.map { last[$0] }
    }
  }
}

/// Returns the most probable token after each step, up to `limit` for each source and the token `end`.
///
/// Greedy search; the limit follows from the source's length, so the output can't run away.
public func greedy<Decoder: StepDecoder>(
  _ decoder: Decoder, _ sources: [[Int32]], start: Int32, end: Int32,
  limit: (_ sourceLength: Int) -> Int
) -> [[Int32]] where Decoder.Source == [Int32] {
  decode(decoder, sources, start: start, limits: sources.map { limit($0.count) }, end: end) {
    logits, _, _ in logits.argMax().integers()
  }
}

/// The autoregressive loop's view of a Transformer: each layer remembers its keys and values.
public struct TransformerDecoder: StepDecoder {
  /// What the layers remember, and what they read.
  public struct State {
    fileprivate let layers: any StepwiseDecoder
    fileprivate var memory: StepMemory
    fileprivate var source: StepSource
  }

  let transformer: Transformer

  /// Creates the loop's view of `transformer`.
  public init(_ transformer: Transformer) {
    self.transformer = transformer
  }

  /// Encodes the sources, whose lengths may differ.
  public func start(_ sources: [[Int32]]) -> State {
    let configuration = transformer.configuration
    let batch = TokenBatch(sources, padding: configuration.padding, on: transformer.backend)
    let memory = transformer.encode(batch, .inference)  // [B, S, D]
    precondition(
      !configuration.readsAlignedSource, "TransformerDecoder: this model's steps need their places")
    return State(
      layers: transformer.decoder.stepwise, memory: StepMemory(rows: sources.count),
      source: transformer.decoder.reading(memory, lengths: batch.lengths))
  }

  /// Decodes one position: O(D² + (S + t) · D) a layer and row.
  public func step(_ last: [Int32], _ state: inout State) -> Tensor {
    let x = transformer.decoder.embeddings.rows(last, at: state.memory.positions.count)
    return transformer.preciseLogits(state.layers(x, &state.memory, state.source))
  }

  /// Takes over what is remembered of `rows`.
  public func reorder(_ state: inout State, _ rows: [Int]) {
    state.memory.select(rows)
    state.source.select(rows)
  }
}

extension Transformer {
  var backend: any Backend { tokens.backend }
}
