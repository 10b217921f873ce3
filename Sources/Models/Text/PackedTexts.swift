// Inference over texts of any lengths that lie one after the other, without padding: [1, N, D], where N is
// the sum of their lengths. Only attention knows where one ends and the next begins.
//
// N: positions of all sources; T: new steps of all targets; D: width.

import SeqaeLayers
import SeqaeTensors

extension Transformer {
  /// Returns the encoder's states [1, N, D] of sources one after the other, at inference, with what else is known of
  /// their tokens [1, N, D].
  func encode(packed sources: [[Int32]], beside: Tensor?) -> Tensor {
    let lengths = sources.map(\.count)
    let ids = Tensor(
      integers: sources.flatMap { $0 }, [1, lengths.reduce(0, +)], on: backend)
    let spans = AttentionSpan.each(lengths)
    return encoder(
      ids, at: sources.flatMap { $0.indices.map { Int32($0) } }, beside: beside,
      mask: .within(spans.map { AttentionSpan(queries: $0, keys: $0) }))
  }
}

extension AttentionSpan {
  /// Returns where texts of the given lengths lie one after the other.
  static func each(_ lengths: [Int]) -> [Range<Int>] {
    var start = 0
    return lengths.map { length in
      defer { start += length }
      return start..<(start + length)
    }
  }
}

/// A decoder's view of texts whose steps are drafted, checked and drafted again: what comes before the first
/// new step of a text is remembered, for no later step changes it.
struct DraftDecoder {
  /// A text's part in a pass.
  struct Part {
    /// Where its source lies among the encoder's states.
    let source: Range<Int>
    /// Its steps that still hold, as they lay in the pass before.
    let kept: Range<Int>
    /// What is decoded anew behind them: the token before each step.
    let inputs: [Int32]
    /// The source position at which each of these stands, from 0.
    let places: [Int32]

    /// The number of its steps.
    var count: Int { kept.count + inputs.count }
  }

  private let transformer: Transformer
  private let memory: Tensor  // [1, N, D]
  private let sources: [Tensor]  // keys and values of the memory, for each layer [1, N, 2 · D]
  private var steps: [Tensor] = []  // those of the last pass's steps, for each layer [1, T, 2 · D]

  /// Creates a decoder of texts whose sources were encoded to `memory` [1, N, D].
  init(_ transformer: Transformer, memory: Tensor) {
    self.transformer = transformer
    self.memory = memory
    sources = transformer.decoder.layers.map { $0.crossAttention.keysAndValues(memory) }
  }

  /// Decodes the new steps of some texts; afterwards all steps of these lie one after the other.
  ///
  /// - Parameter parts: the texts.
  /// - Returns: the states of the new steps [1, T, D].
  mutating func callAsFunction(_ parts: [Part]) -> Tensor {
    let decoder = transformer.decoder
    let inputs = parts.flatMap(\.inputs)
    let new = AttentionSpan.each(parts.map(\.inputs.count))
    let all = AttentionSpan.each(parts.map(\.count))
    let toSteps = AttentionMask.causalWithin(
      zip(new, all).map { AttentionSpan(queries: $0, keys: $1) })
    let toSources = AttentionMask.within(
      zip(new, parts).map { AttentionSpan(queries: $0, keys: $1.source) })
    let ids = Tensor(integers: inputs, [1, inputs.count], on: transformer.backend)
    var x = decoder.embeddings(ids, at: parts.flatMap(\.places), .inference)  // [1, T, D]
    let aligned = parts.flatMap { part in part.places.map { $0 + Int32(part.source.lowerBound) } }
    x = x + memory.rows(aligned)
    var n = decoder.layers[0].selfAttentionNorm(x)
    var placed: [Tensor] = []
    for (index, layer) in decoder.layers.enumerated() {
      let own = layer.selfAttention.projections(n)
      let keysAndValues = self.keysAndValues(index, own.keysAndValues, parts, new)
      placed.append(keysAndValues)
      let attended = layer.selfAttention(
        queries: own.queries, keysAndValues: keysAndValues, mask: toSteps)
      let (y, m) = layer.crossAttentionNorm.afterResidual(x, attended, dropout: 0, .inference)
      let read = layer.crossAttention(
        queries: layer.crossAttention.queries(m), keysAndValues: sources[index], mask: toSources)
      let (z, o) = layer.finalNorm.afterResidual(y, read, dropout: 0, .inference)
      (x, n) = decoder.norm(after: index).afterResidual(
        z, layer.feedForward(o, .inference), dropout: 0, .inference)
    }
    steps = placed
    return n
  }

  /// Returns the keys and values of all steps of the texts, one after the other: those that a layer remembers
  /// and `new` ones, which lie at `places`.
  private func keysAndValues(
    _ layer: Int, _ new: Tensor, _ parts: [Part], _ places: [Range<Int>]
  ) -> Tensor {
    guard parts.contains(where: { !$0.kept.isEmpty }) else { return new }
    let old = steps[layer].shape[1]
    let rows = zip(parts, places).flatMap { part, place in
      part.kept.map { Int32($0) } + place.map { Int32(old + $0) }
    }
    return concatenate([steps[layer], new], 1).rows(rows)
  }
}

extension Tensor {
  /// Returns rows `rows` of x [1, N, D]: [1, n, D].
  fileprivate func rows(_ rows: [Int32]) -> Tensor {
    let table = reshaped([shape[1], shape[2]])
    return embedding(table, Tensor(integers: rows, [1, rows.count], on: backend))
  }
}
