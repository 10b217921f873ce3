import CKernels

extension CPUBackend {
  /// Channels of a weight whose gradient makes up one block.
  private static let gradientChannels = 64
  /// Enough blocks for all threads to end at about one time; each tap has sums for a few of them.
  private static let gradientBlocks = 32
  /// Fewer channels than this do not fill a product with one tap's.
  private static let channelsOfOneTap = 8

  package func arrangedForConvolution(_ x: Tensor) -> Tensor {
    x.shape[1] < CPUBackend.fewChannels ? x : pixelOrdered(x)
  }

  package func convolutionResultGradient(_ dy: Tensor, relu y: Tensor?, wantsBias: Bool) -> (
    ds: Tensor, dbias: Tensor?
  ) {
    guard y != nil || wantsBias else { return (arrangedForConvolution(dy), nil) }
    let channels = dy.shape[1]
    if y == nil && channels < CPUBackend.fewChannels {
      let planes = dy.contiguous().reshaped([dy.shape[0], channels, dy.shape[2] * dy.shape[3]])
      return (dy, reduce(.sum, reduce(.sum, planes, axis: 2), axis: 0).reshaped([channels]))
    }
    let y = y.map { pixelOrdered($0) }
    let isNarrow = (y ?? dy).dtype == .bfloat16
    let dy = pixelOrdered(dy, in: isNarrow ? .bfloat16 : .float32)
    let ds = y == nil ? dy : makePixels(dy.shape, dy.dtype)
    let dbias = make([channels])
    let rows = dy.shape[0] * dy.shape[2] * dy.shape[3]
    let size = max(64, rowsPerBlock(channels))
    let blocks = (rows + size - 1) / size
    let partial = scratch(blocks * channels)
    let (type, sums) = (dy.dtype.kernelType, mutableFloats(partial))  // [blocks, C]
    parallel(blocksOf: size, in: rows) { block in
      let first = block.lowerBound * channels
      ck_relu_backward_sums(
        type, elements(dy, first), y.map { elements($0, first) }, elements(ds, first),
        sums + block.lowerBound / size * channels, block.count, channels)
    }
    ck_sum_columns(
      DType.float32.kernelType, sums, channels, mutableFloats(dbias), blocks, channels)
    extendLifetime((dy, y, partial))
    return (ds, wantsBias ? dbias : nil)
  }

  package func convolutionWeightGradient(
    _ x: Tensor, _ dy: Tensor, _ geometry: ConvolutionGeometry
  ) -> Tensor {
    let (groups, kernel) = (geometry.groups, geometry.window.kernel)
    let (inputs, outputs) = (x.shape[1] / groups, dy.shape[1] / groups)
    let sight = Sight.ofResults(geometry, over: Extent(of: x))
    let shape: Shape = [dy.shape[1], inputs, kernel.height, kernel.width]
    if x.shape.count == 0 || dy.shape.count == 0 { return full(shape, 0) }
    if groups > 1 && inputs == 1 && outputs == 1 {
      let sums = depthwiseWeights(x, dy, sight, kernel)  // [taps, C]
      return copy(sums.transposed()).reshaped(shape)
    }
    let isNarrow =
      (x.dtype == .bfloat16 || dy.dtype == .bfloat16) && CPUBackend.multipliesBFloat16
      && x.shape[0] % 2 == 0
    let precision = isNarrow ? Precision.bfloat16 : .float32
    let (x, dy) = (pixelOrdered(x, in: precision), pixelOrdered(dy, in: precision))
    // The side whose channels fill whole vectors is read in rows, the other by single words.
    let readsResults = outputs % 16 == 0 || inputs % 16 != 0
    let sums =
      readsResults
      ? weights(x, dy, geometry, sight)  // [G, h, w, C / G, O / G]
      : weights(
        dy, x, geometry,
        Sight.ofImage(geometry, size: Extent(of: x), results: Extent(of: dy)))  // [… O / G, C / G]
    let axes = readsResults ? [0, 4, 3, 1, 2] : [0, 3, 4, 1, 2]
    return copy(sums.permuted(axes)).reshaped(shape)  // [G, O / G, C / G, h, w]
  }

