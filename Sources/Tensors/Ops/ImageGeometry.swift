/// A size or a step along the two axes of an image; a literal is both: `let stride: Extent = 2`.
public struct Extent: Hashable, Sendable, ExpressibleByIntegerLiteral, CustomStringConvertible {
  /// Along the rows' axis, downwards.
  public let height: Int
  /// Along a row.
  public let width: Int

  /// Creates an extent.
  public init(_ height: Int, _ width: Int) {
    self.height = height
    self.width = width
  }

  /// Creates an extent that is the same along both axes.
  public init(integerLiteral value: Int) { self.init(value, value) }

  public var description: String { "\(height) × \(width)" }

  /// The number of pixels.
  package var count: Int { height * width }

  /// The sizes of images `x` [B, C, H, W].
  package init(of x: Tensor) { self.init(x.shape[-2], x.shape[-1]) }
}

/// The taps of a kernel that count: the others' weights are as good as zero, and are not multiplied.
///
/// Van den Oord, Kalchbrenner & Kavukcuoglu 2016, *Pixel Recurrent Neural Networks*, §3.4.
public struct KernelMask: Equatable, Sendable {
  /// The size of the kernel.
  public let kernel: Extent
  /// Whether each tap counts, row by row.
  package let isLive: [Bool]

  /// Creates a mask of `isLive` for each tap, row by row.
  public init(_ isLive: [Bool], kernel: Extent) {
    precondition(isLive.count == kernel.count, "mask: \(isLive.count) taps for \(kernel)")
    self.kernel = kernel
    self.isLive = isLive
  }

  /// Mask A: the taps before the centre in raster order, for a first layer, which must not see the
  /// pixel that is to be predicted.
  public static func a(_ kernel: Extent) -> KernelMask { causal(kernel, includingCentre: false) }

  /// Mask B: those and the centre, for the layers after it.
  public static func b(_ kernel: Extent) -> KernelMask { causal(kernel, includingCentre: true) }

  private static func causal(_ kernel: Extent, includingCentre: Bool) -> KernelMask {
    let centre = kernel.height / 2 * kernel.width + kernel.width / 2
    return KernelMask(
      (0..<kernel.count).map { $0 < centre || ($0 == centre && includingCentre) }, kernel: kernel)
  }
}

/// How a kernel or a pool moves over an image.
package struct Window: Equatable, Sendable {
  /// How it moves along one axis.
  package struct Axis: Equatable, Sendable {
    /// The taps.
    package let taps: Int
    /// How far neighbouring results' windows are apart.
    package let stride: Int
    /// How far the first window begins before the image.
    package let padding: Int
    /// How far neighbouring taps are apart.
    package let dilation: Int

    /// How far a window reaches: d (k − 1) + 1.
    private var reach: Int { dilation * (taps - 1) + 1 }

    /// How many windows fit: ⌊(size + 2 p − d (k − 1) − 1) / s⌋ + 1.
    package func results(of size: Int) -> Int {
      let room = size + 2 * padding - reach
      precondition(room >= 0, "a window of \(reach), padding \(padding), on an image of \(size)")
      return room / stride + 1
    }

    /// The size of which `results` are the results, `extra` larger than the least such size:
    /// (results − 1) s − 2 p + d (k − 1) + 1 + extra.
    package func size(of results: Int, extra: Int) -> Int {
      (results - 1) * stride - 2 * padding + reach + extra
    }

    /// The place that tap `tap` of result `index` sees, which may lie outside the image.
    package func place(_ index: Int, _ tap: Int) -> Int {
      index * stride + tap * dilation - padding
    }
  }

  /// Downwards.
  package let rows: Axis
  /// Along a row.
  package let columns: Axis
  /// The taps along both.
  package var kernel: Extent { Extent(rows.taps, columns.taps) }

  /// Creates a window.
  package init(_ kernel: Extent, stride: Extent, padding: Extent, dilation: Extent) {
    precondition(
      kernel.height > 0 && kernel.width > 0 && stride.height > 0 && stride.width > 0
        && padding.height >= 0 && padding.width >= 0 && dilation.height > 0 && dilation.width > 0,
      "window: kernel \(kernel), stride \(stride), padding \(padding), dilation \(dilation)")
    rows = Axis(
      taps: kernel.height, stride: stride.height, padding: padding.height, dilation: dilation.height
    )
    columns = Axis(
      taps: kernel.width, stride: stride.width, padding: padding.width, dilation: dilation.width)
  }

  /// How many windows fit in an image of `size`.
  package func results(of size: Extent) -> Extent {
    Extent(rows.results(of: size.height), columns.results(of: size.width))
  }

  /// The size of which `results` are the results, `extra` larger than the least such size.
  package func size(of results: Extent, extra: Extent) -> Extent {
    Extent(
      rows.size(of: results.height, extra: extra.height),
      columns.size(of: results.width, extra: extra.width))
  }
}

/// What a convolution does besides its numbers.
package struct ConvolutionGeometry: Equatable, Sendable {
  /// How the kernel moves.
  package let window: Window
  /// How many groups of channels are convolved each for itself.
  package let groups: Int
  /// The taps that count, nil for all.
  package let mask: KernelMask?

  /// Creates a geometry.
  package init(_ window: Window, groups: Int = 1, mask: KernelMask? = nil) {
    precondition(
      mask.map { $0.kernel == window.kernel } ?? true,
      "a mask of \(mask.map { "\($0.kernel)" } ?? "") for a kernel of \(window.kernel)")
    self.window = window
    self.groups = groups
    self.mask = mask
  }
}
