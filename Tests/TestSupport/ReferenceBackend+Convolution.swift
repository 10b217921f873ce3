import SeqaeTensors

/// Convolutions as their definitions read, one product after the other.
extension ReferenceBackend {
  /// Calls `body` for each product y[b, o, h, w] ← W[o, c, i, j] · x[b, c, h′, w′] of a convolution, with
  /// the places of the three elements in row-major order.
  @inline(__always) private func products(
    _ x: Shape, _ weight: Shape, _ geometry: ConvolutionGeometry,
    _ body: (_ x: Int, _ weight: Int, _ y: Int) -> Void
  ) {
    let (size, kernel) = (Extent(x[2], x[3]), geometry.window.kernel)
    let results = geometry.window.results(of: size)
    let (batch, channels, outputs, inputs) = (x[0], x[1], weight[0], weight[1])
    for pixel in 0..<results.count {
      for tap in 0..<kernel.count where geometry.mask?.isLive[tap] ?? true {
        let row = geometry.window.rows.place(pixel / results.width, tap / kernel.width)
        let column = geometry.window.columns.place(pixel % results.width, tap % kernel.width)
        guard (0..<size.height).contains(row), (0..<size.width).contains(column) else { continue }
        for b in 0..<batch {
          for o in 0..<outputs {
            let group = o / (outputs / geometry.groups)
            for c in 0..<inputs {
              body(
                (b * channels + group * inputs + c) * size.count + row * size.width + column,
                (o * inputs + c) * kernel.count + tap, (b * outputs + o) * results.count + pixel)
            }
          }
        }
      }
    }
  }

  package func convolution(_ x: Tensor, _ weight: Tensor, _ geometry: ConvolutionGeometry)
    -> Tensor
  {
    let (images, kernels) = (x.doubles(), weight.doubles())
    let results = geometry.window.results(of: Extent(of: x))
    let shape: Shape = [x.shape[0], weight.shape[0], results.height, results.width]
    var y = [Double](repeating: 0, count: shape.count)
    products(x.shape, weight.shape, geometry) { y[$2] += images[$0] * kernels[$1] }
    return make(shape, y)
  }

  package func transposedConvolution(
    _ dy: Tensor, _ weight: Tensor, _ geometry: ConvolutionGeometry, size: Extent
  ) -> Tensor {
    let (gradient, kernels) = (dy.doubles(), weight.doubles())
    let shape: Shape = [
      dy.shape[0], weight.shape[1] * geometry.groups, size.height, size.width,
    ]
    precondition(
      geometry.window.results(of: size) == Extent(of: dy), "\(dy.shape) from an image of \(size)")
    var x = [Double](repeating: 0, count: shape.count)
    products(shape, weight.shape, geometry) { x[$0] += kernels[$1] * gradient[$2] }
    return make(shape, x)
  }

  package func convolutionWeightGradient(
    _ x: Tensor, _ dy: Tensor, _ geometry: ConvolutionGeometry
  ) -> Tensor {
    let (images, gradient) = (x.doubles(), dy.doubles())
    let kernel = geometry.window.kernel
    let shape: Shape = [
      dy.shape[1], x.shape[1] / geometry.groups, kernel.height, kernel.width,
    ]
    var weight = [Double](repeating: 0, count: shape.count)
    products(x.shape, shape, geometry) { weight[$1] += images[$0] * gradient[$2] }
    return make(shape, weight)
  }
}
