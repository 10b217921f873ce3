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

  package func convolutionResultGradient(
    _ dy: Tensor, _ y: Tensor, _ activation: Activation, wantsBias: Bool
  ) -> (ds: Tensor, dbias: Tensor?) {
    let ds = activation == .relu ? mapBackward(.relu, dy, y) : dy
    guard wantsBias else { return (ds, nil) }
    let planes = ds.reshaped([ds.shape[0], ds.shape[1], ds.shape[2] * ds.shape[3]])
    return (ds, reduce(.sum, reduce(.sum, planes, axis: 2), axis: 0).reshaped([ds.shape[1]]))
  }

  package func arrangedForConvolution(_ x: Tensor) -> Tensor { x }
}
