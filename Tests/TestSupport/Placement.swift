import SeqaeRandom
import SeqaeTensors

/// How the elements of a tensor lie in memory; operations must not care.
package enum Placement: CaseIterable, Sendable {
  /// In row-major order.
  case contiguous
  /// With the last two axes exchanged, as the transpose of a matrix.
  case lastAxesExchanged
  /// With axes 1 and 2 exchanged, as heads split from [B, T, H, E].
  case middleAxesExchanged
  /// Inside a larger tensor, with a margin along every axis.
  case sliced
  /// One position along the first axis, repeated with stride 0.
  case stretched

  /// Returns a tensor of `shape` that lies in this way; its elements are drawn by `draw`, which is given
  /// their count.
  package func tensor(_ shape: Shape, on backend: any Backend, _ draw: (Int) -> [Float]) -> Tensor {
    switch self {
    case .contiguous:
      return Tensor(draw(shape.count), shape, on: backend)
    case .lastAxesExchanged:
      guard shape.rank >= 2 else { return Placement.sliced.tensor(shape, on: backend, draw) }
      return exchanged(shape, shape.rank - 2, shape.rank - 1, on: backend, draw)
    case .middleAxesExchanged:
      guard shape.rank >= 3 else {
        return Placement.lastAxesExchanged.tensor(shape, on: backend, draw)
      }
      return exchanged(shape, 1, 2, on: backend, draw)
    case .sliced:
      // A vector lies in a column, so that its stride is not 1.
      let stored = shape.rank == 1 ? Shape(shape.dimensions + [1]) : shape
      let larger = Shape(stored.dimensions.map { $0 + 3 })
      var result = Tensor(draw(larger.count), larger, on: backend)
      for axis in 0..<stored.rank { result = result.sliced(axis, 1..<(1 + stored[axis])) }
      return result.reshaped(shape)
    case .stretched:
      guard shape.rank >= 1, shape[0] > 0 else {
        return Placement.contiguous.tensor(shape, on: backend, draw)
      }
      let row = shape.replacing(0, with: 1)
      let base = Tensor(draw(row.count), row, on: backend)
      return base.view(base.layout.broadcast(to: shape))
    }
  }

  private func exchanged(
    _ shape: Shape, _ first: Int, _ second: Int, on backend: any Backend, _ draw: (Int) -> [Float]
  ) -> Tensor {
    var stored = shape.dimensions
    stored.swapAt(first, second)
    return Tensor(draw(shape.count), Shape(stored), on: backend).transposed(first, second)
  }
}
