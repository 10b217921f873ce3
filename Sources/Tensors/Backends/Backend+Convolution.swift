/// Convolutions as compositions of primitives.
extension Backend {
  package func convolution(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ activation: Activation,
    _ geometry: ConvolutionGeometry
  ) -> Tensor {
    finished(convolution(x, weight, geometry), bias, activation)
  }

  package func transposedConvolution(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ activation: Activation,
    _ geometry: ConvolutionGeometry, size: Extent
  ) -> Tensor {
    finished(transposedConvolution(x, weight, geometry, size: size), bias, activation)
  }

  private func finished(_ s: Tensor, _ bias: Tensor?, _ activation: Activation) -> Tensor {
    let y = bias.map { s + $0.reshaped([$0.shape[0], 1, 1]) } ?? s
    switch activation {
    case .identity: return y
    case .relu: return map(.relu, y)
    default: preconditionFailure("convolution: \(activation) is an operation of its own")
    }
  }

  package func convolutionResultGradient(_ dy: Tensor, relu y: Tensor?, wantsBias: Bool) -> (
    ds: Tensor, dbias: Tensor?
  ) {
    let ds = y.map { mapBackward(.relu, dy, $0) } ?? dy
    guard wantsBias else { return (ds, nil) }
    let planes = ds.reshaped([ds.shape[0], ds.shape[1], ds.shape[2] * ds.shape[3]])
    return (ds, reduce(.sum, reduce(.sum, planes, axis: 2), axis: 0).reshaped([ds.shape[1]]))
  }

  package func arrangedForConvolution(_ x: Tensor) -> Tensor { x }

  package func gated(_ x: Tensor, saving: Bool) -> (y: Tensor, gates: Tensor?) {
    let halves = x.split(into: 2, 1)
    let (t, s) = (map(.tanh, halves[0]), map(.sigmoid, halves[1]))
    return (t * s, saving ? concatenate([t, s], 1) : nil)
  }

  package func gatedBackward(_ dy: Tensor, gates: Tensor) -> Tensor {
    let halves = gates.split(into: 2, 1)
    let (t, s) = (halves[0], halves[1])
    return concatenate([dy * s * (1 - t * t), dy * t * s * (1 - s)], 1)
  }
}
