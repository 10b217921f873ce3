import CKernels

extension CPUBackend {
  package func adamW(
    _ parameter: inout Tensor, gradient: Tensor, m: inout Tensor, v: inout Tensor, _ step: AdamWStep
  ) {
    precondition(
      gradient.shape == parameter.shape && m.shape == parameter.shape
        && v.shape == parameter.shape,
      "adamW: parameter \(parameter.shape), gradient \(gradient.shape), moments \(m.shape), \(v.shape)"
    )
    let gradient = widened(gradient).contiguous()
    parameter.makeWritable()
    m.makeWritable()
    v.makeWritable()
    let kernel = ck_adamw(
      rate: step.rate, beta1: step.beta1, beta2: step.beta2, epsilon: step.epsilon,
      decay: step.decay, correction1: step.correction1, correction2: step.correction2,
      gradient_scale: step.gradientScale)
    let (p, g) = (mutableFloats(parameter), floats(gradient))
    let (first, second) = (mutableFloats(m), mutableFloats(v))
    parallel(blocksOf: CPUBackend.blockSize, in: parameter.shape.count) { block in
      let i = block.lowerBound
      ck_adamw_f32(kernel, p + i, g + i, first + i, second + i, block.count)
    }
    extendLifetime(gradient)
  }
}
