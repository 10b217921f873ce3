/// Returns the convolution of images with a kernel, as neural networks call the cross-correlation:
/// y[b, o, h, w] = bias[o] + Σ W[o, c, i, j] x[b, c, h s + i d − p, w s + j d − p], zeros outside.
///
/// With ds = dy · act′: dx is the transposed convolution of ds, dW[o, c, i, j] = Σ ds[b, o, h, w]
/// x[b, c, h s + i d − p, w s + j d − p], dbias = Σ ds over images and pixels. What is multiplied by
/// padding, and what a mask leaves out, is not computed at all.
///
/// ```swift
/// let edges = convolution(x, Tensor([-1, 1], [1, 1, 1, 2]))  // x[…, w + 1] − x[…, w]
/// ```
///
/// - Parameters:
///   - x: images [B, C, H, W].
///   - weight: kernels W [O, C / groups, h, w].
///   - bias: [O], or nil for none.
///   - stride: s, how far neighbouring results' windows are apart.
///   - padding: p, the rows and columns of zeros on each side.
///   - dilation: d, how far neighbouring taps are apart.
///   - groups: how many groups of channels are convolved each for itself; C of them is depthwise.
///   - mask: the taps that count, as if the weights of the others were 0; nil for all.
///   - activation: applied to each element of the result.
/// - Returns: [B, O, H′, W′], H′ = ⌊(H + 2p − d(h − 1) − 1) / s⌋ + 1.
public func convolution(
  _ x: Tensor, _ weight: Tensor, _ bias: Tensor? = nil, stride: Extent = 1, padding: Extent = 0,
  dilation: Extent = 1, groups: Int = 1, mask: KernelMask? = nil, activation: Activation = .identity
) -> Tensor {
  check("convolution", x, weight, bias, groups)
  precondition(
    x.shape[1] == weight.shape[1] * groups && weight.shape[0] % groups == 0
      && (bias.map { $0.shape == [weight.shape[0]] } ?? true),
    "convolution: \(x.shape) with kernels \(weight.shape), \(groups) groups, bias \(bias.text)")
  let window = Window(
    Extent(of: weight), stride: stride, padding: padding, dilation: dilation)
  let geometry = ConvolutionGeometry(window, groups: groups, mask: mask)
  if let function = activation.function, activation != .relu {
    return convolve(x, weight, bias, .identity, geometry).mapped(function)
  }
  return convolve(x, weight, bias, activation, geometry)
}

private func convolve(
  _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ activation: Activation,
  _ geometry: ConvolutionGeometry
) -> Tensor {
  let backend = weight.backend
  let (u, w) = (backend.arrangedForConvolution(x.detached()), weight.detached())
  let y = backend.convolution(u, w, bias?.detached(), activation, geometry)
  let size = Extent(of: x)
  let kept = activation == .relu ? y : nil
  return .recorded(bias.map { [x, weight, $0] } ?? [x, weight], y, operation: "convolution") {
    dy, into in
    let wantsBias = bias != nil && into.wants(2)
    let (ds, dbias) = backend.convolutionResultGradient(dy, relu: kept, wantsBias: wantsBias)
    if into.wants(0) { into.add(0, backend.transposedConvolution(ds, w, geometry, size: size)) }
    if into.wants(1) { into.add(1, backend.convolutionWeightGradient(u, ds, geometry)) }
    if let dbias { into.add(2, dbias) }
  }
}

/// Returns the transposed convolution of images: each element of x adds its kernel, times itself, to
/// the result: y[b, o, h s + i d − p, w s + j d − p] += W[c, o, i, j] x[b, c, h, w], plus bias[o].
///
/// It is the gradient of a convolution with respect to its image. Its own gradients, with
/// ds = dy · act′: dx is the convolution of ds with W, dW[c, o, i, j] = Σ x[b, c, h, w]
/// ds[b, o, h s + i d − p, w s + j d − p], dbias = Σ ds over images and pixels.
///
/// - Parameters:
///   - x: images [B, C, H, W].
///   - weight: kernels W [C, O / groups, h, w].
///   - bias: [O], or nil for none.
///   - stride: s, how far neighbours' contributions are apart.
///   - padding: p, the rows and columns cut off on each side.
///   - outputPadding: rows and columns added at the end, fewer than stride or dilation.
///   - dilation: d, how far neighbouring taps are apart.
///   - groups: how many groups of channels are convolved each for itself.
///   - activation: applied to each element of the result.
/// - Returns: [B, O, H′, W′], H′ = (H − 1) s − 2p + d(h − 1) + 1 + outputPadding.
public func transposedConvolution(
  _ x: Tensor, _ weight: Tensor, _ bias: Tensor? = nil, stride: Extent = 1, padding: Extent = 0,
  outputPadding: Extent = 0, dilation: Extent = 1, groups: Int = 1,
  activation: Activation = .identity
) -> Tensor {
  check("transposedConvolution", x, weight, bias, groups)
  precondition(
    x.shape[1] == weight.shape[0] && x.shape[1] % groups == 0
      && (bias.map { $0.shape == [weight.shape[1] * groups] } ?? true)
      && outputPadding.height < max(stride.height, dilation.height)
      && outputPadding.width < max(stride.width, dilation.width),
    """
    transposedConvolution: \(x.shape) with kernels \(weight.shape), \(groups) groups, bias \
    \(bias.text), output padding \(outputPadding)
    """)
  let window = Window(
    Extent(of: weight), stride: stride, padding: padding, dilation: dilation)
  let geometry = ConvolutionGeometry(window, groups: groups)
  if let function = activation.function, activation != .relu {
    return convolveTransposed(x, weight, bias, .identity, geometry, outputPadding).mapped(function)
  }
  return convolveTransposed(x, weight, bias, activation, geometry, outputPadding)
}

private func convolveTransposed(
  _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ activation: Activation,
  _ geometry: ConvolutionGeometry, _ outputPadding: Extent
) -> Tensor {
  let size = geometry.window.size(of: Extent(of: x), extra: outputPadding)
  precondition(
    size.height > 0 && size.width > 0,
    "transposedConvolution: \(x.shape) with kernels \(weight.shape) leaves \(size) pixels")
  let backend = weight.backend
  let (u, w) = (backend.arrangedForConvolution(x.detached()), weight.detached())
  let y = backend.transposedConvolution(u, w, bias?.detached(), activation, geometry, size: size)
  let kept = activation == .relu ? y : nil
  return .recorded(
    bias.map { [x, weight, $0] } ?? [x, weight], y, operation: "transposedConvolution"
  ) { dy, into in
    let wantsBias = bias != nil && into.wants(2)
    let (ds, dbias) = backend.convolutionResultGradient(dy, relu: kept, wantsBias: wantsBias)
    if into.wants(0) { into.add(0, backend.convolution(ds, w, nil, .identity, geometry)) }
    // What a convolution's image is, is the gradient here, and the other way round.
    if into.wants(1) { into.add(1, backend.convolutionWeightGradient(ds, u, geometry)) }
    if let dbias { into.add(2, dbias) }
  }
}

private func check(
  _ name: String, _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ groups: Int
) {
  precondition(
    x.shape.rank == 4 && weight.shape.rank == 4 && groups > 0,
    "\(name): images \(x.shape), kernels \(weight.shape), \(groups) groups")
}

extension Tensor? {
  /// The shape, for messages.
  fileprivate var text: String { map { "\($0.shape)" } ?? "none" }
}
