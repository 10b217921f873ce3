extension Tensor {
  /// Returns the sum of all elements, a scalar. dx = dy for each element.
  public func sum() -> Tensor {
    let x = detached()
    let total = backend.reduce(.sum, x.reshaped([x.shape.count]), axis: 0).reshaped([])
    return .recorded([self], total) { dy, into in
      into.add(0, dy.view(dy.layout.broadcast(to: x.shape)))
    }
  }

  /// Returns the mean of all elements, a scalar.
  public func mean() -> Tensor { sum() / Float(Swift.max(1, shape.count)) }

  /// Returns the sum along `axis`, which keeps size 1. dx = dy for each element along the axis.
  public func sum(_ axis: Int) -> Tensor { sum([axis]) }

  /// Returns the sum along `axes`, which keep size 1. dx = dy for each element along them.
  public func sum(_ axes: [Int]) -> Tensor {
    let old = shape
    return .recorded([self], detached().summed(over: axes)) { dy, into in
      into.add(0, dy.view(dy.layout.broadcast(to: old)))
    }
  }

  /// Returns the mean along `axis`, which keeps size 1. dx = dy / count for each element along the axis.
  public func mean(_ axis: Int) -> Tensor { mean([axis]) }

  /// Returns the mean along `axes`, which keep size 1. dx = dy / count for each element along them.
  public func mean(_ axes: [Int]) -> Tensor { sum(axes) / Float(Swift.max(1, count(along: axes))) }

  /// Returns the variance along `axes`, which keep size 1: Σ (x − mean)² / (count − correction).
  /// dx = dy · 2 (x − mean) / (count − correction).
  ///
  /// - Parameters:
  ///   - axes: what is averaged over.
  ///   - correction: 1 for the unbiased estimate from a sample, 0 for the mean squared deviation.
  /// - Returns: one variance for each position along the other axes.
  public func variance(_ axes: [Int], correction: Int = 1) -> Tensor {
    let x = detached()
    let count = count(along: axes)
    precondition(
      count > correction, "variance: \(count) elements, correction \(correction): \(shape)")
    let mean = backend.affine(x.summed(over: axes), scale: 1 / Double(count), shift: 0)
    let deviations = x - mean
    let share = 1 / Double(count - correction)
    let squares = backend.map(.square, deviations).summed(over: axes)
    let y = backend.affine(squares, scale: share, shift: 0)
    return .recorded([self], y) { dy, into in
      into.add(0, deviations * dy.backend.affine(dy, scale: 2 * share, shift: 0))
    }
  }

  /// Returns the largest element along `axis`, which keeps size 1. dx = dy at it, shared evenly by equals.
  public func max(_ axis: Int) -> Tensor {
    let x = detached()
    let y = backend.reduce(.maximum, x, axis: axis)
    return .recorded([self], y) { dy, into in
      let backend = dy.backend
      let isLargest = backend.zip(.equal, x, y)
      into.add(0, isLargest * (dy / backend.reduce(.sum, isLargest, axis: axis)))
    }
  }

  /// Returns the smallest element along `axis`, which keeps size 1. dx = dy at it, shared evenly by
  /// equals.
  public func min(_ axis: Int) -> Tensor { 0 - (0 - self).max(axis) }

  /// Returns the Euclidean norm √Σ x² along `axis`, which keeps size 1. dx = dy · x / y, 0 where y is.
  public func norm(_ axis: Int = -1) -> Tensor {
    let x = detached()
    let y = x.norms(axis)
    return .recorded([self], y) { dy, into in
      let divisor = dy.backend.zip(.maximum, y, y.number(.leastNormalMagnitude))
      into.add(0, x * (dy / divisor))
    }
  }

  /// Returns x / max(‖x‖, ε) along the last axis: rows of length 1. With n = max(‖x‖, ε):
  /// dx = (dy − y · Σ dy · y) / n, and dy / n where ‖x‖ < ε.
  public func normalized(epsilon: Float = 1e-12) -> Tensor {
    let norm = detached().norms(-1)
    let bounded = backend.zip(.maximum, norm, number(epsilon))
    let y = backend.zip(.divide, detached(), bounded)
    return .recorded([self], y) { dy, into in
      let backend = dy.backend
      let isLong = backend.zip(.equal, norm, bounded)
      let projection = backend.reduce(.sum, dy * y, axis: -1) * isLong
      into.add(0, (dy - y * projection) / bounded)
    }
  }

  /// Returns √Σ x² along `axis`, which keeps size 1, without a place on the tape.
  private func norms(_ axis: Int) -> Tensor {
    backend.map(.squareRoot, backend.reduce(.sum, backend.map(.square, self), axis: axis))
  }

  /// Returns for each row along the last axis the index of its largest element, the first of equals.
  public func argMax() -> Tensor { backend.argMax(detached()) }

  /// Returns softmax along `axis`: eˣ / Σ eˣ. dx = y · (dy − Σ dy · y).
  public func softmax(_ axis: Int = -1) -> Tensor {
    let y = backend.softmax(detached().transposed(axis, -1))
    return .recorded([self], y.transposed(axis, -1)) { dy, into in
      into.add(0, dy.backend.softmaxBackward(dy.transposed(axis, -1), y).transposed(axis, -1))
    }
  }

  /// Returns log softmax along `axis`: x − ln Σ eˣ. dx = dy − softmax(x) · Σ dy.
  public func logSoftmax(_ axis: Int = -1) -> Tensor {
    let y = backend.logSoftmax(detached().transposed(axis, -1))
    return .recorded([self], y.transposed(axis, -1)) { dy, into in
      into.add(0, dy.backend.logSoftmaxBackward(dy.transposed(axis, -1), y).transposed(axis, -1))
    }
  }

  /// Returns ln Σ eˣ along `axis`, which keeps size 1, without overflow. dx = dy · softmax(x).
  public func logSumExp(_ axis: Int = -1) -> Tensor {
    let x = detached().transposed(axis, -1)
    let y = backend.logSumExp(x)
    return .recorded([self], y.transposed(axis, -1)) { dy, into in
      let softmax = dy.backend.map(.exp, x - y)
      into.add(0, (dy.transposed(axis, -1) * softmax).transposed(axis, -1))
    }
  }

  /// Returns the sum along `axes`, which keep size 1. Neighbouring axes are taken as one.
  package func summed(over axes: [Int]) -> Tensor {
    var isSummed = [Bool](repeating: false, count: shape.rank)
    for axis in axes { isSummed[shape.normalized(axis)] = true }
    let wanted = zip(shape.dimensions, isSummed).map { $1 ? 1 : $0 }
    var result = self
    var end = shape.rank
    while let last = isSummed[..<end].lastIndex(of: true) {
      let first = (isSummed[..<last].lastIndex(of: false) ?? -1) + 1
      let sizes = result.shape.dimensions
      let joined = sizes[..<first] + [sizes[first...last].reduce(1, *)] + sizes[(last + 1)...]
      let sum = backend.reduce(.sum, result.reshaped(Shape(Array(joined))), axis: first)
      let ones = [Int](repeating: 1, count: last - first + 1)
      result = sum.reshaped(Shape(sizes[..<first] + ones + sizes[(last + 1)...]))
      end = first
    }
    return result.reshaped(Shape(wanted))
  }

  private func count(along axes: [Int]) -> Int {
    Set(axes.map { shape.normalized($0) }).reduce(1) { $0 * shape.dimensions[$1] }
  }
}
