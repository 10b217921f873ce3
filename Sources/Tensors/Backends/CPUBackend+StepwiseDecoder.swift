import CKernels

extension CPUBackend {
  package func stepwiseDecoder(
    _ layers: [StepLayer], heads: Int, norm: StepLayer.Norm
  ) -> any StepwiseDecoder {
    CPUStepwiseDecoder(layers, heads: heads, norm: norm, self)
  }
}

/// A decoder's step on plain memory: a text that is written alone has so little to do at each position that making tensors would
/// take longer.
///
/// Between products numbers are float32; keys and values are kept in bfloat16 where weights have fewer bits than that and the
/// processor has instructions for the type.
///
/// `@unchecked Sendable`: what it points to is never written.
private final class CPUStepwiseDecoder: StepwiseDecoder, @unchecked Sendable {
  private struct Norm {
    let norm: StepLayer.Norm
    let gain: UnsafePointer<Float>
    let bias: UnsafePointer<Float>
  }

  private struct Layer {
    let selfNorm: Norm
    let projections: [StepMap]
    let selfOutput: StepMap
    let reading: (norm: Norm, queries: StepMap, output: StepMap)?
    let feedForwardNorm: Norm
    let expand: StepMap
    let contract: StepMap
  }

  // Numbers of keys and values from which on rows are shared among threads, and rows of norms.
  private static let attentionWork = 32_768
  // Rows of a part at least, and the most parts: each reads all weights.
  private static let partRows = 16
  private static let mostParts = 4
  private static let normRows = 32

  private let backend: CPUBackend
  private let layers: [Layer]
  private let norm: Norm
  private let heads: Int
  private let width: Int  // D
  private let widest: Int  // of what a map gives, or all projections
  private let kept: DType  // of keys and values
  private let maps: [StepMap]

  init(_ layers: [StepLayer], heads: Int, norm: StepLayer.Norm, _ backend: CPUBackend) {
    func ready(_ norm: StepLayer.Norm) -> Norm {
      let own = StepLayer.Norm(
        gain: backend.widened(norm.gain).contiguous(),
        bias: backend.widened(norm.bias).contiguous(), epsilon: norm.epsilon)
      return Norm(norm: own, gain: backend.floats(own.gain), bias: backend.floats(own.bias))
    }
    func ready(_ map: StepLayer.Map) -> StepMap { StepMap(map, backend) }
    self.layers = layers.map { layer in
      Layer(
        selfNorm: ready(layer.selfNorm), projections: layer.projections.map(ready),
        selfOutput: ready(layer.selfOutput),
        reading: layer.reading.map { (ready($0.norm), ready($0.queries), ready($0.output)) },
        feedForwardNorm: ready(layer.feedForwardNorm), expand: ready(layer.feedForward.expand),
        contract: ready(layer.feedForward.contract))
    }
    maps = self.layers.flatMap { layer in
      layer.projections + [layer.selfOutput, layer.expand, layer.contract]
        + (layer.reading.map { [$0.queries, $0.output] } ?? [])
    }
    self.backend = backend
    self.norm = ready(norm)
    self.heads = heads
    width = norm.gain.shape[0]
    widest = max(3 * width, maps.map(\.outputs).max() ?? 0)
    kept =
      maps.contains(where: { !$0.isFloat32 }) && Precision.fastest == .bfloat16
      ? .bfloat16 : .float32
  }

  func callAsFunction(_ x: Tensor, _ memory: inout StepMemory, _ source: StepSource?) -> Tensor {
    let rows = x.shape[0]
    let x = backend.widened(x).contiguous()
    let (stream, n) = (backend.make([rows, width]), backend.make([rows, width]))
    let position = backend.make([layers.count, rows, 2 * width], kept)
    backend.mutableFloats(stream).update(from: backend.floats(x), count: rows * width)
    memory.append(position)
    // Many rows go through all layers in parts, so that threads meet once a step and not after each product.
    let parts = max(1, min(Self.mostParts, rows / Self.partRows))
    let remembered = memory
    backend.parallel(parts) { part in
      let own = rows * part / parts..<rows * (part + 1) / parts
      take(own, of: rows, stream, into: n, position, remembered, source)
    }
    extendLifetime((x, stream, position))
    return n
  }

  /// Takes some of the rows through all layers: s becomes the stream behind the last, n its norm.
  private func take(
    _ part: Range<Int>, of rows: Int, _ stream: Tensor, into normalized: Tensor, _ position: Tensor,
    _ memory: StepMemory, _ source: StepSource?
  ) {
    let room = Room(backend, rows: part.count, width: width, widest: widest, maps)
    let s = backend.mutableFloats(stream) + part.lowerBound * width
    let n = backend.mutableFloats(normalized) + part.lowerBound * width
    let count = part.count
    var added: UnsafeMutablePointer<Float>?
    for (index, layer) in layers.enumerated() {
      normalize(s, added, layer.selfNorm, into: n, count, room)
      StepMap.apply(layer.projections, to: n, count, into: room.wide, room.product)
      keep(room.wide, of: part, in: position, index)
      attend(room.wide, part, to: memory, index, into: room.narrow)
      layer.selfOutput.apply(to: room.narrow, count, into: room.wide, room.product)
      added = room.wide
      if let reading = layer.reading, let source {
        normalize(s, added, reading.norm, into: n, count, room)
        reading.queries.apply(to: n, count, into: room.wide, room.product)
        attend(room.wide, part, to: source, index, into: room.narrow)
        reading.output.apply(to: room.narrow, count, into: room.wide, room.product)
      }
      normalize(s, added, layer.feedForwardNorm, into: n, count, room)
      layer.expand.apply(to: n, count, into: room.wide, activation: .gelu, room.product)
      layer.contract.apply(to: room.wide, count, into: room.narrow, room.product)
      added = room.narrow
    }
    normalize(s, added, norm, into: n, count, room)
    extendLifetime(room)
  }

