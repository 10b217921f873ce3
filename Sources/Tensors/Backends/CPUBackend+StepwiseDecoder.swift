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
/// Between products numbers are float32; keys and values are kept in bfloat16 where weights are, or are in eight bits.
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
    var room = Room(backend, rows: rows, width: width, widest: widest, maps)
    let (s, normalized) = (backend.mutableFloats(stream), backend.mutableFloats(n))
    s.update(from: backend.floats(x), count: rows * width)
    memory.append(position)
    var added: UnsafeMutablePointer<Float>?
    for (index, layer) in layers.enumerated() {
      normalize(s, added, layer.selfNorm, into: normalized, rows, &room)
      StepMap.apply(layer.projections, to: normalized, rows, into: room.wide, room.product)
      keep(room.wide, in: position, index, rows)
      attend(room.wide, rows, to: memory, index, into: room.narrow)
      StepMap.apply([layer.selfOutput], to: room.narrow, rows, into: room.wide, room.product)
      added = room.wide
      if let reading = layer.reading, let source {
        normalize(s, added, reading.norm, into: normalized, rows, &room)
        StepMap.apply([reading.queries], to: normalized, rows, into: room.wide, room.product)
        attend(room.wide, rows, to: source, index, into: room.narrow)
        StepMap.apply([reading.output], to: room.narrow, rows, into: room.wide, room.product)
      }
      normalize(s, added, layer.feedForwardNorm, into: normalized, rows, &room)
      StepMap.apply(
        [layer.expand], to: normalized, rows, into: room.wide, activation: .gelu, room.product)
      StepMap.apply([layer.contract], to: room.wide, rows, into: room.narrow, room.product)
      added = room.narrow
    }
    normalize(s, added, norm, into: normalized, rows, &room)
    extendLifetime((x, stream, position, room))
    return n
  }

  /// n = norm(s), where what the last sublayer gave is added to s first.
  private func normalize(
    _ s: UnsafeMutablePointer<Float>, _ added: UnsafeMutablePointer<Float>?, _ norm: Norm,
    into n: UnsafeMutablePointer<Float>, _ rows: Int, _ room: inout Room
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

  /// Keeps the keys and values behind the queries of `all` [R, 3 D] as layer `index` of a position.
  private func keep(
    _ all: UnsafeMutablePointer<Float>, in position: Tensor, _ index: Int, _ rows: Int
  ) {
    for row in 0..<rows {
      let new = all + row * 3 * width + width
      let place = (index * rows + row) * 2 * width
      if kept == .bfloat16 {
        ck_narrow(new, backend.halves(position) + place, 2 * width)
      } else {
        (backend.mutableFloats(position) + place).update(from: new, count: 2 * width)
      }
    }
  }

  /// y [R, D] = attention of the queries in `all` [R, 3 D] to the positions written so far, the newest among them.
  private func attend(
    _ all: UnsafeMutablePointer<Float>, _ rows: Int, to memory: StepMemory, _ index: Int,
    into y: UnsafeMutablePointer<Float>
  ) {
    let count = memory.positions.count
    withUnsafeTemporaryAllocation(of: UnsafeRawPointer?.self, capacity: count) { blocks in
      for (place, position) in memory.positions.enumerated() {
        blocks[place] = UnsafeRawPointer(
          backend.elements(position, index * position.shape[1] * 2 * width))
      }
      forEach(rows, of: count) { row, scores in
        memory.places[row].withUnsafeBufferPointer { places in
          var own = ck_step_memory(
            type: kept.kernelType, count: count, row: 2 * width, values: width, base: nil,
            blocks: blocks.baseAddress, places: places.baseAddress)
          attend(all + row * 3 * width, &own, into: y + row * width, scores)
        }
      }
    }
  }

  /// y [R, D] = attention of queries [R, D] to the texts that the rows read.
  private func attend(
    _ queries: UnsafeMutablePointer<Float>, _ rows: Int, to source: StepSource, _ index: Int,
    into y: UnsafeMutablePointer<Float>
  ) {
    let texts = source.keysAndValues[index]
    forEach(rows, of: texts.shape[1]) { row, scores in
      let text = source.texts[row]
      var own = ck_step_memory(
        type: texts.dtype.kernelType, count: source.lengths[text], row: 2 * width, values: width,
        base: UnsafeRawPointer(backend.elements(texts, text * texts.shape[1] * 2 * width)),
        blocks: nil, places: nil)
      attend(queries + row * width, &own, into: y + row * width, scores)
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

  /// Calls `body` for each row, which attends to up to so many positions, with room for their scores.
  private func forEach(
    _ rows: Int, of positions: Int,
    _ body: (_ row: Int, _ scores: UnsafeMutablePointer<Float>?) -> Void
  ) {
    func one(_ row: Int) {
      let size = ck_step_attention_scratch(positions, heads)
      withUnsafeTemporaryAllocation(of: Float.self, capacity: size) { body(row, $0.baseAddress) }
    }
    if rows * positions * 2 * width < Self.attentionWork {
      for row in 0..<rows { one(row) }
    } else {
      backend.parallel(rows) { one($0) }
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
