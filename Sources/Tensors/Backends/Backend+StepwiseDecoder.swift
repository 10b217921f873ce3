extension Backend {
  package func stepwiseDecoder(
    _ layers: [StepLayer], heads: Int, norm: StepLayer.Norm
  ) -> any StepwiseDecoder {
    ComposedStepwiseDecoder(layers: layers, heads: heads, norm: norm)
  }
}

/// A decoder's step by the operations that it is made of.
private struct ComposedStepwiseDecoder: StepwiseDecoder {
  let layers: [StepLayer]
  let heads: Int
  let norm: StepLayer.Norm

  func callAsFunction(_ x: Tensor, _ memory: inout StepMemory, _ source: StepSource?) -> Tensor {
    let (rows, width) = (x.shape[0], x.shape[1])
    var x = x
    var added: [Tensor] = []
    for (index, layer) in layers.enumerated() {
      let n = normalized(x, layer.selfNorm)
      let all = concatenate(layer.projections.map { mapped(n, $0) }, 1)  // [R, 3 D]
      let (queries, new) = (all.sliced(1, 0..<width), all.sliced(1, width..<(3 * width)))
      added.append(new.contiguous().reshaped([1, rows, 2 * width]))
      let earlier = memory.positions.enumerated().map { position, tensor in
        let own = tensor.sliced(0, index..<(index + 1)).reshaped([tensor.shape[1], 2 * width])
        return gathered(own, memory.places.map { $0[position] }).reshaped([rows, 1, 2 * width])
      }
      let remembered = concatenate(earlier + [new.contiguous().reshaped([rows, 1, 2 * width])], 1)
      x = x + mapped(attended(queries, remembered, .none), layer.selfOutput)
      if let reading = layer.reading, let source {
        let queries = mapped(normalized(x, reading.norm), reading.queries)
        let texts = source.keysAndValues[index]
        let flat = texts.reshaped([texts.shape[0], texts.shape[1] * 2 * width])
        let read = gathered(flat, source.texts.map { Int32($0) })
          .reshaped([rows, texts.shape[1], 2 * width])
        let mask = AttentionMask.padding(source.texts.map { source.lengths[$0] })
        x = x + mapped(attended(queries, read, mask), reading.output)
      }
      let inner = mapped(
        normalized(x, layer.feedForwardNorm), layer.feedForward.expand, activation: .gelu)
      x = x + mapped(inner, layer.feedForward.contract)
    }
    memory.append(concatenate(added, 0))
    return normalized(x, norm)
  }

  private func normalized(_ x: Tensor, _ norm: StepLayer.Norm) -> Tensor {
    layerNorm(x, gain: norm.gain, bias: norm.bias, epsilon: norm.epsilon)
  }

  private func mapped(
    _ x: Tensor, _ map: StepLayer.Map, activation: Activation = .identity
  ) -> Tensor { linear(x, map.weight, map.bias, activation: activation) }

  private func gathered(_ table: Tensor, _ rows: [Int32]) -> Tensor {
    table.backend.gather(
      table.contiguous(), Tensor(integers: rows, [rows.count], on: table.backend), scale: 1)
  }

  /// Attention of queries [R, D] to keys and values [R, S, 2 D]: [R, D].
  private func attended(_ queries: Tensor, _ memory: Tensor, _ mask: AttentionMask) -> Tensor {
    let (rows, width) = (queries.shape[0], queries.shape[1])
    return crossAttention(
      queries.contiguous().reshaped([rows, 1, width]), memory, heads: heads, mask: mask,
      dropout: 0, .inference
    ).reshaped([rows, width])
  }
}
