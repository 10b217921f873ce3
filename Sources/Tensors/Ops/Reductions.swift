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
  public func mean() -> Tensor { sum() / Float(max(1, shape.count)) }

  /// Returns the sum along `axis`, which keeps size 1. dx = dy for each element along the axis.
  public func sum(_ axis: Int) -> Tensor {
    let old = shape
    return .recorded([self], backend.reduce(.sum, detached(), axis: axis)) { dy, into in
      into.add(0, dy.view(dy.layout.broadcast(to: old)))
    }
  }

  /// Returns for each row along the last axis the index of its largest element, the first of equals.
  public func argMax() -> Tensor { backend.argMax(detached()) }

  /// Returns log softmax along the last axis. dx = dy − softmax(x) · Σ dy.
  public func logSoftmax() -> Tensor {
    let y = backend.logSoftmax(detached())
    return .recorded([self], y) { dy, into in into.add(0, dy - y.exp() * dy.sum(-1)) }
  }
}
