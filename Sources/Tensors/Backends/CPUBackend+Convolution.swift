import CKernels

// Convolutions as sums of products over taps; see CPUBackend+Pixels for how images lie.

extension CPUBackend {
  /// Multiplications that make up one block of a convolution: tens of microseconds.
  private static let convolutionWork = 1 << 19
  /// Enough blocks for all threads to end at about one time, and the fewest images worth a block.
  static let enoughBlocks = 64
  private static let fewestImages = 28

  package func convolution(_ x: Tensor, _ weight: Tensor, _ geometry: ConvolutionGeometry)
    -> Tensor
  {
    convolution(x, weight, nil, .identity, geometry)
  }

  package func transposedConvolution(
    _ dy: Tensor, _ weight: Tensor, _ geometry: ConvolutionGeometry, size: Extent
  ) -> Tensor {
    transposedConvolution(dy, weight, nil, .identity, geometry, size: size)
  }

  package func convolution(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ activation: Activation,
    _ geometry: ConvolutionGeometry
  ) -> Tensor {
    let size = geometry.window.results(of: Extent(of: x))
    let sight = Sight.ofResults(geometry, over: Extent(of: x))
    let kernels = weight.takenApart(0, geometry.groups)  // [G, O / G, C / G, h, w]
    return convolution(x, kernels, bias, activation, sight, size)
  }

  package func transposedConvolution(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ activation: Activation,
    _ geometry: ConvolutionGeometry, size: Extent
  ) -> Tensor {
    let sight = Sight.ofImage(geometry, size: size, results: Extent(of: x))
    let kernels = weight.takenApart(0, geometry.groups).transposed(1, 2)  // [G, C / G, O / G, h, w]
    return convolution(x, kernels, bias, activation, sight, size)
  }

  /// Returns act(Σ x W + b) of `size`, whose pixels see x's as `sight` says, in bfloat16 if x or W is.
  /// weight: [G, outputs / G, inputs / G, kernel height, kernel width], with any strides.
  private func convolution(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ activation: Activation, _ sight: Sight,
    _ size: Extent
  ) -> Tensor {
    precondition(activation != .gelu, "convolution: no kernel has \(activation)")
    let (groups, groupOutputs, groupInputs) = (weight.shape[0], weight.shape[1], weight.shape[2])
    let (outputs, taps) = (groups * groupOutputs, weight.shape[3] * weight.shape[4])
    let shape: Shape = [x.shape[0], outputs, size.height, size.width]
    let isNarrow = x.dtype == .bfloat16 || weight.dtype == .bfloat16
    let x = isNarrow ? pixelOrdered(x, in: .bfloat16) : x
    let weight = isNarrow ? narrowed(weight) : weight
    let bias = bias.map { padded($0) }
    let relu: Int32 = activation == .relu ? 1 : 0
    if groups > 1 && groupOutputs == 1 && groupInputs == 1 {
      let y = depthwise(x, widened(weight), bias, relu, sight, shape)
      return finished(isNarrow ? pixelOrdered(y, in: .bfloat16) : y)
    }
    let pixels = channelWords(x, groups: groups)
    // What a vector for each pixel and tap that it sees takes, against one for every tap of x.
    let few = rounded(taps * outputs) * pixels.size.count
    if groups == 1 && outputs < CPUBackend.fewChannels && few <= 16 * sight.pairs {
      let y = fewOutputs(pixels, weight, bias, relu, sight, shape)
      return isNarrow ? narrowed(y) : y
    }
    let y = makePixels(shape, isNarrow ? .bfloat16 : .float32)
    let matrices = tapMatrices(weight, pixels.tensor.dtype)
    let (source, target, type) = (pixels.kernel(self), elements(y), y.dtype.kernelType)
    let terms = threadScratch(4 * taps)
    blocks(size.count, x.shape[0], x.shape[0] * taps * groupInputs * outputs) { block, images in
      sight.withKernel { window in
        withUnsafePointer(to: source) {
          ck_convolution(
            window, $0, groups, outputs, elements(matrices), bias.map { floats($0) }, relu, type,
            target, block.lowerBound, block.count, images.lowerBound, images.count, terms.own)
        }
      }
    }
    extendLifetime((pixels, bias, matrices, terms))
    return finished(y)
  }

  /// A convolution in which each channel has a kernel of its own, in float32.
  private func depthwise(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ relu: Int32, _ sight: Sight, _ shape: Shape
  ) -> Tensor {
    let (channels, taps) = (weight.shape[0], weight.shape[3] * weight.shape[4])
    let factors = copy(weight.reshaped([channels, taps]).transposed())  // [taps, C]
    let x = imageWords(pixelOrdered(x, in: .float32))
    let y = makePixels(shape)
    let (source, target) = (x.kernel(self), mutableFloats(y))
    parallel(blocksOf: rowsPerBlock(taps * x.images * channels), in: shape[2] * shape[3]) { block in
      sight.withKernel { window in
        withUnsafePointer(to: source) {
          ck_depthwise_f32(
            window, $0, floats(factors), bias.map { floats($0) }, relu, target, block.lowerBound,
            block.count)
        }
      }
    }
    extendLifetime((x, bias, factors))
    return y
  }

