import SeqaeTensors

/// The search for numbers that are not finite.
enum Divergence {
  /// The first tensor in order that holds NaN or infinity, and the first such number in it.
  ///
  /// O(elements), a pass over memory where all are finite.
  static func first(
    in tensors: [(name: String, tensor: Tensor)]
  ) -> (name: String, value: Double)? {
    for (name, tensor) in tensors {
      // A sum of squares is finite only if its terms are; it may overflow, so the terms decide.
      guard !tensor.backend.sumOfSquares(tensor).isFinite else { continue }
      if let value = tensor.floats().first(where: { !$0.isFinite }) { return (name, Double(value)) }
    }
    return nil
  }
}
