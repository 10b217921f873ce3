// Choices along one axis.

extension Tensor {
  /// Returns the `count` largest elements of each row along the last axis, in descending order, and their
  /// indices. dx = dy at those elements, 0 elsewhere.
  ///
  /// Of equal elements the first comes first; a NaN counts as larger than every number.
  ///
  /// - Parameter count: how many, at most the size of the last axis.
  /// - Returns: the values and their indices (int32), both […, count].
  public func topK(_ count: Int) -> (values: Tensor, indices: Tensor) {
    precondition(
      shape.rank >= 1 && count >= 0 && count <= shape[-1], "topK: \(count) of rows of \(shape)")
    let (values, indices) = backend.topK(detached(), count)
    let width = shape[-1]
    let recorded = Tensor.recorded([self], values) { dy, into in
      into.add(0, dy.backend.putAlong(dy, indices, width: width))
    }
    return (recorded, indices)
  }

  /// Returns for each row along the last axis the index of its smallest element, the first of equals. A
  /// NaN counts as smaller than every number.
  public func argMin() -> Tensor {
    // −x turns the order around and leaves NaN what it is, which argMax takes for the largest.
    backend.argMax(backend.affine(detached(), scale: -1, shift: 0))
  }
}

/// Returns the elements of `x` that `ids` name along `axis`: y[…, k, …] = x[…, ids[…, k, …], …]. dx adds
/// up dy at the elements named.
///
/// - Parameters:
///   - x: any shape.
///   - ids: int32, each in 0 ..< the size of the axis; of x's shape except along the axis.
///   - axis: the axis; negative axes count from the end.
/// - Returns: the shape of `ids`.
public func takeAlong(_ x: Tensor, _ ids: Tensor, _ axis: Int = -1) -> Tensor {
  precondition(
    ids.dtype == .int32 && x.shape.rank == ids.shape.rank
      && x.shape.replacing(axis, with: 0) == ids.shape.replacing(axis, with: 0),
    "takeAlong \(axis): x \(x.shape), ids \(ids.dtype) \(ids.shape)")
  let rows = x.detached().transposed(axis, -1)
  let places = ids.detached().transposed(axis, -1)
  let width = rows.shape[-1]
  let y = x.backend.takeAlong(rows, places).transposed(axis, -1)
  return .recorded([x], y) { dy, into in
    let dx = dy.backend.putAlong(dy.transposed(axis, -1), places, width: width)
    into.add(0, dx.transposed(axis, -1))
  }
}