  /// Returns Σ a[s]ᵀ b[q] over the pixels q of b and the pixels s of a that they see through each tap:
  /// [G, h, w, a's channels / G, b's channels / G].
  private func weights(
    _ a: Tensor, _ b: Tensor, _ geometry: ConvolutionGeometry, _ sight: Sight
  ) -> Tensor {
    let (groups, kernel) = (geometry.groups, geometry.window.kernel)
    let rows = a.shape[1] / groups
    let isFew = groups == 1 && rows < CPUBackend.channelsOfOneTap
    let left = isFew ? planarPixels(a) : imageWords(a)
    let right = imageWords(wholeVectors(b, groups))
    let columns = right.channels / groups
    let shape: Shape = [groups, kernel.height, kernel.width, rows, columns]
    let count = shape.count
    // Blocks of pixels have sums of their own where taps and channels alone make too few blocks.
    let channelBlocks =
      (rows + CPUBackend.gradientChannels - 1) / CPUBackend.gradientChannels
    let tasks = isFew ? 1 : kernel.count * channelBlocks
    let wanted = min(right.size.count, (CPUBackend.gradientBlocks + tasks - 1) / tasks)
    let size = (right.size.count + wanted - 1) / wanted
    let parts = (right.size.count + size - 1) / size
    let partial = make([parts, count])
    let (source, other, sums) = (left.kernel(self), right.kernel(self), mutableFloats(partial))
    let memory = threadScratch(isFew ? kernel.count * rows * left.images : 0)
    parallel(parts * tasks) { index in
      let first = index / tasks * size
      let pixels = min(size, right.size.count - first)
      let target = sums + index / tasks * count
      let (tap, begin) = (
        index % tasks / channelBlocks, index % tasks % channelBlocks * CPUBackend.gradientChannels
      )
      sight.withKernel { window in
        withUnsafePointer(to: source) { a in
          withUnsafePointer(to: other) { b in
            if isFew {
              ck_convolution_weights_few(window, a, b, target, first, pixels, memory.own)
            } else {
              ck_convolution_weights(
                window, a, b, groups, tap, begin, min(CPUBackend.gradientChannels, rows - begin),
                target, first, pixels)
            }
          }
        }
      }
    }
    extendLifetime((left, right, memory))
    return sumOfParts(partial).reshaped(shape).sliced(4, 0..<(b.shape[1] / groups))
  }

  /// Returns the sums of blocks [parts, n] in their order: [n].
  private func sumOfParts(_ partial: Tensor) -> Tensor {
    let (parts, count) = (partial.shape[0], partial.shape[1])
    if parts == 1 { return partial.reshaped([count]) }
    let sum = make([count])
    let (source, target, type) = (floats(partial), mutableFloats(sum), DType.float32.kernelType)
    parallel(blocksOf: 4096, in: count) { block in
      let first = block.lowerBound
      ck_sum_columns(type, source + first, count, target + first, parts, block.count)
    }
    return sum
  }

  /// Returns images in pixel order with zeros behind the channels of each group up to whole vectors.
  private func wholeVectors(_ x: Tensor, _ groups: Int) -> Tensor {
    let width = x.shape[1] / groups
    if width % 16 == 0 { return x }
    let (b, h, w) = (x.shape[0], x.shape[2], x.shape[3])
    var y = full([h, w, b, groups, rounded(width)], 0)
    let view = y.layout.sliced(4, 0..<width)  // [H, W, B, G, C / G]
    copy(
      x.takenApart(1, groups), into: &y,
      at: view.permuted([2, 3, 4, 0, 1]))
    let padded = y.view(.pixelOrder([b, groups * rounded(width), h, w]))
    return pixelOrdered(padded, in: x.dtype == .bfloat16 ? .bfloat16 : .float32)
  }

  /// Returns Σ x[s] dy[q] for each tap and channel: [taps, C].
  private func depthwiseWeights(_ x: Tensor, _ dy: Tensor, _ sight: Sight, _ kernel: Extent)
    -> Tensor
  {
    let left = imageWords(pixelOrdered(x, in: .float32))
    let right = imageWords(pixelOrdered(dy, in: .float32))
    let (channels, pixels) = (dy.shape[1], right.size.count)
    let size = max(
      rowsPerBlock(kernel.count * right.images * channels),
      (pixels + CPUBackend.gradientBlocks - 1) / CPUBackend.gradientBlocks)
    let parts = (pixels + size - 1) / size
    let partial = full([parts, kernel.count * channels], 0)
    let (a, b, sums) = (left.kernel(self), right.kernel(self), mutableFloats(partial))
    parallel(blocksOf: size, in: pixels) { block in
      sight.withKernel { window in
        withUnsafePointer(to: a) { a in
          withUnsafePointer(to: b) { b in
            ck_depthwise_weights_f32(
              window, a, b, sums + block.lowerBound / size * kernel.count * channels,
              block.lowerBound, block.count)
          }
        }
      }
    }
    extendLifetime((left, right))
    return sumOfParts(partial).reshaped([kernel.count, channels])
  }
}
