import CKernels

extension CPUBackend {
  package func matmul(
    _ a: Tensor, _ b: Tensor, alpha: Double, beta: Double, into c: inout Tensor
  ) {
    let (m, k, n) = (a.shape[-2], a.shape[-1], b.shape[-1])
    let leading = a.shape.dimensions.dropLast(2)
    precondition(
      b.shape[-2] == k && b.shape.dimensions.dropLast(2) == leading
        && c.shape.dimensions == leading + [m, n],
      "matmul: \(a.shape) × \(b.shape) into \(c.shape)")
    if beta == 0 && !c.isWritable() { c = make(c.shape, c.dtype) } else { c.makeWritable() }
    let batch = leading.reduce(1, *)
    let (left, right) = factors(matrices(a, batch), matrices(b, batch))
    if left.dtype == .float32 && c.dtype == .bfloat16 {
      var wide = beta == 0 ? make(c.shape) : widened(c)
      matmul(left.reshaped(a.shape), right.reshaped(b.shape), alpha: alpha, beta: beta, into: &wide)
      c = narrowed(wide)
      return
    }
    if batch == 1 {
      multiply(left, right, alpha: alpha, beta: beta, into: c, nil)
    } else if batch > 1 {
      multiplyEach(left, right, alpha: alpha, beta: beta, into: c)
    }
    extendLifetime((left, right))
  }

  /// Returns both factors in one precision: a product with a factor in bfloat16 rounds the other to it.
  func factors(_ a: Tensor, _ b: Tensor) -> (Tensor, Tensor) {
    a.dtype == b.dtype ? (a, b) : (narrowed(a), narrowed(b))
  }

  /// Returns `x` […, M, K] as [batch, M, K], copying only if its leading axes cannot be joined.
  private func matrices(_ x: Tensor, _ batch: Int) -> Tensor {
    let shape = Shape([batch, x.shape[-2], x.shape[-1]])
    if let layout = x.layout.reshaped(to: shape) { return x.view(layout) }
    let copied = copy(x)
    return copied.view(Layout(contiguous: shape))
  }

  /// One product of a […, M, K] and b […, K, N], of one precision, into c, whose rows have no gaps.
  func multiply(
    _ a: Tensor, _ b: Tensor, packed: Storage? = nil, alpha: Double, beta: Double, into c: Tensor,
    _ epilogue: UnsafePointer<ck_epilogue>?
  ) {
    let (m, k, n) = (a.shape[-2], a.shape[-1], b.shape[-1])
    let (aRow, aColumn) = (a.layout.strides[a.shape.rank - 2], a.layout.strides[a.shape.rank - 1])
    let (bRow, bColumn) = (b.layout.strides[b.shape.rank - 2], b.layout.strides[b.shape.rank - 1])
    let cRow = c.layout.strides[c.shape.rank - 2]
    if a.dtype == .bfloat16 {
      let memory = makeStorage(byteCount: ck_gemm_bf16_scratch(m, n, k))
      ck_gemm_bf16(
        m, n, k, Float(alpha), halves(a), aRow, aColumn, halves(b), bRow, bColumn,
        packed?.pointer, Float(beta), elements(c), cRow, c.dtype.kernelType, epilogue,
        memory.pointer)
      extendLifetime(memory)
    } else {
      let memory = makeStorage(byteCount: ck_gemm_scratch(m, n, k))
      ck_gemm_f32(
        m, n, k, Float(alpha), floats(a), aRow, aColumn, floats(b), bRow, bColumn,
        packed?.pointer, Float(beta), mutableFloats(c), cRow, epilogue, memory.pointer)
      extendLifetime(memory)
    }
  }

  /// A product for each of a [batch, M, K] and b [batch, K, N].
  private func multiplyEach(
    _ a: Tensor, _ b: Tensor, alpha: Double, beta: Double, into c: Tensor
  ) {
    let (batch, m, k, n) = (a.shape[0], a.shape[1], a.shape[2], b.shape[2])
    let (left, right) = (a.layout.strides, b.layout.strides)
    if a.dtype == .bfloat16 {
      let memory = makeStorage(byteCount: ck_gemm_batched_bf16_scratch(batch, m, n, k))
      ck_gemm_batched_bf16(
        batch, m, n, k, Float(alpha), halves(a), left[1], left[2], left[0], halves(b), right[1],
        right[2], right[0], Float(beta), elements(c), n, m * n, c.dtype.kernelType,
        memory.pointer)
      extendLifetime(memory)
    } else {
      let memory = makeStorage(byteCount: ck_gemm_batched_scratch(batch, m, n, k))
      ck_gemm_batched_f32(
        batch, m, n, k, Float(alpha), floats(a), left[1], left[2], left[0], floats(b), right[1],
        right[2], right[0], Float(beta), mutableFloats(c), n, m * n, memory.pointer)
      extendLifetime(memory)
    }
  }

  package func linear(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ activation: Activation, saving: Bool
  ) -> (y: Tensor, derivative: Tensor?) {
    let (x, weight) = factors(x, weight)
    let y = make([x.shape[0], weight.shape[0]], x.dtype)
    let bias = bias.map { widened($0).contiguous() }
    let derivative = saving && activation != .identity ? make(y.shape, y.dtype) : nil
    var epilogue = ck_epilogue(
      bias: bias.map { floats($0) }, activation: activation.code,
      derivative: derivative.map { elements($0) }, factor: nil)
    let packed = packed(weight, rows: x.shape[0])
    multiply(x, weight.transposed(), packed: packed, alpha: 1, beta: 0, into: y, &epilogue)
    extendLifetime((x, weight, bias, packed))
    return (y, derivative)
  }

  /// Returns Wᵀ packed for products with `rows` rows; nil if W may change soon or they gain nothing.
  func packed(_ weight: Tensor, rows: Int) -> Storage? {
    guard let packing = weight.packing, rows >= CK_PACKED_ROWS else { return nil }
    let (n, k, type) = (weight.shape[0], weight.shape[1], weight.dtype.kernelType)
    let size = ck_gemm_packed_size(type, n, k)
    guard size > 0 else { return nil }
    return packing {
      let storage = makeStorage(byteCount: size)
      let strides = weight.layout.strides
      ck_gemm_pack(type, n, k, elements(weight), strides[1], strides[0], storage.pointer)
      return storage
    }
  }

  package func product(_ a: Tensor, _ b: Tensor, times factor: Tensor) -> Tensor {
    precondition(
      factor.shape == [a.shape[0], b.shape[1]],
      "product: \(a.shape) × \(b.shape) times \(factor.shape)")
    let (a, b) = factors(a, b)
    let factor = a.dtype == .bfloat16 ? narrowed(factor).contiguous() : widened(factor).contiguous()
    let y = make(factor.shape, a.dtype)
    var epilogue = ck_epilogue(
      bias: nil, activation: Activation.identity.code, derivative: nil, factor: elements(factor))
    multiply(a, b, alpha: 1, beta: 0, into: y, &epilogue)
    extendLifetime((a, b, factor))
    return y
  }
}

extension Activation {
  /// The kernels' number for the activation.
  var code: Int32 {
    switch self {
    case .identity: Int32(CK_IDENTITY.rawValue)
    case .gelu: Int32(CK_GELU.rawValue)
    case .relu: Int32(CK_RELU.rawValue)
    default: preconditionFailure("linear: \(self) is an operation of its own")
    }
  }
}