  /// n = norm(s), where what the last sublayer gave is added to s first.
  private func normalize(
    _ s: UnsafeMutablePointer<Float>, _ added: UnsafeMutablePointer<Float>?, _ norm: Norm,
    into n: UnsafeMutablePointer<Float>, _ rows: Int, _ room: Room
  ) {
    let statistics = room.statistics
    backend.parallel(blocksOf: Self.normRows, in: rows) { block in
      let first = block.lowerBound * width
      withUnsafeTemporaryAllocation(of: Float.self, capacity: width + 16) { row in
        ck_residual_norm(
          DType.float32.kernelType, s + first, added.map { $0 + first }, nil, 0, norm.gain,
          norm.bias, norm.norm.epsilon, s + first, n + first, statistics + block.lowerBound,
          statistics + rows + block.lowerBound, block.count, width, row.baseAddress)
      }
    }
  }

  /// Keeps the keys and values behind the queries of `all` [part, 3 D] as layer `index` of a position.
  private func keep(
    _ all: UnsafeMutablePointer<Float>, of part: Range<Int>, in position: Tensor, _ index: Int
  ) {
    for (number, row) in part.enumerated() {
      let new = all + number * 3 * width + width
      let place = (index * position.shape[1] + row) * 2 * width
      if kept == .bfloat16 {
        ck_narrow(new, backend.halves(position) + place, 2 * width)
      } else {
        (backend.mutableFloats(position) + place).update(from: new, count: 2 * width)
      }
    }
  }

  /// y [part, D] = attention of the queries in `all` [part, 3 D] to the positions written so far, the newest among them.
  private func attend(
    _ all: UnsafeMutablePointer<Float>, _ part: Range<Int>, to memory: StepMemory, _ index: Int,
    into y: UnsafeMutablePointer<Float>
  ) {
    let count = memory.positions.count
    withUnsafeTemporaryAllocation(of: UnsafeRawPointer?.self, capacity: count) { blocks in
      for (place, position) in memory.positions.enumerated() {
        blocks[place] = UnsafeRawPointer(
          backend.elements(position, index * position.shape[1] * 2 * width))
      }
      forEach(part, of: count) { number, row, scores in
        memory.places[row].withUnsafeBufferPointer { places in
          var own = ck_step_memory(
            type: kept.kernelType, count: count, row: 2 * width, values: width, base: nil,
            blocks: blocks.baseAddress, places: places.baseAddress)
          attend(all + number * 3 * width, &own, into: y + number * width, scores)
        }
      }
    }
  }

  /// y [part, D] = attention of queries [part, D] to the texts that the rows read.
  private func attend(
    _ queries: UnsafeMutablePointer<Float>, _ part: Range<Int>, to source: StepSource,
    _ index: Int, into y: UnsafeMutablePointer<Float>
  ) {
    let texts = source.keysAndValues[index]
    forEach(part, of: texts.shape[1]) { number, row, scores in
      let text = source.texts[row]
      var own = ck_step_memory(
        type: texts.dtype.kernelType, count: source.lengths[text], row: 2 * width, values: width,
        base: UnsafeRawPointer(backend.elements(texts, text * texts.shape[1] * 2 * width)),
        blocks: nil, places: nil)
      attend(queries + number * width, &own, into: y + number * width, scores)
    }
  }

  private func attend(
    _ query: UnsafeMutablePointer<Float>, _ memory: inout ck_step_memory,
    into y: UnsafeMutablePointer<Float>, _ scores: UnsafeMutablePointer<Float>?
  ) {
    let each = width / heads
    ck_step_attention(
      &memory, heads, each, 1 / Float(each).squareRoot(), query, y, nil, scores)
  }

  /// Calls `body` for each row with its number in the part, and with room for the scores of up to so many positions.
  private func forEach(
    _ part: Range<Int>, of positions: Int,
    _ body: (_ number: Int, _ row: Int, _ scores: UnsafeMutablePointer<Float>?) -> Void
  ) {
    func one(_ number: Int) {
      let size = ck_step_attention_scratch(positions, heads)
      withUnsafeTemporaryAllocation(of: Float.self, capacity: size) {
        body(number, part.lowerBound + number, $0.baseAddress)
      }
    }
    if part.count * positions * 2 * width < Self.attentionWork {
      for number in part.indices { one(number - part.lowerBound) }
    } else {
      backend.parallel(part.count) { one($0) }
    }
  }
}

/// The memory that a step works in.
private struct Room {
  let wide: UnsafeMutablePointer<Float>  // [R, the widest]
  let narrow: UnsafeMutablePointer<Float>  // [R, D]
  let statistics: UnsafeMutablePointer<Float>  // [2, R]
  let product: StepMap.Room
  private let storages: [Storage]

  init(_ backend: CPUBackend, rows: Int, width: Int, widest: Int, _ maps: [StepMap]) {
    let floats = backend.makeStorage(
      byteCount: rows * (widest + width + 2) * MemoryLayout<Float>.size)
    wide = floats.pointer.assumingMemoryBound(to: Float.self)
    narrow = wide + rows * widest
    statistics = narrow + rows * width
    product = StepMap.Room(backend, rows: rows, maps)
    storages = [floats]
  }
}
