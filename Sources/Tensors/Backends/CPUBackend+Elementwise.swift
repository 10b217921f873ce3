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

  package func copy(_ x: Tensor) -> Tensor {
    let y = Tensor(uninitialized: x.shape, x.dtype, on: self)
    write(x, y, at: y.layout)
    return y
  }

  package func copy(_ x: Tensor, into y: inout Tensor, at view: Layout) {
    precondition(x.shape == view.shape, "copy: \(x.shape) into \(view.shape)")
    let x = y.dtype == .bfloat16 ? narrowed(x) : y.dtype == .float32 ? widened(x) : x
    precondition(x.dtype == y.dtype, "copy: \(x.dtype) into \(y.dtype)")
    y.makeWritable()
    write(x, y, at: view)
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
    }
  }

  private func map(
    _ x: Tensor, _ kernel: (UnsafePointer<Float>?, UnsafeMutablePointer<Float>?, Int) -> Void
  ) -> Tensor {
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

  package func geluBackward(_ dy: Tensor, _ preactivation: Tensor) -> Tensor {
    precondition(
      dy.shape == preactivation.shape, "geluBackward: \(dy.shape), \(preactivation.shape)")
    let (dy, s) = alike(dy.contiguous(), preactivation.contiguous())
    if dy.dtype == .bfloat16 {
      return zipRounding(dy, s) { ck_gelu_backward_f32($0, $1, $0, $2) }
    }
    let ds = make(dy.shape)
    let (gradient, source, target) = (floats(dy), floats(s), mutableFloats(ds))
    parallel(blocksOf: CPUBackend.blockSize, in: dy.shape.count) { block in
      let first = block.lowerBound
      ck_gelu_backward_f32(gradient + first, source + first, target + first, block.count)
    }
    extendLifetime((dy, s))
    return ds
  }
}
