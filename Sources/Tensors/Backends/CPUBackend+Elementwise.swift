import CKernels

extension CPUBackend {
  package func full(_ shape: Shape, _ value: Double) -> Tensor {
    let y = make(shape)
    let target = mutableFloats(y)
    parallel(blocksOf: CPUBackend.blockSize, in: shape.count) { block in
      ck_fill_f32(Float(value), target + block.lowerBound, block.count)
    }
    return y
  }

  package func map(_ function: UnaryFunction, _ x: Tensor) -> Tensor {
    switch function {
    case .exp: map(x, ck_exp_f32)
    case .log: map(x, ck_log_f32)
    case .squareRoot: map(x, ck_sqrt_f32)
    case .tanh: map(x, ck_tanh_f32)
    case .sigmoid: map(x, ck_sigmoid_f32)
    case .gelu: map(x, ck_gelu_f32)
    case .geluDerivative: map(x, ck_gelu_derivative_f32)
    case .geluTanh: map(x, ck_gelu_tanh_f32)
    case .relu: map(x, ck_relu_f32)
    case .silu: map(x, ck_silu_f32)
    case .softplus: map(x, ck_softplus_f32)
    case .absolute: map(x, ck_absolute_f32)
    case .square: map(x, ck_square_f32)
    case .sine: map(x, ck_sin_f32)
    case .cosine: map(x, ck_cos_f32)
    }
  }

  private func map(
    _ x: Tensor, _ kernel: (UnsafePointer<Float>?, UnsafeMutablePointer<Float>?, Int) -> Void
  ) -> Tensor {
    if let y = inMemoryOrder([x], { map($0[0], kernel) }) { return y }
    let x = x.contiguous()
    let y = make(x.shape, x.dtype)
    parallel(blocksOf: CPUBackend.blockSize, in: x.shape.count) { block in
      if x.dtype == .bfloat16 {
        rounding(block, [halves(x)], into: halves(y)) { kernel($0[0], $0[0], $1) }
      } else {
        kernel(floats(x) + block.lowerBound, mutableFloats(y) + block.lowerBound, block.count)
      }
    }
    extendLifetime(x)
    return y
  }

  package func zip(_ function: BinaryFunction, _ a: Tensor, _ b: Tensor) -> Tensor {
    if let y = inMemoryOrder([a, b], { zip(function, $0[0], $0[1]) }) { return y }
    let isStretched = a.shape != b.shape
    guard let shape = isStretched ? a.shape.broadcast(with: b.shape) : a.shape else {
      preconditionFailure("\(function): shapes \(a.shape) and \(b.shape)")
    }
    let kernel =
      switch function {
      case .add: ck_add_f32
      case .subtract: ck_subtract_f32
      case .multiply: ck_multiply_f32
      case .divide: ck_divide_f32
      case .maximum: ck_maximum_f32
      case .minimum: ck_minimum_f32
      case .greater: ck_greater_f32
      case .less: ck_less_f32
      case .equal: ck_equal_f32
      }
    if a.dtype == .bfloat16 && b.dtype == .bfloat16 {
      if isStretched { return narrowed(zip(function, widened(a), widened(b))) }
      return zipRounding(a.contiguous(), b.contiguous()) { x, y, count in
        kernel(1, [count], x, [1], y, [1], x, 0, count)
      }
    }
    let (a, b) = (widened(a), widened(b))
    let y = make(shape)
    let space =
      isStretched
      ? IndexSpace(a.layout.broadcast(to: shape), b.layout.broadcast(to: shape), y.layout)
      : IndexSpace(a.layout, b.layout, y.layout)
    let (left, right, target) = (floats(a), floats(b), mutableFloats(y))
    parallel(blocksOf: CPUBackend.blockSize, in: shape.count) { block in
      kernel(
        space.sizes.count, space.sizes, left, space.strides[0], right, space.strides[1],
        target, block.lowerBound, block.count)
    }
    return y
  }

