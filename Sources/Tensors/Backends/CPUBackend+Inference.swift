import CKernels

extension CPUBackend {
  package func linear(
    _ x: Tensor, _ maps: [(weight: Matrix, bias: Tensor?)], _ activation: Activation,
    inFloat32: Bool
  ) -> Tensor {
    let rows = x.shape[0]
    let isNarrow = maps.contains { map in
      if case .real(let weight) = map.weight { weight.dtype == .bfloat16 } else { false }
    }
    let x = isNarrow ? narrowed(x) : x
    let y = make(
      [rows, maps.reduce(0) { $0 + $1.weight.shape[0] }], inFloat32 ? .float32 : x.dtype)
    var rounded: Storage?  // x in eight bits, once for all
    var start = 0
    for map in maps {
      let end = start + map.weight.shape[0]
      let part = y.view(y.layout.sliced(1, start..<end))
      let bias = map.bias.map { widened($0).contiguous() }
      switch map.weight {
      case .real(let weight):
        multiply(x, weight, bias, activation, into: part)
      case .quantized(let matrix):
        let left = rounded ?? self.rounded(x)
        rounded = left
        multiply(left, matrix, bias, activation, into: part)
      }
      start = end
    }
    return y
  }

  private func multiply(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ activation: Activation, into y: Tensor
  ) {
    let (left, right) = factors(x, weight)
    var epilogue = ck_epilogue(
      bias: bias.map { floats($0) }, activation: activation.code, derivative: nil, factor: nil)
    let packed = packed(right, rows: x.shape[0])
    multiply(left, right.transposed(), packed: packed, alpha: 1, beta: 0, into: y, &epilogue)
    extendLifetime((left, right, bias, packed))
  }

  private func multiply(
    _ rows: Storage, _ weight: QuantizedMatrix, _ bias: Tensor?, _ activation: Activation,
    into y: Tensor
  ) {
    let (m, n, k) = (y.shape[0], weight.shape[0], weight.shape[1])
    let packed = packed(weight)
    ck_int8_product(
      m, n, k, rows.pointer, packed.pointer, bias.map { floats($0) }, activation.code,
      elements(y), y.layout.strides[0], y.dtype.kernelType)
    extendLifetime((rows, packed, bias))
  }

  /// Returns a matrix of eight bits as products read it.
  func packed(_ matrix: QuantizedMatrix) -> Storage {
    let (n, k) = (matrix.shape[0], matrix.shape[1])
    return matrix.packing {
      let storage = makeStorage(byteCount: ck_int8_packed_size(n, k))
      ck_int8_pack(n, k, matrix.values, matrix.scales, storage.pointer)
      return storage
    }
  }

  /// Returns the rows of x in eight bits, as products read them.
  private func rounded(_ x: Tensor) -> Storage {
    let (m, k) = (x.shape[0], x.shape[1])
    let x = x.layout.strides[1] == 1 || k < 2 ? x : x.contiguous()
    let storage = makeStorage(byteCount: ck_int8_rows_size(m, k))
    ck_int8_round_rows(
      x.dtype.kernelType, m, k, elements(x), x.layout.strides[0], storage.pointer)
    extendLifetime(x)
    return storage
  }

  package func gather(
    _ table: QuantizedMatrix, _ ids: Tensor, scale: Double, _ precision: Precision
  ) -> Tensor {
    let width = table.shape[1]
    let ids = ids.contiguous()
    check(ids, "gather", table.shape[0])
    let y = make(Shape(ids.shape.dimensions + [width]), precision.dtype)
    let rows = integers(ids)
    table.values.withUnsafeBufferPointer { values in
      table.scales.withUnsafeBufferPointer { scales in
        parallel(blocksOf: rowsPerBlock(width), in: ids.shape.count) { block in
          ck_int8_gather(
            y.dtype.kernelType, values.baseAddress, scales.baseAddress, rows + block.lowerBound,
            Float(scale), elements(y, block.lowerBound * width), block.count, width)
        }
      }
    }
    extendLifetime(ids)
    return y
  }
}
