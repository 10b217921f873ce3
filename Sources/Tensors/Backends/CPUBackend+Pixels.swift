import CKernels

// Images in pixel order: the numbers of one pixel of all images lie together, [H, W, B, C] in memory,
// seen as [B, C, H, W]. Then every tap of a convolution and every corner of a pool is a shift by whole
// pixels: a matrix product, or a sum of long vectors, without a gap or a gather.

extension Layout {
  /// The layout of images [B, C, H, W] that lie in memory as [H, W, B, C].
  static func pixelOrder(_ shape: Shape) -> Layout {
    let (b, c, w) = (shape[0], shape[1], shape[3])
    return Layout(shape: shape, strides: [c, 1, w * b * c, b * c], offset: 0)
  }

  /// The layout of images [B, C, H, W] that lie in memory as [H, W, C, B].
  fileprivate static func planarPixelOrder(_ shape: Shape) -> Layout {
    let (b, c, w) = (shape[0], shape[1], shape[3])
    return Layout(shape: shape, strides: [1, b, w * b * c, b * c], offset: 0)
  }

  /// Whether both give each element the same place after the first; axes of size 1 have no say.
  fileprivate func agrees(with other: Layout) -> Bool {
    shape == other.shape
      && (0..<shape.rank).allSatisfy {
        shape.dimensions[$0] == 1 || strides[$0] == other.strides[$0]
      }
  }

  /// Whether images lie in pixel order.
  var isPixelOrder: Bool { agrees(with: .pixelOrder(shape)) }
}

/// The numbers of images in pixel order, as kernels take them.
struct Pixels {
  /// Holds them, [B, C, H, W].
  let tensor: Tensor
  /// H and W.
  let size: Extent
  /// How far the images of one pixel and channel are apart, and the channels of one pixel and image.
  let image: Int
  let channel: Int

  /// B.
  var batch: Int { tensor.shape[0] }
  /// C.
  var channels: Int { tensor.shape[1] }

  /// Takes a tensor in pixel order.
  init(ordered tensor: Tensor) {
    self.tensor = tensor
    size = Extent(of: tensor)
    (image, channel) = (tensor.shape[1], 1)
  }

  /// Takes a tensor in planar pixel order.
  fileprivate init(planar tensor: Tensor) {
    self.tensor = tensor
    size = Extent(of: tensor)
    (image, channel) = (1, tensor.shape[0])
  }

  /// The form that kernels take; valid while the tensor is held.
  func kernel(_ backend: CPUBackend) -> ck_pixels {
    ck_pixels(
      data: backend.floats(tensor), batch: batch, channels: channels, image: image,
      channel: channel)
  }
}

extension CPUBackend {
  /// Fewer channels than a vector has are laid out each by itself, and results of so few are contiguous.
  static let fewChannels = 16

  /// Returns images `x` [B, C, H, W] in pixel order, copying only if they do not lie so.
  func pixelOrdered(_ x: Tensor) -> Tensor {
    x.layout.isPixelOrder
      ? inMemoryOrder(x) { widened($0) } : pixels(widened(x), .pixelOrder(x.shape))
  }

  /// Returns what `function` makes of the numbers of images in pixel order one after the other, in pixel
  /// order.
  func inMemoryOrder(_ x: Tensor, _ function: (Tensor) -> Tensor) -> Tensor {
    let whole: Shape = [x.shape.count]
    let y = function(x.view(Layout(shape: whole, strides: [1], offset: x.layout.offset)))
    let layout = Layout.pixelOrder(x.shape)
    return y.view(
      Layout(shape: x.shape, strides: layout.strides, offset: y.layout.offset))
  }

  /// Returns images `x` in pixel order, planar where they have few channels and do not lie in it yet.
  func pixels(_ x: Tensor) -> Pixels {
    if x.shape[1] >= CPUBackend.fewChannels || x.layout.isPixelOrder {
      return Pixels(ordered: pixelOrdered(x))
    }
    return planarPixels(x)
  }

  /// Returns images `x` in pixel order with the channels of a pixel each by itself.
  func planarPixels(_ x: Tensor) -> Pixels {
    let x = widened(x)
    let planar = Layout.planarPixelOrder(x.shape)
    return Pixels(planar: x.layout.agrees(with: planar) ? x : pixels(x, planar))
  }

  private func pixels(_ x: Tensor, _ layout: Layout) -> Tensor {
    let y = make(x.shape)
    write(x, y, at: layout)
    return y.view(layout)
  }

  /// Returns a new tensor for images of `shape` in pixel order.
  func makePixels(_ shape: Shape) -> Tensor { make(shape).view(.pixelOrder(shape)) }
}

/// Which pixels of one image the pixels of another see through a kernel, as kernels take it.
struct Sight {
  private let tables: [Int32]  // rows, columns, live taps
  private let rows: Int
  private let width: Int
  private let seenWidth: Int
  private let kernel: Extent
  /// The number of pairs of a pixel and a tap that see something, masks apart.
  let pairs: Int

  /// The results of a window see the image of `size` that it moves over.
  static func ofResults(_ geometry: ConvolutionGeometry, over size: Extent) -> Sight {
    let window = geometry.window
    return Sight(geometry, window.results(of: size), size) { index, tap, axis in
      window.place(index, tap, axis)
    }
  }

  /// An image of `size` sees the results of a window that moves over it: place `index` contributes
  /// through tap k to result (index + padding − k · dilation) / stride.
  static func ofImage(_ geometry: ConvolutionGeometry, size: Extent, results: Extent) -> Sight {
    let window = geometry.window
    return Sight(geometry, size, results) { index, tap, axis in
      let distance = index - window.place(0, tap, axis)
      let stride = window.stride[keyPath: axis]
      return distance % stride == 0 ? distance / stride : -1
    }
  }

  private init(
    _ geometry: ConvolutionGeometry, _ size: Extent, _ seen: Extent,
    _ place: (_ index: Int, _ tap: Int, _ axis: KeyPath<Extent, Int>) -> Int
  ) {
    kernel = geometry.window.kernel
    func table(_ axis: KeyPath<Extent, Int>) -> [Int32] {
      let range = 0..<seen[keyPath: axis]
      return (0..<size[keyPath: axis]).flatMap { index in
        (0..<geometry.window.kernel[keyPath: axis]).map { tap in
          let place = place(index, tap, axis)
          return range.contains(place) ? Int32(place) : -1
        }
      }
    }
    let (rows, columns) = (table(\.height), table(\.width))
    let live = (geometry.mask?.isLive ?? []).map { Int32($0 ? 1 : 0) }
    tables =
      rows + columns + (live.isEmpty ? [Int32](repeating: 1, count: kernel.count) : live)
    self.rows = rows.count
    (width, seenWidth) = (size.width, seen.width)
    pairs = rows.filter { $0 >= 0 }.count * columns.filter { $0 >= 0 }.count
  }

  /// Calls `body` with the form that kernels take.
  func withKernel(_ body: (UnsafePointer<ck_window>) -> Void) {
    tables.withUnsafeBufferPointer { tables in
      guard let start = tables.baseAddress else { return }
      var window = ck_window(
        width: width, x_width: seenWidth, kernel_height: kernel.height,
        kernel_width: kernel.width, rows: start, columns: start + rows,
        live: start + rows + width * kernel.width)
      body(&window)
    }
  }
}
