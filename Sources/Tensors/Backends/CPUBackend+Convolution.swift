import CKernels

// Convolutions as sums of products over taps; see CPUBackend+Pixels for how images lie.

extension CPUBackend {
  /// Multiplications that make up one block of a convolution: tens of microseconds.
  private static let convolutionWork = 1 << 19
  /// The fewest blocks that keep all threads busy, and the fewest images worth a block.
  static let fewestBlocks = 16
  private static let fewestImages = 28

  package func convolution(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ activation: Activation,
    _ geometry: ConvolutionGeometry
  ) -> Tensor {
    let size = geometry.window.results(of: Extent(of: x))
    let sight = Sight.ofResults(geometry, over: Extent(of: x))
    let kernels = weight.split(0, geometry.groups)  // [G, O / G, C / G, h, w]
    return convolution(x, kernels, bias, activation, sight, size)
  }

  package func transposedConvolution(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ activation: Activation,
    _ geometry: ConvolutionGeometry, size: Extent
  ) -> Tensor {
    let sight = Sight.ofImage(geometry, size: size, results: Extent(of: x))
    let kernels = weight.split(0, geometry.groups).transposed(1, 2)  // [G, C / G, O / G, h, w]
    return convolution(x, kernels, bias, activation, sight, size)
  }

  /// Returns act(Σ x W + b) of `size`, whose pixels see x's as `sight` says. weight: [G, outputs / G,
  /// inputs / G, kernel height, kernel width], with any strides.
  private func convolution(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ activation: Activation, _ sight: Sight,
    _ size: Extent
  ) -> Tensor {
    precondition(activation != .gelu, "convolution: no kernel has \(activation)")
    let (groups, groupOutputs, groupInputs) = (weight.shape[0], weight.shape[1], weight.shape[2])
    let (outputs, taps) = (groups * groupOutputs, weight.shape[3] * weight.shape[4])
    let shape: Shape = [x.shape[0], outputs, size.height, size.width]
    let (weight, bias) = (widened(weight), bias.map { padded($0) })
    let relu: Int32 = activation == .relu ? 1 : 0
    if groups > 1 && groupOutputs == 1 && groupInputs == 1 {
      return depthwise(x, weight, bias, relu, sight, shape)
    }
    // What a vector for each pixel and tap that it sees takes, against one for every tap of x.
    let few = rounded(taps * outputs) * x.shape[2] * x.shape[3]
    if groups == 1 && outputs < CPUBackend.fewChannels && few <= 16 * sight.pairs {
      return fewOutputs(pixels(x), weight, bias, relu, sight, shape)
    }
    let x = pixels(x)
    let y = makePixels(shape)
    let matrices = tapMatrices(weight)
    let (source, target) = (x.kernel(self), mutableFloats(y))
    blocks(size.count, x.batch, x.batch * taps * groupInputs * outputs) { block, images in
      sight.withKernel { window in
        withUnsafePointer(to: source) {
          ck_convolution_f32(
            window, $0, groups, outputs, floats(matrices), bias.map { floats($0) }, relu, target,
            block.lowerBound, block.count, images.lowerBound, images.count)
        }
      }
    }
    extendLifetime((x, bias, matrices))
    return outputs < CPUBackend.fewChannels ? y.contiguous() : y
  }

  /// A convolution in which each channel has a kernel of its own.
  private func depthwise(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ relu: Int32, _ sight: Sight, _ shape: Shape
  ) -> Tensor {
    let (channels, taps) = (weight.shape[0], weight.shape[3] * weight.shape[4])
    let factors = copy(weight.reshaped([channels, taps]).transposed())  // [taps, C]
    let x = Pixels(ordered: pixelOrdered(x))
    let y = makePixels(shape)
    let (source, target) = (x.kernel(self), mutableFloats(y))
    parallel(blocksOf: rowsPerBlock(taps * x.batch * channels), in: shape[2] * shape[3]) { block in
      sight.withKernel { window in
        withUnsafePointer(to: source) {
          ck_depthwise_f32(
            window, $0, floats(factors), bias.map { floats($0) }, relu, target, block.lowerBound,
            block.count)
        }
      }
    }
    extendLifetime((x, bias, factors))
    return channels < CPUBackend.fewChannels ? y.contiguous() : y
  }

