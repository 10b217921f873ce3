import SeqaeRetrieval
import SeqaeTensors

extension VectorProduct {
  /// By the product of tensors, in float32.
  public static let tensors = VectorProduct { queries, rows, dimensions in
    guard !queries.isEmpty, !rows.isEmpty else { return [] }
    let left = Tensor(queries, [queries.count / dimensions, dimensions])  // [Q, D]
    let right = Tensor(rows, [rows.count / dimensions, dimensions])  // [N, D]
    return matmul(left, right.transposed()).floats()  // [Q, N]
  }
}
