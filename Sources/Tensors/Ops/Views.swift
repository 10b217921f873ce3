// Operations that only look at the same elements differently.

extension Tensor {
  /// Returns the elements in row-major order under another shape of the same count. dx has the old shape.
  public func reshaped(_ shape: Shape) -> Tensor {
    let layout = self.layout.reshaped(to: shape)
    let y = layout.map { view($0) } ?? contiguous().reshapedContiguous(shape)
    let old = self.shape
    return .recorded([self], y) { dy, into in into.add(0, dy.reshaped(old)) }
  }

  private func reshapedContiguous(_ shape: Shape) -> Tensor {
    view(
      Layout(
        shape: shape, strides: Layout(contiguous: shape).strides, offset: self.layout.offset))
  }

  /// Returns the tensor with two axes exchanged, the last two unless said otherwise. dx = dyᵀ.
  public func transposed(_ first: Int = -2, _ second: Int = -1) -> Tensor {
    .recorded([self], view(layout.transposed(first, second))) { dy, into in
      into.add(0, dy.transposed(first, second))
    }
  }

  /// Returns positions `range` along `axis`. dx is dy there and 0 elsewhere.
  public func sliced(_ axis: Int, _ range: Range<Int>) -> Tensor {
    let old = shape
    let window = layout.sliced(axis, range)
    return .recorded([self], view(window)) { dy, into in
      into.addPart(0, old, at: Layout(contiguous: old).sliced(axis, range), dy)
    }
  }

  /// Returns the tensor whose axis i is axis `axes[i]` of this one. dx = dy in the old order.
  public func permuted(_ axes: [Int]) -> Tensor {
    let order = axes.map { shape.normalized($0) }
    return .recorded([self], view(layout.permuted(axes))) { dy, into in
      into.add(0, dy.permuted(order.indices.map { axis in order.firstIndex(of: axis) ?? axis }))
    }
  }

  /// Returns the tensor stretched to `shape` by repeating axes of size 1, without a copy. dx = the sum of
  /// dy over what was repeated.
  public func broadcast(to shape: Shape) -> Tensor {
    let old = self.shape
    return .recorded([self], view(layout.broadcast(to: shape))) { dy, into in
      into.add(0, dy.summed(to: old))
    }
  }
}