  /// Returns what `kernel` makes of pieces of two bfloat16 tensors, in place of the first.
  private func zipRounding(
    _ a: Tensor, _ b: Tensor,
    _ kernel: (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void
  ) -> Tensor {
    let y = make(a.shape, .bfloat16)
    parallel(blocksOf: CPUBackend.blockSize, in: a.shape.count) { block in
      rounding(block, [halves(a), halves(b)], into: halves(y)) { kernel($0[0], $0[1], $1) }
    }
    extendLifetime((a, b))
    return y
  }

  package func select(_ mask: Tensor, _ a: Tensor, _ b: Tensor) -> Tensor {
    guard let shape = mask.shape.broadcast(with: a.shape)?.broadcast(with: b.shape) else {
      preconditionFailure("select: shapes \(mask.shape), \(a.shape) and \(b.shape)")
    }
    let (mask, a) = (widened(mask), widened(a))
    let isNumber = b.shape.count == 1
    let b = isNumber ? widened(b) : widened(b.view(b.layout.broadcast(to: shape))).contiguous()
    let y = make(shape)
    let space = IndexSpace(
      mask.layout.broadcast(to: shape), a.layout.broadcast(to: shape), y.layout)
    let (chosen, yes, no, target) = (floats(mask), floats(a), floats(b), mutableFloats(y))
    parallel(blocksOf: CPUBackend.blockSize, in: shape.count) { block in
      ck_select_f32(
        space.sizes.count, space.sizes, chosen, space.strides[0], yes, space.strides[1], no,
        isNumber ? 0 : 1, target, block.lowerBound, block.count)
    }
    extendLifetime((mask, a, b))
    return y
  }

  package func affine(_ x: Tensor, scale: Double, shift: Double) -> Tensor {
    map(x) { source, target, count in
      ck_affine_f32(source, Float(scale), Float(shift), target, count)
    }
  }

  package func accumulate(_ x: Tensor, scale: Double, into y: inout Tensor) {
    precondition(x.shape == y.shape, "accumulate: \(x.shape) into \(y.shape)")
    y.makeWritable()
    if y.dtype == .bfloat16 { return accumulateRounding(narrowed(x).contiguous(), scale, y) }
    let x = widened(x)
    let space = IndexSpace(x.layout, y.layout)
    let (source, target) = (floats(x), mutableFloats(y))
    parallel(blocksOf: CPUBackend.blockSize, in: x.shape.count) { block in
      ck_accumulate_f32(
        space.sizes.count, space.sizes, source, space.strides[0], Float(scale),
        target, block.lowerBound, block.count)
    }
  }

  private func accumulateRounding(_ x: Tensor, _ scale: Double, _ y: Tensor) {
    parallel(blocksOf: CPUBackend.blockSize, in: x.shape.count) { block in
      rounding(block, [halves(y), halves(x)], into: halves(y)) {
        ck_accumulate_f32(1, [$1], $0[1], [1], Float(scale), $0[0], 0, $1)
      }
    }
    extendLifetime(x)
  }

  package func mapBackward(_ function: UnaryFunction, _ dy: Tensor, _ kept: Tensor) -> Tensor {
    switch function {
    case .exp: zip(.multiply, dy, kept)
    case .log: zip(.divide, dy, kept)
    case .squareRoot: mapBackward(dy, kept, ck_sqrt_backward_f32)
    case .tanh: mapBackward(dy, kept, ck_tanh_backward_f32)
    case .sigmoid: mapBackward(dy, kept, ck_sigmoid_backward_f32)
    case .sine: mapBackward(dy, kept, ck_sin_backward_f32)
    case .cosine: mapBackward(dy, kept, ck_cos_backward_f32)
    case .absolute: mapBackward(dy, kept, ck_absolute_backward_f32)
    case .square: mapBackward(dy, kept, ck_square_backward_f32)
    case .relu: mapBackward(dy, kept, ck_relu_backward_f32)
    case .silu: mapBackward(dy, kept, ck_silu_backward_f32)
    case .softplus: mapBackward(dy, kept, ck_softplus_backward_f32)
    case .gelu: mapBackward(dy, kept, ck_gelu_backward_f32)
    case .geluTanh: mapBackward(dy, kept, ck_gelu_tanh_backward_f32)
    case .geluDerivative:
      preconditionFailure("no operation needs the second derivative of gelu")
    }
  }

  private func mapBackward(
    _ dy: Tensor, _ kept: Tensor,
    _ kernel: (UnsafePointer<Float>?, UnsafePointer<Float>?, UnsafeMutablePointer<Float>?, Int)
      -> Void
  ) -> Tensor {
    precondition(dy.shape == kept.shape, "gradient \(dy.shape) of a value of \(kept.shape)")
    if let dx = inMemoryOrder([dy, kept], { mapBackward($0[0], $0[1], kernel) }) { return dx }
    let (dy, kept) = alike(dy.contiguous(), kept.contiguous())
    if dy.dtype == .bfloat16 { return zipRounding(dy, kept) { kernel($0, $1, $0, $2) } }
    let dx = make(dy.shape)
    let (gradient, source, target) = (floats(dy), floats(kept), mutableFloats(dx))
    parallel(blocksOf: CPUBackend.blockSize, in: dy.shape.count) { block in
      let first = block.lowerBound
      kernel(gradient + first, source + first, target + first, block.count)
    }
    extendLifetime((dy, kept))
    return dx
  }
}
