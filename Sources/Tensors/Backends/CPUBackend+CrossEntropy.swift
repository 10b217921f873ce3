import CKernels

extension CPUBackend {
  /// The most rows whose logits exist at once, the number of logits beyond which it is fewer, and the
  /// fewest, which keep the products efficient.
  private static let lossRows = 1024
  private static let lossLogits = 1 << 22
  private static let fewestLossRows = 64

  /// Projects, compares and differentiates block by block; rows whose target is ignored take no part.
  /// Logits are float32 in either precision, their gradients in that of x and W.
  package func linearCrossEntropy(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, targets: Tensor, ignored: Int32,
    smoothing: Float, wantsGradients: Bool
  ) -> (loss: Tensor, gradients: (dx: Tensor, dweight: Tensor, dbias: Tensor?)?) {
    let classes = weight.shape[0]
    let (x, weight) = factors(x, weight)
    let bias = bias.map { widened($0).contiguous() }
    let rows = CountedRows(self, x, targets.contiguous(), ignored, classes)
    let scale = 1 / Double(max(1, rows.count))
    let hasNone = rows.count == 0
    let dx = make(wantsGradients ? rows.x.shape : [0], x.dtype)
    let dweight = wantsGradients && !hasNone ? make(weight.shape) : full(weight.shape, 0)
    var dbias = full(wantsGradients && bias != nil ? [classes] : [0], 0)
    var total = 0.0
    let size = min(
      max(1, rows.count),
      max(
        CPUBackend.fewestLossRows,
        min(CPUBackend.lossRows, CPUBackend.lossLogits / max(1, classes))))
    let room = make([size, classes])
    let gradientRoom = x.dtype == .bfloat16 && wantsGradients ? make(room.shape, x.dtype) : room
    for first in stride(from: 0, to: rows.count, by: size) {
      let block = first..<min(rows.count, first + size)
      let input = rows.x.view(rows.x.layout.sliced(0, block))  // [N, D]
      let target = rows.targets.view(rows.targets.layout.sliced(0, block))  // [N]
      let logits = room.view(room.layout.sliced(0, 0..<block.count))  // [N, V]
      let dlogits = gradientRoom.view(logits.layout)  // [N, V]
      var epilogue = ck_epilogue(
        bias: bias.map { floats($0) }, activation: Int32(CK_IDENTITY.rawValue), derivative: nil,
        factor: nil)
      multiply(input, weight.transposed(), alpha: 1, beta: 0, into: logits, &epilogue)
      guard wantsGradients else {
        total += loss(logits, target, smoothing, scale: nil, into: dlogits)
        continue
      }
      total += loss(logits, target, smoothing, scale: Float(scale), into: dlogits)
      multiply(
        dlogits, weight, alpha: 1, beta: 0, into: dx.view(dx.layout.sliced(0, block)), nil)
      multiply(
        dlogits.transposed(), input, alpha: 1, beta: first == 0 ? 0 : 1, into: dweight, nil)
      if bias != nil {
        accumulate(reduce(.sum, dlogits, axis: 0).reshaped([classes]), scale: 1, into: &dbias)
      }
    }
    let mean = upload([Float(total * scale)], [])
    guard wantsGradients else { return (mean, nil) }
    return (mean, (rows.restored(dx, self), dweight, bias == nil ? nil : dbias))
  }

  /// Returns the sum of the losses of `logits` [N, V], whose gradient times the scale, if there is one,
  /// goes into `gradient`, which may be the logits' own memory.
  private func loss(
    _ logits: Tensor, _ targets: Tensor, _ smoothing: Float, scale: Float?, into gradient: Tensor
  ) -> Double {
    let (rows, classes) = (logits.shape[0], logits.shape[1])
    let losses = scratch(rows)
    let (x, target, result) = (mutableFloats(logits), integers(targets), mutableFloats(losses))
    parallel(blocksOf: rowsPerBlock(classes), in: rows) { block in
      let (row, first) = (block.lowerBound, block.lowerBound * classes)
      if let scale {
        ck_cross_entropy_backward(
          x + first, target + row, smoothing, scale, result + row, gradient.dtype.kernelType,
          elements(gradient, first), block.count, classes)
      } else {
        ck_cross_entropy_f32(
          x + first, target + row, smoothing, result + row, block.count, classes)
      }
    }
    defer { extendLifetime(losses) }
    return UnsafeBufferPointer(start: result, count: rows).reduce(0) { $0 + Double($1) }
  }
}

/// The rows of a loss whose targets count, side by side.
private struct CountedRows {
  /// Their inputs [n, D].
  let x: Tensor
  /// Their targets [n].
  let targets: Tensor
  /// Their places among all rows [n], nil if all count.
  let places: Tensor?
  /// The number of all rows.
  let all: Int
  /// The number n of rows that count.
  var count: Int { targets.shape.count }

  init(_ backend: CPUBackend, _ x: Tensor, _ targets: Tensor, _ ignored: Int32, _ classes: Int) {
    let ids = UnsafeBufferPointer(start: backend.integers(targets), count: targets.shape.count)
    var counted: [Int32] = []
    for (row, id) in ids.enumerated() where id != ignored {
      precondition(
        id >= 0 && Int(id) < classes, "cross entropy: target \(id) is outside 0 ..< \(classes)")
      counted.append(Int32(row))
    }
    all = ids.count
    if counted.count == ids.count {
      (self.x, self.targets, places) = (x, targets, nil)
    } else {
      let places = backend.upload(counted, [counted.count])
      self.x = backend.gather(x, places, scale: 1)
      self.targets = backend.upload(counted.map { ids[Int($0)] }, [counted.count])
      self.places = places
    }
    extendLifetime(targets)
  }

  /// Returns `rows` [n, D] at their places among all rows, zeros elsewhere.
  func restored(_ rows: Tensor, _ backend: CPUBackend) -> Tensor {
    guard let places else { return rows }
    var result = backend.full([all, rows.shape[1]], 0)
    backend.scatterAdd(rows, places, scale: 1, into: &result)
    return result
  }
}
