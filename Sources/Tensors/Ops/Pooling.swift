/// Returns the largest element of each window of images, and its place, by which `maxUnpool` puts it back.
///
/// dx at each place is the sum of dy over the windows whose maximum it is.
///
/// - Parameters:
///   - x: images [B, C, H, W].
///   - kernel: the size of the windows.
///   - stride: how far neighbouring windows are apart; the kernel's size if nil.
///   - padding: how far the first window begins before the image; what lies outside is never largest.
///   - dilation: how far neighbouring places of a window are apart.
/// - Returns: the maxima [B, C, H′, W′], H′ = ⌊(H + 2p − d(h − 1) − 1) / s⌋ + 1, and as switches, int32, the
///   place row · W + column in the image of each, the first of equals.
public func maxPool(
  _ x: Tensor, kernel: Extent, stride: Extent? = nil, padding: Extent = 0, dilation: Extent = 1
) -> (values: Tensor, switches: Tensor) {
  precondition(x.shape.rank == 4, "maxPool: images \(x.shape)")
  let window = Window(kernel, stride: stride ?? kernel, padding: padding, dilation: dilation)
  let size = Extent(of: x)
  let (values, switches) = x.backend.maxPool(x.detached(), window)
  let y = Tensor.recorded([x], values) { dy, into in
    into.add(0, dy.backend.placed(dy, at: switches, in: size, adding: true))
  }
  return (y, switches)
}

/// Returns images with each value at its place and zeros elsewhere: the reverse of `maxPool`.
///
/// Zeiler & Fergus 2014, *Visualizing and Understanding Convolutional Networks*, §2.1. Where windows
/// overlap and name one place, the last of their values, in raster order, lies there. dx = dy at the place
/// of each value that lies there, else 0.
///
/// - Parameters:
///   - x: values [B, C, H, W].
///   - switches: their places, row · width + column, as `maxPool` gives them; int32, of the shape of x.
///   - size: of the images returned.
/// - Returns: [B, C, size].
public func maxUnpool(_ x: Tensor, switches: Tensor, to size: Extent) -> Tensor {
  precondition(
    x.shape.rank == 4 && switches.shape == x.shape && switches.dtype == .int32,
    "maxUnpool: values \(x.shape) by switches \(switches.shape) \(switches.dtype)")
  let backend = x.backend
  let y = backend.placed(x.detached(), at: switches, in: size, adding: false)
  return .recorded([x], y) { dy, into in
    into.add(0, backend.picked(dy, at: switches) * winners(switches, size))
  }
}

/// Returns 1 where a value is the last that names its place, else 0.
private func winners(_ switches: Tensor, _ size: Extent) -> Tensor {
  let backend = switches.backend
  let plane = switches.shape[2] * switches.shape[3]
  let numbers = backend.upload(
    (0..<plane).map { Float($0) }, [1, 1, switches.shape[2], switches.shape[3]])
  let all = numbers.view(numbers.layout.broadcast(to: switches.shape))
  let owners = backend.placed(all, at: switches, in: size, adding: false)
  return backend.zip(.equal, backend.picked(owners, at: switches), all)
}

/// Returns the mean of each window of images. dx is dy of each window, divided by what the window's sum was,
/// summed over the windows.
///
/// - Parameters:
///   - x: images [B, C, H, W].
///   - kernel: the size of the windows.
///   - stride: how far neighbouring windows are apart; the kernel's size if nil.
///   - padding: the rows and columns of zeros on each side.
///   - countsPadding: whether a window that reaches into the padding is divided by its whole size, or by
///     what of it lies inside the image.
/// - Returns: [B, C, H′, W′], H′ = ⌊(H + 2p − h) / s⌋ + 1.
public func averagePool(
  _ x: Tensor, kernel: Extent, stride: Extent? = nil, padding: Extent = 0,
  countsPadding: Bool = true
) -> Tensor {
  precondition(x.shape.rank == 4, "averagePool: images \(x.shape)")
  let window = Window(kernel, stride: stride ?? kernel, padding: padding, dilation: 1)
  return resampled(
    x, rows: window.rows.means(of: x.shape[2], countsPadding: countsPadding),
    columns: window.columns.means(of: x.shape[3], countsPadding: countsPadding))
}

extension Window.Axis {
  /// The mixture that makes the mean of each window along an axis of `size`.
  fileprivate func means(of size: Int, countsPadding: Bool) -> Mixture {
    let terms = (0..<results(of: size)).map { index in
      let places = (0..<taps).map { place(index, $0) }.filter { (0..<size).contains($0) }
      let weight = 1 / Double(countsPadding ? taps : places.count)
      return places.map { Mixture.Term(place: $0, weight: weight) }
    }
    return Mixture(size, terms)
  }
}
