/// Returns the matrix product of a […, M, K] and b […, K, N] with equal leading axes: […, M, N].
///
/// da = dy bᵀ, db = aᵀ dy. Transposed and sliced operands are read where they lie.
public func matmul(_ a: Tensor, _ b: Tensor) -> Tensor {
  precondition(
    a.shape.rank >= 2 && b.shape.rank == a.shape.rank && a.shape[-1] == b.shape[-2]
      && a.shape.dimensions.dropLast(2) == b.shape.dimensions.dropLast(2),
    "matmul: \(a.shape) × \(b.shape)")
  let (u, v) = (a.detached(), b.detached())
  return .recorded([a, b], u.backend.product(u, v)) { dy, into in
    into.accumulate(0, u.shape, u.dtype, on: u.backend) { du, beta in
      u.backend.matmul(dy, v.transposed(), alpha: 1, beta: beta, into: &du)
    }
    into.accumulate(1, v.shape, v.dtype, on: u.backend) { dv, beta in
      u.backend.matmul(u.transposed(), dy, alpha: 1, beta: beta, into: &dv)
    }
  }
}

/// Returns act(x Wᵀ + b): the affine map of a dense layer with its activation, in one pass.
///
/// With s = x Wᵀ + b and ds = dy · act′(s): dx = ds W, dW = dsᵀ x, db = Σ ds over all rows.
///
/// - Parameters:
///   - x: inputs […, K].
///   - weight: W [M, K].
///   - bias: b [M], or nil for none.
///   - activation: applied to each element of the result.
/// - Returns: […, M].
public func linear(
  _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, activation: Activation = .identity
) -> Tensor {
  precondition(
    x.shape.rank >= 1 && weight.shape.rank == 2 && x.shape[-1] == weight.shape[1]
      && (bias.map { $0.shape == [weight.shape[0]] } ?? true),
    "linear: \(x.shape) × \(weight.shape)ᵀ + \(bias.map { "\($0.shape)" } ?? "no bias")")
  if let function = activation.function, !activation.isFused {
    return linear(x, weight, bias).mapped(function)
  }
  let rows = x.shape.dimensions.dropLast().reduce(1, *)
  let outputs = weight.shape[0]
  let xRows = x.detached().reshaped([rows, x.shape[-1]])  // [N, K]
  let w = weight.detached()
  let backend = w.backend
  let inputs = bias.map { [x, weight, $0] } ?? [x, weight]
  let isTracked = inputs.contains { $0.isTracked }
  let (y, derivative) = backend.linear(
    xRows, w, bias?.detached(), activation, saving: isTracked)
  let shape = Shape(x.shape.dimensions.dropLast() + [outputs])
  let xShape = x.shape
  return .recorded(inputs, y.reshaped(shape)) { dy, into in
    var ds = dy.reshaped([rows, outputs])  // [N, M]
    if let derivative { ds = ds * derivative }
    into.accumulate(0, xShape, xRows.dtype, on: backend) { dx, beta in
      dx = dx.reshaped([rows, xShape[-1]])
      backend.matmul(ds, w, alpha: 1, beta: beta, into: &dx)
      dx = dx.reshaped(xShape)
    }
    into.accumulate(1, w.shape, backend.real, on: backend) { dw, beta in
      backend.matmul(ds.transposed(), xRows, alpha: 1, beta: beta, into: &dw)
    }
    if bias != nil && into.wants(2) { into.add(2, backend.sumOfRows(ds)) }
  }
}
