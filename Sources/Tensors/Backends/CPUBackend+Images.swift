import CKernels

// Pools and changes of size, on images in pixel order; see CPUBackend+Pixels.

extension CPUBackend {
  package func resample(_ x: Tensor, rows: Mixture, columns: Mixture) -> Tensor {
    let (b, c) = (x.shape[0], x.shape[1])
    let size = Extent(rows.terms.count, columns.terms.count)
    let source = pixelOrdered(x)
    let y = makePixels([b, c, size.height, size.width], x.dtype)
    let work = b * c * max(1, rows.mostTerms * columns.mostTerms)
    rows.withKernel { rows in
      columns.withKernel { columns in
        parallel(blocksOf: rowsPerBlock(work), in: size.count) { block in
          ck_resample(
            x.dtype.kernelType, rows, columns, size.width, x.shape[3], b * c, elements(source),
            elements(y), block.lowerBound, block.count)
        }
      }
    }
    extendLifetime(source)
    return finished(y)
  }

  package func maxPool(_ x: Tensor, _ window: Window) -> (values: Tensor, switches: Tensor) {
    let size = window.results(of: Extent(of: x))
    let (b, c) = (x.shape[0], x.shape[1])
    let source = pixelOrdered(x, in: .float32)
    let shape: Shape = [b, c, size.height, size.width]
    let (values, switches) = (makePixels(shape), makePixels(shape, .int32))
    let sight = Sight.ofResults(ConvolutionGeometry(window), over: Extent(of: x))
    let (target, places) = (mutableFloats(values), mutableIntegers(switches))
    parallel(blocksOf: rowsPerBlock(b * c * window.kernel.count), in: size.count) { block in
      sight.withKernel { window in
        ck_max_pool_f32(
          window, b * c, floats(source), target, places, block.lowerBound, block.count)
      }
    }
    extendLifetime(source)
    let y = x.dtype == .bfloat16 ? pixelOrdered(values, in: .bfloat16) : values
    return (finished(y), finished(switches))
  }

  package func placed(_ x: Tensor, at switches: Tensor, in size: Extent, adding: Bool) -> Tensor {
    let (b, c) = (x.shape[0], x.shape[1])
    let (source, places) = (pixelOrdered(x, in: .float32), pixelOrdered(switches))
    let shape: Shape = [b, c, size.height, size.width]
    let y = full([shape.count], 0).view(.pixelOrder(shape))
    let target = mutableFloats(y)
    // Each block has numbers of its own of every pixel.
    let pixels = x.shape[2] * x.shape[3]
    parallel(blocksOf: max(64, rowsPerBlock(pixels)), in: b * c) { block in
      ck_place_f32(
        pixels, b * c, floats(source), integers(places), adding ? 1 : 0, target, block.lowerBound,
        block.count)
    }
    extendLifetime((source, places))
    return finished(x.dtype == .bfloat16 ? pixelOrdered(y, in: .bfloat16) : y)
  }

  package func picked(_ x: Tensor, at switches: Tensor) -> Tensor {
    let (b, c) = (switches.shape[0], switches.shape[1])
    let (source, places) = (pixelOrdered(x, in: .float32), pixelOrdered(switches))
    let y = makePixels(switches.shape)
    let target = mutableFloats(y)
    parallel(blocksOf: rowsPerBlock(b * c), in: switches.shape[2] * switches.shape[3]) { block in
      ck_pick_f32(
        b * c, floats(source), integers(places), target, block.lowerBound, block.count)
    }
    extendLifetime((source, places))
    return finished(x.dtype == .bfloat16 ? pixelOrdered(y, in: .bfloat16) : y)
  }

  /// Where the elements of a new int32 tensor begin.
  private func mutableIntegers(_ x: Tensor) -> UnsafeMutablePointer<Int32> {
    UnsafeMutablePointer(mutating: integers(x))
  }

  /// Returns a result in pixel order as it leaves the backend: contiguous if it has few channels.
  func finished(_ y: Tensor) -> Tensor {
    y.shape[1] < CPUBackend.fewChannels ? y.contiguous() : y
  }
}

extension Mixture {
  /// The most places that a result is made of.
  fileprivate var mostTerms: Int { terms.reduce(0) { max($0, $1.count) } }

  /// Calls `body` with the form that kernels take.
  fileprivate func withKernel(_ body: (UnsafePointer<ck_mixture>) -> Void) {
    var begins: [Int32] = [0]
    for terms in terms { begins.append(begins[begins.count - 1] + Int32(terms.count)) }
    let places = terms.joined().map { Int32($0.place) }
    let weights = terms.joined().map { Float($0.weight) }
    begins.withUnsafeBufferPointer { begins in
      places.withUnsafeBufferPointer { places in
        weights.withUnsafeBufferPointer { weights in
          var mixture = ck_mixture(
            begins: begins.baseAddress, places: places.baseAddress, weights: weights.baseAddress)
          body(&mixture)
        }
      }
    }
  }
}
