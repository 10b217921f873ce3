// Operations that put tensors together, take them apart and repeat them.

/// Returns the tensors one after the other along `axis`. Each gradient is its part of dy, without a copy.
///
/// - Parameters:
///   - tensors: at least one; of equal sizes along all other axes.
///   - axis: where they are joined; negative axes count from the end.
/// - Returns: a tensor whose size along the axis is the sum of theirs.
public func concatenate(_ tensors: [Tensor], _ axis: Int = 0) -> Tensor {
  let parts = tensors.map { $0.detached() }
  let sizes = parts.map { $0.shape[axis] }
  return .recorded(tensors, joined(parts, axis)) { dy, into in
    for (index, part) in dy.parts(sizes, axis).enumerated() where into.wants(index) {
      into.add(index, part)
    }
  }
}

/// Returns the tensors along a new axis. Each gradient is its part of dy, without a copy.
///
/// - Parameters:
///   - tensors: at least one; all of one shape.
///   - axis: the new axis; −1 is behind the last.
/// - Returns: a tensor of one more axis, of size `tensors.count`.
public func stack(_ tensors: [Tensor], _ axis: Int = 0) -> Tensor {
  precondition(
    tensors.allSatisfy { $0.shape == tensors[0].shape },
    "stack: shapes \(tensors.map { "\($0.shape)" }.joined(separator: " "))")
  return concatenate(tensors.map { $0.expanded(axis) }, axis)
}

private func joined(_ parts: [Tensor], _ axis: Int) -> Tensor {
  precondition(!parts.isEmpty, "concatenate: no tensors")
  let first = parts[0]
  precondition(
    parts.allSatisfy {
      $0.dtype == first.dtype && $0.shape.rank == first.shape.rank
        && $0.shape.replacing(axis, with: 0) == first.shape.replacing(axis, with: 0)
    },
    "concatenate along \(axis): shapes \(parts.map { "\($0.shape)" }.joined(separator: " "))")
  let size = parts.reduce(0) { $0 + $1.shape[axis] }
  let backend = first.backend
  var y = Tensor(uninitialized: first.shape.replacing(axis, with: size), first.dtype, on: backend)
  var start = 0
  for part in parts {
    let end = start + part.shape[axis]
    backend.copy(part, into: &y, at: y.layout.sliced(axis, start..<end))
    start = end
  }
  return y
}

extension Tensor {
  /// Returns the tensor cut along `axis` into parts of the given sizes, without copies. dx = the parts'
  /// gradients one after the other, 0 for parts that have none.
  public func split(_ sizes: [Int], _ axis: Int = 0) -> [Tensor] {
    precondition(
      sizes.reduce(0, +) == shape[axis] && sizes.allSatisfy { $0 >= 0 },
      "split: sizes \(sizes) along axis \(axis) of \(shape)")
    let parts = detached().parts(sizes, axis)
    return Tensor.recorded([self], parts) { dys, into in
      guard let backend = dys.lazy.compactMap({ $0 }).first?.backend else { return }
      let all = zip(dys, parts).map { dy, part in dy ?? backend.full(part.shape, 0) }
      into.add(0, joined(all, axis))
    }
  }

  /// Returns the tensor cut along `axis` into `count` parts of equal size.
  public func split(into count: Int, _ axis: Int = 0) -> [Tensor] {
    precondition(
      count > 0 && shape[axis] % count == 0, "split: \(count) parts of axis \(axis) of \(shape)")
    return split([Int](repeating: shape[axis] / count, count: count), axis)
  }

  /// Returns the positions along `axis`, each without that axis: the inverse of `stack`.
  public func unstacked(_ axis: Int = 0) -> [Tensor] {
    let axis = shape.normalized(axis)
    var rest = shape.dimensions
    let count = rest.remove(at: axis)
    return split([Int](repeating: 1, count: count), axis).map { $0.reshaped(Shape(rest)) }
  }

  /// The views of consecutive ranges along `axis`.
  fileprivate func parts(_ sizes: [Int], _ axis: Int) -> [Tensor] {
    var start = 0
    return sizes.map { size in
      defer { start += size }
      return view(layout.sliced(axis, start..<(start + size)))
    }
  }

  /// Returns the tensor with a new axis of size 1; −1 is behind the last.
  public func expanded(_ axis: Int) -> Tensor {
    let place = axis < 0 ? axis + shape.rank + 1 : axis
    precondition((0...shape.rank).contains(place), "expanded: axis \(axis) of \(shape)")
    var sizes = shape.dimensions
    sizes.insert(1, at: place)
    return reshaped(Shape(sizes))
  }

  /// Returns the tensor with `value` around it. dx = dy without the margins.
  ///
  /// - Parameters:
  ///   - margins: for each axis, how many positions are added before and after.
  ///   - value: what they hold.
  /// - Returns: a tensor larger by the margins.
  public func padded(_ margins: [(before: Int, after: Int)], value: Float = 0) -> Tensor {
    precondition(
      margins.count == shape.rank && margins.allSatisfy { $0.before >= 0 && $0.after >= 0 },
      "padded: margins \(margins) of \(shape)")
    let larger = Shape(zip(shape.dimensions, margins).map { $0 + $1.before + $1.after })
    func window(_ layout: Layout) -> Layout {
      margins.indices.reduce(layout) { layout, axis in
        let first = margins[axis].before
        return layout.sliced(axis, first..<(layout.shape[axis] - margins[axis].after))
      }
    }
    var y = backend.full(larger, Double(value))
    backend.copy(detached(), into: &y, at: window(y.layout))
    return .recorded([self], y) { dy, into in into.add(0, dy.view(window(dy.layout))) }
  }

  /// Returns the tensor `count` times one after the other along `axis`. dx = the sum of dy over them.
  public func tiled(_ count: Int, _ axis: Int) -> Tensor { repeated(count, axis, isInner: false) }

  /// Returns each position along `axis` `count` times. dx = the sum of dy over them.
  public func repeated(_ count: Int, _ axis: Int) -> Tensor {
    repeated(count, axis, isInner: true)
  }

  private func repeated(_ count: Int, _ axis: Int, isInner: Bool) -> Tensor {
    precondition(count >= 0, "repeated: \(count) times")
    let axis = shape.normalized(axis)
    let place = isInner ? axis + 1 : axis
    let once = expanded(place)
    return once.broadcast(to: once.shape.replacing(place, with: count))
      .reshaped(shape.replacing(axis, with: shape[axis] * count))
  }

  /// Returns the tensor with the positions along `axis` in reverse order. dx = dy in reverse order.
  public func flipped(_ axis: Int) -> Tensor {
    let y = backend.copy(view(layout.flipped(axis)))
    return .recorded([self], y) { dy, into in
      into.add(0, dy.backend.copy(dy.view(dy.layout.flipped(axis))))
    }
  }
}
