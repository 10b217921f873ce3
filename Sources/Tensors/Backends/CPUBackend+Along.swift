import CKernels

extension CPUBackend {
  package func topK(_ x: Tensor, _ count: Int) -> (values: Tensor, indices: Tensor) {
    let columns = x.shape[-1]
    precondition(
      count >= 0 && count <= columns, "topK: \(count) of rows of \(columns) elements")
    let x = widened(x).contiguous()
    let values = make(x.shape.replacing(-1, with: count))
    let indices = Tensor(uninitialized: values.shape, .int32, on: self)
    let rows = columns == 0 ? 0 : x.shape.count / columns
    let (source, target) = (floats(x), mutableFloats(values))
    let places = UnsafeMutablePointer(mutating: integers(indices))
    parallel(blocksOf: rowsPerBlock(columns), in: rows) { block in
      let row = block.lowerBound
      withUnsafeTemporaryAllocation(of: Int32.self, capacity: count) { keys in
        ck_top_k_f32(
          source + row * columns, target + row * count, places + row * count, block.count,
          columns, count, keys.baseAddress)
      }
    }
    extendLifetime(x)
    return (values, indices)
  }

  package func takeAlong(_ x: Tensor, _ ids: Tensor) -> Tensor {
    let (columns, count) = (x.shape[-1], ids.shape[-1])
    let (x, ids) = (widened(x).contiguous(), ids.contiguous())
    check(ids, "takeAlong", columns)
    let y = make(ids.shape)
    let (source, places, target) = (floats(x), integers(ids), mutableFloats(y))
    parallel(blocksOf: rowsPerBlock(count), in: count == 0 ? 0 : ids.shape.count / count) { block in
      let row = block.lowerBound
      ck_take_along_f32(
        source + row * columns, places + row * count, target + row * count, block.count, columns,
        count)
    }
    extendLifetime((x, ids))
    return y
  }

  package func putAlong(_ rows: Tensor, _ ids: Tensor, width: Int) -> Tensor {
    precondition(rows.shape == ids.shape, "putAlong: \(rows.shape) at \(ids.shape)")
    let (rows, ids) = (widened(rows).contiguous(), ids.contiguous())
    check(ids, "putAlong", width)
    let count = ids.shape[-1]
    let x = make(ids.shape.replacing(-1, with: width))
    let (source, places, target) = (floats(rows), integers(ids), mutableFloats(x))
    parallel(blocksOf: rowsPerBlock(width), in: width == 0 ? 0 : x.shape.count / width) { block in
      let row = block.lowerBound
      ck_put_along_f32(
        source + row * count, places + row * count, target + row * width, block.count, width,
        count)
    }
    extendLifetime((rows, ids))
    return x
  }
}
