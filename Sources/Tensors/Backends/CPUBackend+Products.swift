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
    if beta == 0 && !c.isWritable() { c = make(c.shape) } else { c.makeWritable() }
    let batch = leading.reduce(1, *)
    let left = matrices(a, batch)
    let right = matrices(b, batch)
    let target = mutableFloats(c)
    if batch == 1 {
      let memory = makeStorage(byteCount: ck_gemm_scratch(m, n, k))
      ck_gemm_f32(
        m, n, k, Float(alpha), floats(left), left.layout.strides[1], left.layout.strides[2],
        floats(right), right.layout.strides[1], right.layout.strides[2], Float(beta), target, n,
        nil, memory.pointer)
      extendLifetime(memory)
    } else if batch > 1 {
      let memory = makeStorage(byteCount: ck_gemm_batched_scratch(batch, m, n, k))
      ck_gemm_batched_f32(
        batch, m, n, k, Float(alpha), floats(left), left.layout.strides[1],
        left.layout.strides[2], left.layout.strides[0], floats(right), right.layout.strides[1],
        right.layout.strides[2], right.layout.strides[0], Float(beta), target, n, m * n,
        memory.pointer)
      extendLifetime(memory)
    }
    extendLifetime((left, right))
  }

  /// Returns `x` […, M, K] as [batch, M, K], copying only if its leading axes cannot be joined.
  private func matrices(_ x: Tensor, _ batch: Int) -> Tensor {
    let shape = Shape([batch, x.shape[-2], x.shape[-1]])
    if let layout = x.layout.reshaped(to: shape) { return x.view(layout) }
    let copied = copy(x)
    return copied.view(Layout(contiguous: shape))
  }

  package func linear(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ activation: Activation, saving: Bool
  ) -> (y: Tensor, preactivation: Tensor?) {
    let (rows, inputs, outputs) = (x.shape[0], x.shape[1], weight.shape[0])
    let y = make([rows, outputs])
    let bias = bias?.contiguous()
    let preactivation = saving && activation != .identity ? make(y.shape) : nil
    var epilogue = ck_epilogue(
      bias: bias.map { floats($0) }, activation: activation.code,
      preactivation: preactivation.map { mutableFloats($0) })
    let memory = makeStorage(byteCount: ck_gemm_scratch(rows, outputs, inputs))
    ck_gemm_f32(
      rows, outputs, inputs, 1, floats(x), x.layout.strides[0], x.layout.strides[1],
      floats(weight), weight.layout.strides[1], weight.layout.strides[0], 0, mutableFloats(y),
      outputs, &epilogue, memory.pointer)
    extendLifetime((bias, memory))
    return (y, preactivation)
  }
}

extension Activation {
  /// The kernels' number for the activation.
  fileprivate var code: Int32 {
    switch self {
    case .identity: Int32(CK_IDENTITY.rawValue)
    case .gelu: Int32(CK_GELU.rawValue)
    default: preconditionFailure("linear: \(self) is an operation of its own")
    }
  }
}
