/// Returns W₂ act(W₁ x + b₁) + b₂: two dense layers with an activation between, as one operation.
///
/// With s = W₁ x + b₁, h = act(s) and ds = (dy W₂) · act′(s), which the product makes as it ends:
/// dx = ds W₁, dW₁ = dsᵀ x, db₁ = Σ ds, dW₂ = dyᵀ h, db₂ = Σ dy. The forward pass keeps act′(s) in place
/// of s.
///
/// - Parameters:
///   - x: inputs […, K].
///   - first: W₁ [M, K] and b₁ [M].
///   - activation: applied to each element between the layers.
///   - second: W₂ [N, M] and b₂ [N].
/// - Returns: […, N].
public func feedForward(
  _ x: Tensor, _ first: (weight: Tensor, bias: Tensor), _ activation: Activation,
  _ second: (weight: Tensor, bias: Tensor)
) -> Tensor {
  let (k, m, n) = (x.shape[-1], first.weight.shape[0], second.weight.shape[0])
  precondition(
    first.weight.shape == [m, k] && first.bias.shape == [m] && second.weight.shape == [n, m]
      && second.bias.shape == [n],
    "feedForward: x \(x.shape), W₁ \(first.weight.shape), W₂ \(second.weight.shape)")
  guard activation.isFused else {
    let h = linear(x, first.weight, first.bias, activation: activation)
    return linear(h, second.weight, second.bias)
  }
  let inputs = [x, first.weight, first.bias, second.weight, second.bias]
  let rows = x.shape.dimensions.dropLast().reduce(1, *)
  let input = x.detached().reshaped([rows, k])
  let (w1, w2) = (first.weight.detached(), second.weight.detached())
  let backend = w1.backend
  let (h, derivative) = backend.linear(
    input, w1, first.bias.detached(), activation, saving: inputs.contains { $0.isTracked })
  let y = backend.linear(h, w2, second.bias.detached(), .identity, saving: false).y  // [rows, N]
  let shape = x.shape
  return .recorded(inputs, y.reshaped(shape.replacing(-1, with: n))) { dy, into in
    let dy = dy.reshaped([rows, n])
    into.accumulate(3, w2.shape, backend.real, on: backend) { dw, beta in
      backend.matmul(dy.transposed(), h, alpha: 1, beta: beta, into: &dw)
    }
    if into.wants(4) { into.add(4, backend.sumOfRows(dy)) }
    guard (0...2).contains(where: { into.wants($0) }) else { return }
    let ds = derivative.map { backend.product(dy, w2, times: $0) } ?? backend.product(dy, w2)
    into.accumulate(1, w1.shape, backend.real, on: backend) { dw, beta in
      backend.matmul(ds.transposed(), input, alpha: 1, beta: beta, into: &dw)
    }
    if into.wants(2) { into.add(2, backend.sumOfRows(ds)) }
    into.accumulate(0, shape, input.dtype, on: backend) { dx, beta in
      dx = dx.reshaped([rows, k])
      backend.matmul(ds, w1, alpha: 1, beta: beta, into: &dx)
      dx = dx.reshaped(shape)
    }
  }
}
