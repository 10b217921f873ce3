import CKernels

extension CPUBackend {
  package func gather(_ table: Tensor, _ ids: Tensor, scale: Double) -> Tensor {
    let width = table.shape[1]
    let table = table.layout.strides[1] == 1 ? table : table.contiguous()
    let ids = ids.contiguous()
    check(ids, "gather", table.shape[0])
    let y = make(Shape(ids.shape.dimensions + [width]), table.dtype)
    let rows = integers(ids)
    parallel(blocksOf: rowsPerBlock(width), in: ids.shape.count) { block in
      ck_gather(
        table.dtype.kernelType, elements(table), table.layout.strides[0],
        rows + block.lowerBound, Float(scale),
        elements(y, block.lowerBound * width), block.count, width)
    }
    extendLifetime((table, ids))
    return y
  }

  package func scatterAdd(
    _ rows: Tensor, _ ids: Tensor, scale: Double, into table: inout Tensor
  ) {
    let width = table.shape[1]
    precondition(
      rows.shape == Shape(ids.shape.dimensions + [width]),
      "scatterAdd: rows \(rows.shape) at ids \(ids.shape) into \(table.shape)")
    let (rows, ids) = (rows.contiguous(), ids.contiguous())
    check(ids, "scatterAdd", table.shape[0])
    table.makeWritable()
    let count = ids.shape.count
    let (places, target) = (integers(ids), mutableFloats(table))
    // Blocks of columns: every block meets the ids in their order.
    let columns = count * width > 2 * CPUBackend.blockSize ? 64 : max(1, width)
    parallel(blocksOf: columns, in: width) { block in
      ck_scatter_add(
        rows.dtype.kernelType, elements(rows), places, Float(scale), target, count, width,
        block.lowerBound, block.count)
    }
    extendLifetime((rows, ids))
  }

  /// Traps unless every id is in 0 ..< `bound`.
  func check(_ ids: Tensor, _ operation: String, _ bound: Int) {
    for id in UnsafeBufferPointer(start: integers(ids), count: ids.shape.count) {
      precondition(id >= 0 && Int(id) < bound, "\(operation): id \(id) is outside 0 ..< \(bound)")
    }
    extendLifetime(ids)
  }
}
