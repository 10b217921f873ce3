/// Where the elements of a tensor lie in its storage: element (i₀, i₁, …) is at
/// `offset + Σ iₖ · strides[k]`, counted in elements.
package struct Layout: Equatable, Sendable {
  /// The size along each axis.
  package let shape: Shape
  /// How far neighbours along each axis are apart, in elements.
  package let strides: [Int]
  /// Where the first element lies.
  package let offset: Int

  /// Creates a layout with a stride for each axis of `shape`.
  package init(shape: Shape, strides: [Int], offset: Int) {
    precondition(strides.count == shape.rank, "layout: \(strides.count) strides for shape \(shape)")
    self.shape = shape
    self.strides = strides
    self.offset = offset
  }

  /// The layout of a tensor of `shape` in row-major order without gaps.
  package init(contiguous shape: Shape) {
    var strides = [Int](repeating: 1, count: shape.rank)
    for axis in stride(from: shape.rank - 2, through: 0, by: -1) {
      strides[axis] = strides[axis + 1] * shape.dimensions[axis + 1]
    }
    self.init(shape: shape, strides: strides, offset: 0)
  }

  /// Whether the elements follow each other in row-major order without gaps.
  package var isContiguous: Bool {
    var expected = 1
    for axis in stride(from: shape.rank - 1, through: 0, by: -1) {
      let size = shape.dimensions[axis]
      if size != 1 && strides[axis] != expected { return shape.count == 0 }
      expected *= size
    }
    return true
  }

  /// Whether the elements follow each other without gaps in some order of the axes.
  package var isDense: Bool {
    let axes = (0..<shape.rank).filter { shape.dimensions[$0] != 1 }
    var expected = 1
    for axis in axes.sorted(by: { strides[$0] < strides[$1] }) {
      if strides[axis] != expected { return shape.count == 0 }
      expected *= shape.dimensions[axis]
    }
    return true
  }

  /// Whether both give each element the same place after the first; axes of size 1 have no say.
  package func agrees(with other: Layout) -> Bool {
    shape == other.shape
      && (0..<shape.rank).allSatisfy {
        shape.dimensions[$0] == 1 || strides[$0] == other.strides[$0]
      }
  }

  /// The layout with two axes exchanged.
  package func transposed(_ first: Int, _ second: Int) -> Layout {
    var dimensions = shape.dimensions
    var strides = self.strides
    dimensions.swapAt(shape.normalized(first), shape.normalized(second))
    strides.swapAt(shape.normalized(first), shape.normalized(second))
    return Layout(shape: Shape(dimensions), strides: strides, offset: offset)
  }

  /// The layout whose axis i is axis `axes[i]` of this one.
  package func permuted(_ axes: [Int]) -> Layout {
    let order = axes.map { shape.normalized($0) }
    precondition(
      order.sorted() == Array(0..<shape.rank), "permuted: axes \(axes) of shape \(shape)")
    return Layout(
      shape: Shape(order.map { shape.dimensions[$0] }), strides: order.map { strides[$0] },
      offset: offset)
  }

  /// The layout with the positions along `axis` in reverse order.
  package func flipped(_ axis: Int) -> Layout {
    let axis = shape.normalized(axis)
    var strides = self.strides
    strides[axis] = -strides[axis]
    let last = max(0, shape.dimensions[axis] - 1)
    return Layout(shape: shape, strides: strides, offset: offset + last * self.strides[axis])
  }

  /// The layout of positions `range` along `axis`.
  package func sliced(_ axis: Int, _ range: Range<Int>) -> Layout {
    let axis = shape.normalized(axis)
    precondition(
      range.lowerBound >= 0 && range.upperBound <= shape.dimensions[axis],
      "slice \(range) of axis \(axis) is outside shape \(shape)")
    return Layout(
      shape: shape.replacing(axis, with: range.count), strides: strides,
      offset: offset + range.lowerBound * strides[axis])
  }

  /// The layout stretched to `target` by repeating axes of size 1 (stride 0).
  package func broadcast(to target: Shape) -> Layout {
    let missing = target.rank - shape.rank
    precondition(missing >= 0, "broadcast: \(shape) has more axes than \(target)")
    var result = [Int](repeating: 0, count: target.rank)
    for axis in 0..<shape.rank {
      let size = shape.dimensions[axis]
      let wanted = target.dimensions[axis + missing]
      precondition(size == wanted || size == 1, "broadcast: \(shape) does not stretch to \(target)")
      result[axis + missing] = size == wanted ? strides[axis] : 0
    }
    return Layout(shape: target, strides: result, offset: offset)
  }

  /// The layout of the same elements in row-major order under another shape, nil where that needs a copy.
  ///
  /// Axes are taken apart and joined as long as neighbouring old axes lie one inside the other, as
  /// `[B, T, D]` → `[B, T, H, D/H]` do even inside a transposed or sliced tensor.
  package func reshaped(to target: Shape) -> Layout? {
    precondition(
      shape.count == target.count,
      "reshape: \(shape) has \(shape.count) elements, \(target) has \(target.count)")
    if isContiguous {
      return Layout(shape: target, strides: Layout(contiguous: target).strides, offset: offset)
    }
    // Old axes of size 1 do not matter; walk both shapes from the front, group by equal products.
    let old = (0..<shape.rank).filter { shape.dimensions[$0] != 1 }
    var strides = [Int](repeating: 0, count: target.rank)
    var oldIndex = 0
    var newIndex = 0
    while newIndex < target.rank {
      if target.dimensions[newIndex] == 1 {
        newIndex += 1
        continue
      }
      guard oldIndex < old.count else { return nil }
      let newStart = newIndex
      var newCount = target.dimensions[newIndex]
      var oldCount = shape.dimensions[old[oldIndex]]
      while newCount != oldCount {
        if newCount < oldCount {
          newIndex += 1
          guard newIndex < target.rank else { return nil }
          newCount *= target.dimensions[newIndex]
        } else {
          let outer = old[oldIndex]
          oldIndex += 1
          guard oldIndex < old.count else { return nil }
          let inner = old[oldIndex]
          guard self.strides[outer] == self.strides[inner] * shape.dimensions[inner] else {
            return nil
          }
          oldCount *= shape.dimensions[inner]
        }
      }
      var step = self.strides[old[oldIndex]]
      for axis in stride(from: newIndex, through: newStart, by: -1) {
        strides[axis] = step
        step *= target.dimensions[axis]
      }
      newIndex += 1
      oldIndex += 1
    }
    return Layout(shape: target, strides: strides, offset: offset)
  }
}
