/// Returns the rows of `table` named by `ids`, times `scale`. dtable[id] += scale · dy for each use of id.
///
/// - Parameters:
///   - table: [V, D].
///   - ids: any shape […], int32, each in 0 ..< V.
///   - scale: √D where the model scales its embeddings, else 1.
/// - Returns: […, D].
public func embedding(_ table: Tensor, _ ids: Tensor, scale: Float = 1) -> Tensor {
  precondition(
    table.shape.rank == 2 && ids.dtype == .int32,
    "embedding: table \(table.shape), ids \(ids.dtype)")
  let rows = table.detached()
  let shape = table.shape
  let index = ids.detached()
  return .recorded([table], rows.backend.gather(rows, index, scale: Double(scale))) { dy, into in
    into.addRows(
      0, shape, ids: index.reshaped([index.shape.count]),
      rows: dy.reshaped([index.shape.count, shape[1]]), scale: Double(scale))
  }
}
