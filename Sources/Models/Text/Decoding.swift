import SeqaeLayers
import SeqaeTensors

/// A model that writes one token at a time: greedy search, and later beams and sampling, are written once
/// over this.
public protocol StepDecoder {
  /// What is remembered between steps, for all rows of a batch.
  associatedtype State

  /// Returns the state before the first step for a batch of sources.
  func start(_ sources: [[Int32]]) -> State

  /// Takes the last token of each row and returns the logits [B, V] of the next.
  func step(_ last: [Int32], _ state: inout State) -> Tensor

  /// Keeps rows `rows` of the state, in that order: drops finished rows, copies and permutes beams.
  func reorder(_ state: inout State, _ rows: [Int])
}

/// The autoregressive loop's view of a Transformer: each layer remembers its keys and values.
public struct TransformerDecoder: StepDecoder {
  /// What the layers remember.
  public struct State {
    var memory: Tensor  // [B, S, D]
    var sourceLengths: [Int]
    var caches: [DecoderLayerCache]
    var position = 0
  }

  let transformer: Transformer

  /// Creates the loop's view of `transformer`.
  public init(_ transformer: Transformer) {
    self.transformer = transformer
  }

  /// Encodes the sources, whose lengths may differ, and makes room for as many steps as there are positions.
  public func start(_ sources: [[Int32]]) -> State {
    let configuration = transformer.configuration
    let batch = TokenBatch(sources, padding: configuration.padding, on: transformer.backend)
    let memory = transformer.encode(batch, .inference)  // [B, S, D]
    // Where steps and source positions correspond there are never more steps than positions.
    let capacity =
      configuration.readsAlignedSource ? memory.shape[1] : configuration.maximumPositions
    let caches = transformer.decoder.layers.map { layer in
      DecoderLayerCache(
        target: KeyValueCache(
          batch: sources.count, capacity: capacity, width: configuration.width,
          on: transformer.backend),
        source: layer.crossAttention.remember(memory))
    }
    return State(memory: memory, sourceLengths: batch.lengths, caches: caches)
  }

  /// Decodes one position: O(D² + (S + t) · D) a layer and row.
  public func step(_ last: [Int32], _ state: inout State) -> Tensor {
    let ids = Tensor(integers: last, [last.count, 1], on: transformer.backend)
    let aligned =
      transformer.configuration.readsAlignedSource
      ? state.memory.sliced(1, state.position..<(state.position + 1)) : nil
    let states = transformer.decoder.step(
      ids, at: state.position, aligned: aligned, caches: &state.caches,
      mask: .padding(state.sourceLengths))  // [B, 1, D]
    state.position += 1
    return transformer.logits(states.reshaped([last.count, transformer.configuration.width]))
  }

  /// Copies the remembered keys, values and states of `rows`.
  public func reorder(_ state: inout State, _ rows: [Int]) {
    state.memory = state.memory.selecting(rows)
    state.sourceLengths = rows.map { state.sourceLengths[$0] }
    for index in state.caches.indices {
      state.caches[index].target = state.caches[index].target.selecting(rows)
      state.caches[index].source = state.caches[index].source.selecting(rows)
    }
  }
}

extension Transformer {
  var backend: any Backend { tokens.tensor.backend }
}