  /// A convolution with few output channels: products with all taps at once, then sums of what falls on
  /// the same pixel.
  private func fewOutputs(
    _ x: Pixels, _ weight: Tensor, _ bias: Tensor?, _ relu: Int32, _ sight: Sight, _ shape: Shape
  ) -> Tensor {
    let (outputs, inputs) = (weight.shape[1], weight.shape[2])
    let taps = weight.shape[3] * weight.shape[4]
    let (columns, width) = (taps * outputs, rounded(taps * outputs))
    // [C, taps, O], rows of `width`
    var matrix = full([inputs, width], 0)
    copy(
      weight, into: &matrix,
      at: Layout(
        shape: weight.shape,
        strides: [0, 1, width, weight.shape[4] * outputs, outputs], offset: 0))
    let products = scratch(x.size.count * columns * x.batch)
    let memory = scratch(Int(ck_thread_limit()) * x.batch * width)
    let (source, own, z) = (x.kernel(self), mutableFloats(memory), mutableFloats(products))
    parallel(
      blocksOf: max(1, CPUBackend.convolutionWork / (x.batch * inputs * width + 1)),
      in: x.size.count
    ) { block in
      withUnsafePointer(to: source) {
        ck_tap_products_f32(
          $0, floats(matrix), columns, z, block.lowerBound, block.count,
          own + Int(ck_thread_index()) * x.batch * width)
      }
    }
    let y = make([shape[2], shape[3], outputs, x.batch])
    let target = mutableFloats(y)
    parallel(blocksOf: rowsPerBlock(taps * x.batch * outputs), in: shape[2] * shape[3]) { block in
      sight.withKernel { window in
        ck_tap_sums_f32(
          window, x.batch, outputs, z, bias.map { floats($0) }, relu, target, block.lowerBound,
          block.count)
      }
    }
    extendLifetime((x, bias, matrix, products, memory))
    return copy(y.transposed(0, 3).transposed(1, 2).transposed(2, 3))  // [B, O, H, W]
  }

  /// Runs `body` for blocks of pixels and of images, `work` being what all images of a pixel take.
  private func blocks(
    _ pixels: Int, _ images: Int, _ work: Int, _ body: (_ pixels: Range<Int>, Range<Int>) -> Void
  ) {
    let size = max(1, CPUBackend.convolutionWork / max(1, work))
    let count = max(1, (pixels + size - 1) / size)
    let parts = max(1, min(CPUBackend.fewestBlocks / count, images / CPUBackend.fewestImages))
    let width = max(1, (images + parts - 1) / parts)
    parallel(count * parts) { index in
      let (first, image) = (index / parts * size, index % parts * width)
      body(first..<min(pixels, first + size), image..<min(images, image + width))
    }
  }

  /// Returns `weight` [G, O, C, h, w] as one matrix for each group and tap: [G, h, w, C, O rounded up].
  private func tapMatrices(_ weight: Tensor) -> Tensor {
    let (groups, outputs, inputs) = (weight.shape[0], weight.shape[1], weight.shape[2])
    let (height, width, row) = (weight.shape[3], weight.shape[4], rounded(outputs))
    let shape: Shape = [groups, height, width, inputs, row]
    var matrices = row == outputs ? make(shape) : full(shape, 0)
    let layout = matrices.layout.sliced(4, 0..<outputs)  // [G, h, w, C, O]
    copy(
      weight, into: &matrices,
      at: layout.transposed(3, 4).transposed(1, 3).transposed(2, 4))
    return matrices
  }

  /// Returns `bias` with room for reading whole vectors from any place.
  private func padded(_ bias: Tensor) -> Tensor {
    let bias = widened(bias)
    var y = full([bias.shape[0] + 15], 0)
    copy(bias, into: &y, at: y.layout.sliced(0, 0..<bias.shape[0]))
    return y
  }

  /// `n` rounded up to whole vectors.
  func rounded(_ n: Int) -> Int { (n + 15) / 16 * 16 }
}

extension Tensor {
  /// Returns `axis` of a constant split in `parts` equal parts: [… parts, size / parts …].
  func split(_ axis: Int, _ parts: Int) -> Tensor {
    var (dimensions, strides) = (shape.dimensions, layout.strides)
    dimensions[axis] /= parts
    dimensions.insert(parts, at: axis)
    strides.insert(strides[axis] * dimensions[axis + 1], at: axis)
    return view(Layout(shape: Shape(dimensions), strides: strides, offset: layout.offset))
  }
}

extension CPUBackend {
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
}
