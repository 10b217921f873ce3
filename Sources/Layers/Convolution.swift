import SeqaeFiles
import SeqaeTensors

/// A convolution of images [B, C, H, W] with its bias: PyTorch's `nn.Conv2d`, in names, shapes and first
/// values.
public struct Conv2d {
  let weight: Parameter  // W [O, C / G, h, w]
  let bias: Parameter?  // b [O]
  let stride: Extent
  let padding: Extent
  let dilation: Extent
  let groups: Int
  let mask: KernelMask?

  /// Creates a convolution; W and b are drawn uniformly from ±1 / √(C / G · h · w).
  ///
  /// - Parameters:
  ///   - inputs: C, the channels of the images.
  ///   - outputs: O, the channels of the results.
  ///   - kernel: h × w.
  ///   - stride: how far neighbouring results' windows are apart.
  ///   - padding: the rows and columns of zeros on each side.
  ///   - dilation: how far neighbouring taps are apart.
  ///   - groups: G, how many groups of channels are convolved each for itself.
  ///   - hasBias: false where a norm that follows would take it out again.
  ///   - mask: the taps that count, nil for all.
  ///   - scope: where W and b are registered, as `weight` and `bias`.
  /// - Throws: a `Failure` where a checkpoint lacks a parameter or holds it in another shape.
  public init(
    _ inputs: Int, _ outputs: Int, kernel: Extent, stride: Extent = 1, padding: Extent = 0,
    dilation: Extent = 1, groups: Int = 1, hasBias: Bool = true, mask: KernelMask? = nil,
    in scope: Scope
  ) throws(Failure) {
    precondition(
      inputs % groups == 0 && outputs % groups == 0,
      "convolution: \(inputs) channels to \(outputs) in \(groups) groups")
    let shape: Shape = [outputs, inputs / groups, kernel.height, kernel.width]
    (weight, bias) = try scope.kernel(shape, outputs: hasBias ? outputs : nil)
    (self.stride, self.padding, self.dilation) = (stride, padding, dilation)
    (self.groups, self.mask) = (groups, mask)
  }

  /// Returns act(W ∗ x + b) for x [B, C, H, W]: [B, O, H′, W′].
  public func callAsFunction(_ x: Tensor, activation: Activation = .identity) -> Tensor {
    convolution(
      x, weight.tensor, bias?.tensor, stride: stride, padding: padding, dilation: dilation,
      groups: groups, mask: mask, activation: activation)
  }
}

/// A transposed convolution of images [B, C, H, W] with its bias: PyTorch's `nn.ConvTranspose2d`, in names,
/// shapes and first values.
public struct ConvTranspose2d {
  let weight: Parameter  // W [C, O / G, h, w]
  let bias: Parameter?  // b [O]
  let stride: Extent
  let padding: Extent
  let outputPadding: Extent
  let dilation: Extent
  let groups: Int

  /// Creates a transposed convolution; W and b are drawn uniformly from ±1 / √(O / G · h · w).
  ///
  /// - Parameters:
  ///   - inputs: C, the channels of the images.
  ///   - outputs: O, the channels of the results.
  ///   - kernel: h × w.
  ///   - stride: how far neighbours' contributions are apart.
  ///   - padding: the rows and columns cut off on each side.
  ///   - outputPadding: rows and columns added at the end.
  ///   - dilation: how far neighbouring taps are apart.
  ///   - groups: G, how many groups of channels are convolved each for itself.
  ///   - hasBias: false where a norm that follows would take it out again.
  ///   - scope: where W and b are registered, as `weight` and `bias`.
  /// - Throws: a `Failure` where a checkpoint lacks a parameter or holds it in another shape.
  public init(
    _ inputs: Int, _ outputs: Int, kernel: Extent, stride: Extent = 1, padding: Extent = 0,
    outputPadding: Extent = 0, dilation: Extent = 1, groups: Int = 1, hasBias: Bool = true,
    in scope: Scope
  ) throws(Failure) {
    precondition(
      inputs % groups == 0 && outputs % groups == 0,
      "transposed convolution: \(inputs) channels to \(outputs) in \(groups) groups")
    let shape: Shape = [inputs, outputs / groups, kernel.height, kernel.width]
    (weight, bias) = try scope.kernel(shape, outputs: hasBias ? outputs : nil)
    (self.stride, self.padding, self.dilation) = (stride, padding, dilation)
    (self.outputPadding, self.groups) = (outputPadding, groups)
  }

  /// Returns act(Wᵀ ∗ x + b) for x [B, C, H, W]: [B, O, H′, W′].
  public func callAsFunction(_ x: Tensor, activation: Activation = .identity) -> Tensor {
    transposedConvolution(
      x, weight.tensor, bias?.tensor, stride: stride, padding: padding,
      outputPadding: outputPadding, dilation: dilation, groups: groups, activation: activation)
  }
}

/// A convolution that keeps the size of images and sees only what lies before a pixel in raster order.
///
/// Van den Oord, Kalchbrenner & Kavukcuoglu 2016, *Pixel Recurrent Neural Networks*, §3.4.
public struct MaskedConv2d {
  /// Whether the pixel itself is seen.
  public enum Mask: Sendable {
    /// It is not: a first layer predicts it.
    case a
    /// It is: what layers after the first see of it is already made of those before it.
    case b
  }

  let convolution: Conv2d

  /// Creates a convolution with `mask` and zeros around the images, by a kernel of odd height and width.
  public init(_ inputs: Int, _ outputs: Int, kernel: Extent, mask: Mask, in scope: Scope)
    throws(Failure)
  {
    precondition(
      kernel.height % 2 == 1 && kernel.width % 2 == 1,
      "masked convolution: a kernel of \(kernel) has no centre")
    convolution = try Conv2d(
      inputs, outputs, kernel: kernel, padding: Extent(kernel.height / 2, kernel.width / 2),
      mask: mask == .a ? .a(kernel) : .b(kernel), in: scope)
  }

  /// Returns act(W ∗ x + b) for x [B, C, H, W]: [B, O, H, W].
  public func callAsFunction(_ x: Tensor, activation: Activation = .identity) -> Tensor {
    convolution(x, activation: activation)
  }
}

extension Scope {
  /// Makes `weight` of `shape`, and `bias` if there are outputs for it, both drawn as PyTorch does.
  fileprivate func kernel(_ shape: Shape, outputs: Int?) throws(Failure) -> (Parameter, Parameter?)
  {
    let fanIn = shape.dimensions.dropFirst().reduce(1, *)
    let bound = 1 / Float(max(1, fanIn)).squareRoot()
    let weight = try parameter("weight", shape, .uniform(bound: bound))
    guard let outputs else { return (weight, nil) }
    return (weight, try parameter("bias", [outputs], .uniform(bound: bound)))
  }
}
