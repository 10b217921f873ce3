import CKernels

extension CPUBackend {
  package func loss(_ loss: ElementLoss, _ x: Tensor, _ t: Tensor) -> Tensor {
    let kernel = loss.kernel
    let (x, t) = (widened(x).contiguous(), widened(t).contiguous())
    let y = make(x.shape)
    let (source, wanted, target) = (floats(x), floats(t), mutableFloats(y))
    parallel(blocksOf: CPUBackend.blockSize, in: x.shape.count) { block in
      let i = block.lowerBound
      ck_loss_f32(kernel, source + i, wanted + i, target + i, block.count)
    }
    extendLifetime((x, t))
    return y
  }

  package func lossSum(_ loss: ElementLoss, _ x: Tensor, _ t: Tensor) -> Tensor {
    let kernel = loss.kernel
    let (x, t) = (widened(x).contiguous(), widened(t).contiguous())
    let (source, wanted) = (floats(x), floats(t))
    let total = sumOfBlocks(x.shape.count) { block in
      ck_loss_sum_f32(
        kernel, source + block.lowerBound, wanted + block.lowerBound, block.count)
    }
    extendLifetime((x, t))
    return upload([Float(total)], [])
  }

  package func lossBackward(_ loss: ElementLoss, _ dy: Tensor, _ x: Tensor, _ t: Tensor)
    -> Tensor
  {
    precondition(
      dy.shape == x.shape || dy.shape == [], "loss: gradient \(dy.shape) of \(x.shape)")
    let kernel = loss.kernel
    let (x, t, dy) = (
      widened(x).contiguous(), widened(t).contiguous(), widened(dy).contiguous()
    )
    let step = dy.shape == [] ? 0 : 1
    let dx = make(x.shape)
    let (gradient, source, wanted) = (floats(dy), floats(x), floats(t))
    let target = mutableFloats(dx)
    parallel(blocksOf: CPUBackend.blockSize, in: x.shape.count) { block in
      let i = block.lowerBound
      ck_loss_backward_f32(
        kernel, gradient + i * step, step, source + i, wanted + i, target + i, block.count)
    }
    extendLifetime((x, t, dy))
    return dx
  }
}

extension ElementLoss {
  /// The loss as the kernels take it.
  fileprivate var kernel: ck_loss {
    switch self {
    case .squared: ck_loss(kind: Int32(CK_SQUARED.rawValue), parameter: 0)
    case .absolute: ck_loss(kind: Int32(CK_ABSOLUTE.rawValue), parameter: 0)
    case .smoothAbsolute(let beta):
      ck_loss(kind: Int32(CK_SMOOTH_ABSOLUTE.rawValue), parameter: beta)
    case .logitsCrossEntropy:
      ck_loss(kind: Int32(CK_LOGITS_CROSS_ENTROPY.rawValue), parameter: 0)
    case .binaryCrossEntropy:
      ck_loss(kind: Int32(CK_BINARY_CROSS_ENTROPY.rawValue), parameter: 0)
    }
  }
}