  /// A convolution with few output channels: products with all taps at once, then sums of what falls on
  /// the same pixel.
  private func fewOutputs(
    _ x: Pixels, _ weight: Tensor, _ bias: Tensor?, _ relu: Int32, _ sight: Sight, _ shape: Shape
  ) -> Tensor {
    let (batch, outputs, inputs) = (shape[0], shape[1], weight.shape[2])
    let taps = weight.shape[3] * weight.shape[4]
    let columns = taps * outputs
    // [C, (taps, O)]: the taps are outputs of a kernel with one tap.
    let joined = copy(weight.permuted([0, 3, 4, 1, 2]))  // [1, h, w, O, C]
    let matrix = tapMatrices(joined.reshaped([1, columns, inputs, 1, 1]), x.tensor.dtype)
    let products = scratch(x.size.count * columns * batch)
    let memory = threadScratch(batch * rounded(columns))
    let (source, z) = (x.kernel(self), mutableFloats(products))
    parallel(
      blocksOf: max(1, CPUBackend.convolutionWork / (batch * inputs * rounded(columns) + 1)),
      in: x.size.count
    ) { block in
      withUnsafePointer(to: source) {
        ck_tap_products(
          $0, elements(matrix), columns, z, block.lowerBound, block.count, memory.own)
      }
    }
    let y = make([shape[2], shape[3], outputs, batch])
    let target = mutableFloats(y)
    parallel(blocksOf: rowsPerBlock(columns * batch), in: shape[2] * shape[3]) { block in
      sight.withKernel { window in
        ck_tap_sums_f32(
          window, batch, outputs, z, bias.map { floats($0) }, relu, target, block.lowerBound,
          block.count)
      }
    }
    extendLifetime((x, bias, matrix, products, memory))
    return copy(y.permuted([3, 2, 0, 1]))  // [B, O, H, W]
  }

  /// Runs `body` for blocks of pixels and of images, `work` being what all images of a pixel take.
  private func blocks(
    _ pixels: Int, _ images: Int, _ work: Int, _ body: (_ pixels: Range<Int>, Range<Int>) -> Void
  ) {
    let enough = CPUBackend.enoughBlocks
    let size = max(1, min(CPUBackend.convolutionWork / max(1, work), pixels / enough))
    let count = max(1, (pixels + size - 1) / size)
    let parts = max(1, min((enough + count - 1) / count, images / CPUBackend.fewestImages))
    let width = max(1, (images + parts - 1) / parts)
    parallel(count * parts) { index in
      let (first, image) = (index / parts * size, index % parts * width)
      body(first..<min(pixels, first + size), image..<min(images, image + width))
    }
  }

  /// Returns `weight` [G, O, C, h, w] as one matrix of words of `dtype` along C for each group and tap:
  /// [G, h · w, words, O rounded up].
  private func tapMatrices(_ weight: Tensor, _ dtype: DType) -> Tensor {
    let weight = dtype == .bfloat16 ? narrowed(weight) : widened(weight)
    let (groups, outputs, inputs) = (weight.shape[0], weight.shape[1], weight.shape[2])
    let taps = weight.shape[3] * weight.shape[4]
    // Taps follow each other in every kernel that is a parameter.
    let strides = weight.layout.strides
    let (source, step) =
      weight.shape[3] == 1 || strides[3] == strides[4] * weight.shape[4]
      ? (weight, strides) : (weight.contiguous(), Layout(contiguous: weight.shape).strides)
    let numbers = dtype == .bfloat16 ? 2 : 1
    let words = (inputs + numbers - 1) / numbers
    let group = taps * words * rounded(outputs)
    let matrices = make([groups, group, numbers], dtype)
    parallel(blocksOf: max(1, 4096 / max(1, words * outputs)), in: groups * taps) { block in
      for index in block {
        let (g, tap) = (index / taps, index % taps)
        ck_tap_matrices(
          dtype.kernelType, elements(source, g * step[0]), outputs, inputs, step[1], step[2],
          step[4], elements(matrices, g * group * numbers), tap, 1)
      }
    }
    extendLifetime(source)
    return matrices
  }

  /// Returns `bias` with room for reading whole vectors from any place.
  private func padded(_ bias: Tensor) -> Tensor {
    var y = full([bias.shape[0] + 15], 0)
    copy(bias, into: &y, at: y.layout.sliced(0, 0..<bias.shape[0]))
    return y
  }

  /// `n` rounded up to whole vectors.
  func rounded(_ n: Int) -> Int { (n + 15) / 16 * 16 }

  /// Returns `count` floats of scratch memory for each thread.
  func threadScratch(_ count: Int) -> ThreadScratch {
    let count = rounded(count)
    let memory = scratch(Int(ck_thread_limit()) * count)
    return ThreadScratch(memory: memory, start: mutableFloats(memory), count: count)
  }
}

/// Scratch memory with a part for each thread; valid while it is held.
struct ThreadScratch {
  fileprivate let memory: Tensor
  fileprivate let start: UnsafeMutablePointer<Float>
  fileprivate let count: Int

  /// The part of the thread that asks.
  var own: UnsafeMutablePointer<Float> { start + Int(ck_thread_index()) * count }
}

extension Tensor {
  /// Returns `axis` of a constant taken apart in `parts` equal parts: [… parts, size / parts …].
  func takenApart(_ axis: Int, _ parts: Int) -> Tensor {
    var (dimensions, strides) = (shape.dimensions, layout.strides)
    dimensions[axis] /= parts
    dimensions.insert(parts, at: axis)
    strides.insert(strides[axis] * dimensions[axis + 1], at: axis)
    return view(Layout(shape: Shape(dimensions), strides: strides, offset: layout.offset))
  }
}
