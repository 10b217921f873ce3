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

  /// Whether images lie in pixel order.
  var isPixelOrder: Bool { agrees(with: .pixelOrder(shape)) }
}

/// The numbers of images in pixel order, as kernels take them: in words of one float32 or two bfloat16
/// along the channels or along the images.
struct Pixels {
  /// Holds the words, in any shape.
  let tensor: Tensor
  /// H and W.
  let size: Extent
  /// The words of a pixel along its images and along its channels.
  let images: Int
  let channels: Int
  /// How far those along each are apart.
  let image: Int
  let channel: Int

  /// The form that kernels take; valid while the tensor is held.
  func kernel(_ backend: CPUBackend) -> ck_pixels {
    ck_pixels(
      data: backend.elements(tensor), type: tensor.dtype.kernelType, images: images,
      channels: channels, image: image, channel: channel)
  }
}

extension CPUBackend {
  /// Fewer channels than a vector has are laid out each by itself, and results of so few are contiguous.
  static let fewChannels = 16

  /// Whether there are kernels that multiply bfloat16.
  static var multipliesBFloat16: Bool { ck_isa() >= 4 }

  /// Returns images `x` [B, C, H, W] in pixel order, copying only if they do not lie so.
  func pixelOrdered(_ x: Tensor) -> Tensor {
    x.layout.isPixelOrder ? x : arranged(x, .pixelOrder(x.shape))
  }

  /// Returns images in pixel order in another precision.
  func pixelOrdered(_ x: Tensor, in precision: Precision) -> Tensor {
    let x = pixelOrdered(x)
    if x.dtype == precision.dtype { return x }
    return inMemoryOrder([x]) { converted($0[0], to: precision) } ?? converted(x, to: precision)
  }

  /// Returns images `x` in words along channels: of bfloat16 where x is of that type, has the channels for
  /// it and the machine the instructions, else of float32.
  func channelWords(_ x: Tensor, groups: Int) -> Pixels {
    let (b, c) = (x.shape[0], x.shape[1])
    let size = Extent(of: x)
    if x.dtype == .bfloat16 && CPUBackend.multipliesBFloat16 && c >= CPUBackend.fewChannels
      && c / groups % 2 == 0
    {
      var x = pixelOrdered(x)
      if x.layout.offset % 2 != 0 { x = arranged(x, .pixelOrder(x.shape)) }
      return Pixels(
        tensor: x, size: size, images: b, channels: c / 2, image: c / 2, channel: 1)
    }
    if c >= CPUBackend.fewChannels || x.layout.isPixelOrder {
      let x = pixelOrdered(x, in: .float32)
      return Pixels(tensor: x, size: size, images: b, channels: c, image: c, channel: 1)
    }
    return planarPixels(widened(x))
  }

  /// Returns images `x` in words along images, in the type of `x`: for bfloat16, B must be even.
  func imageWords(_ x: Tensor) -> Pixels {
    let (b, c) = (x.shape[0], x.shape[1])
    let x = pixelOrdered(x)
    guard x.dtype == .bfloat16 else {
      return Pixels(tensor: x, size: Extent(of: x), images: b, channels: c, image: c, channel: 1)
    }
    let size = Extent(of: x)
    let words = make([size.count, b / 2, c, 2], .bfloat16)
    let (source, target) = (halves(x), elements(words).assumingMemoryBound(to: UInt32.self))
    parallel(blocksOf: rowsPerBlock(b * c), in: size.count) { block in
      ck_pair_images(source, b, c, target, block.lowerBound, block.count)
    }
    extendLifetime(x)
    return Pixels(tensor: words, size: size, images: b / 2, channels: c, image: c, channel: 1)
  }

  /// Returns images `x` with the channels of a pixel each by itself, in words along images, in the type of
  /// `x`: for bfloat16, B must be even.
  func planarPixels(_ x: Tensor) -> Pixels {
    let planar = Layout.planarPixelOrder(x.shape)
    let y = x.layout.agrees(with: planar) && x.layout.offset % 2 == 0 ? x : arranged(x, planar)
    let images = x.dtype == .bfloat16 ? x.shape[0] / 2 : x.shape[0]
    return Pixels(
      tensor: y, size: Extent(of: x), images: images, channels: x.shape[1], image: 1,
      channel: images)
  }

  private func arranged(_ x: Tensor, _ layout: Layout) -> Tensor {
    let y = make(x.shape, x.dtype)
    write(x, y, at: layout)
    return y.view(layout)
  }

  /// Returns a new tensor for images of `shape` in pixel order.
  func makePixels(_ shape: Shape, _ dtype: DType = .float32) -> Tensor {
    make(shape, dtype).view(.pixelOrder(shape))
  }
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
    Sight(geometry, geometry.window.results(of: size), size) { index, tap, axis in
      axis.place(index, tap)
    }
  }

  /// An image of `size` sees the results of a window that moves over it: place `index` contributes
  /// through tap k to result (index + padding − k · dilation) / stride.
  static func ofImage(_ geometry: ConvolutionGeometry, size: Extent, results: Extent) -> Sight {
    Sight(geometry, size, results) { index, tap, axis in
      let distance = index - axis.place(0, tap)
      return distance % axis.stride == 0 ? distance / axis.stride : -1
    }
  }

  private init(
    _ geometry: ConvolutionGeometry, _ size: Extent, _ seen: Extent,
    _ place: (_ index: Int, _ tap: Int, _ axis: Window.Axis) -> Int
  ) {
    let window = geometry.window
    kernel = window.kernel
    (width, seenWidth) = (size.width, seen.width)
    rows = size.height * kernel.height
    var tables: [Int32] = []
    tables.reserveCapacity(rows + size.width * kernel.width + kernel.count)
    func append(_ axis: Window.Axis, _ size: Int, _ seen: Int) -> Int {
      var count = 0
      for index in 0..<size {
        for tap in 0..<axis.taps {
          let place = place(index, tap, axis)
          let isInside = place >= 0 && place < seen
          tables.append(isInside ? Int32(place) : -1)
          if isInside { count += 1 }
        }
      }
      return count
    }
    pairs =
      append(window.rows, size.height, seen.height)
      * append(window.columns, size.width, seen.width)
    for tap in 0..<kernel.count { tables.append(geometry.mask?.isLive[tap] ?? true ? 1 : 0) }
    self.tables = tables
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
