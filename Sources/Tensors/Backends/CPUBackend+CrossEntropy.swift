import CKernels

extension CPUBackend {
  /// The most rows whose logits exist at once, and the number of logits beyond which it is fewer.
  private static let lossRows = 256
  private static let lossLogits = 1 << 21

  /// Projects, compares and differentiates block by block; rows whose target is ignored take no part in
  /// the products.
  package func linearCrossEntropy(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, targets: Tensor, ignored: Int32,
    smoothing: Float, wantsGradients: Bool
  ) -> (loss: Tensor, gradients: (dx: Tensor, dweight: Tensor, dbias: Tensor?)?) {
    let (count, width, classes) = (x.shape[0], x.shape[1], weight.shape[0])
    let rows = CountedRows(self, x.contiguous(), targets.contiguous(), ignored, classes)
    let n = rows.targets.shape.count
    let (bias, weight) = (bias?.contiguous(), weight.contiguous())
    let size = min(
      CPUBackend.lossRows, max(64, CPUBackend.lossLogits / max(1, classes)), max(1, n))
    let blocks = (n + size - 1) / size

    let logits = scratch(size * classes)  // [size, V]
    let losses = scratch(n)
    let biasSums = scratch(wantsGradients && bias != nil ? blocks * classes : 0)  // [blocks, V]
    let memory = makeStorage(
      byteCount: max(
        ck_gemm_scratch(size, classes, width), ck_gemm_scratch(size, width, classes),
        ck_gemm_scratch(classes, width, size)))
    let dx = make(wantsGradients ? [n, width] : [0])
    let dweight = n > 0 || !wantsGradients ? make(wantsGradients ? weight.shape : [0]) : full(weight.shape, 0)

    let (input, w, target) = (floats(rows.x), floats(weight), integers(rows.targets))
    let (block, loss) = (mutableFloats(logits), mutableFloats(losses))
    let scale = 1 / Float(max(1, n))
    for index in 0..<blocks {
      let first = index * size
      let m = min(size, n - first)
      var epilogue = ck_epilogue(
        bias: bias.map { floats($0) }, activation: 0, preactivation: nil)
      ck_gemm_f32(
        m, classes, width, 1, input + first * width, width, 1, w, 1, width, 0, block, classes,
        &epilogue, memory.pointer)
      parallel(blocksOf: rowsPerBlock(classes), in: m) { part in
        let logit = block + part.lowerBound * classes
        let row = first + part.lowerBound
        if wantsGradients {
          ck_cross_entropy_backward_f32(
            logit, target + row, smoothing, scale, loss + row, part.count, classes)
        } else {
          ck_cross_entropy_f32(logit, target + row, smoothing, loss + row, part.count, classes)
        }
      }
      guard wantsGradients else { continue }
      ck_gemm_f32(
        m, width, classes, 1, block, classes, 1, w, width, 1, 0,
        mutableFloats(dx) + first * width, width, nil, memory.pointer)
      ck_gemm_f32(
        classes, width, m, 1, block, 1, classes, input + first * width, width, 1,
        index == 0 ? 0 : 1, mutableFloats(dweight), width, nil, memory.pointer)
      if bias != nil {
        let sums = mutableFloats(biasSums) + index * classes
        parallel(blocksOf: 1024, in: classes) { part in
          ck_sum_columns_f32(
            block + part.lowerBound, classes, sums + part.lowerBound, m, part.count)
        }
      }
    }
    let total = UnsafeBufferPointer(start: floats(losses), count: n).reduce(0.0) { $0 + Double($1) }
    let mean = upload([Float(total / Double(max(1, n)))], [])
    extendLifetime((rows, bias, weight, logits, losses, memory))
    guard wantsGradients else { return (mean, nil) }
    let dbias = bias.map { _ in make([classes]) }
    if let dbias {
      ck_sum_columns_f32(floats(biasSums), classes, mutableFloats(dbias), blocks, classes)
    }
    extendLifetime(biasSums)
    return (mean, (rows.restored(dx, count), dweight, dbias))
  }
}

/// The rows of a loss whose targets count, side by side.
private struct CountedRows {
  let backend: CPUBackend
  /// Their inputs [n, D].
  let x: Tensor
  /// Their targets [n].
  let targets: Tensor
  /// Their places among all rows, nil if all count.
  let places: Tensor?

  init(_ backend: CPUBackend, _ x: Tensor, _ targets: Tensor, _ ignored: Int32, _ classes: Int) {
    self.backend = backend
    let ids = UnsafeBufferPointer(start: backend.integers(targets), count: targets.shape.count)
    var counted: [Int32] = []
    for (row, id) in ids.enumerated() where id != ignored {
      precondition(
        id >= 0 && Int(id) < classes, "cross entropy: target \(id) is outside 0 ..< \(classes)")
      counted.append(Int32(row))
    }
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

  /// Returns `rows` [n, D] at their places among `count` rows, zeros elsewhere.
  func restored(_ rows: Tensor, _ count: Int) -> Tensor {
    guard let places else { return rows }
    var result = backend.full([count, rows.shape[1]], 0)
    backend.scatterAdd(rows, places, scale: 1, into: &result)
    return result
  }
}
