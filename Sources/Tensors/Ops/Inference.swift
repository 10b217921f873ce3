// Operations with constant matrices in any form. Nothing is recorded: they are for inference.

/// Returns act(x Wᵀ + b) for x […, K], W [M, K], b [M]: […, M].
///
/// Real matrices give what `linear` of tensors gives, and its gradients. For one in eight bits each row of x
/// is rounded to eight bits by a scale of its own, and the products are added exactly.
public func linear(
  _ x: Tensor, _ weight: Matrix, _ bias: Tensor?, activation: Activation = .identity
) -> Tensor {
  switch weight {
  case .real(let tensor): return linear(x, tensor, bias, activation: activation)
  case .quantized:
    if let function = activation.function, !activation.isFused {
      return linear(x, weight, bias).mapped(function)
    }
    return linear(x, sideBySide: [(weight, bias)], activation)
  }
}

/// Returns x Wᵀ + b for x […, K], W [M, K], b [M] in float32, whatever these are in: […, M].
///
/// Factors in bfloat16 are multiplied as they are and added up in float32, as everywhere, but the sums are not rounded
/// again. So the logits of a large vocabulary tell probabilities that lie close together apart, at half the memory and
/// time of a product in float32.
package func linearInFloat32(_ x: Tensor, _ weight: Matrix, _ bias: Tensor?) -> Tensor {
  linear(x, sideBySide: [(weight, bias)], inFloat32: true)
}

/// Returns act(x Wᵀ + b) for each of several W [M, K] and b [M], side by side: […, Σ M].
package func linear(
  _ x: Tensor, sideBySide maps: [(weight: Matrix, bias: Tensor?)],
  _ activation: Activation = .identity, inFloat32: Bool = false
) -> Tensor {
  precondition(
    !x.isTracked && x.shape.rank >= 1
      && maps.allSatisfy { map in
        map.weight.shape.rank == 2 && map.weight.shape[1] == x.shape[-1]
          && (map.bias.map { $0.shape == [map.weight.shape[0]] } ?? true)
      },
    "linear: \(x.shape) × \(maps.map { "\($0.weight.shape)ᵀ" }.joined(separator: ", ")) at inference"
  )
  let rows = x.shape.dimensions.dropLast().reduce(1, *)
  let y = x.backend.linear(
    x.detached().reshaped([rows, x.shape[-1]]), maps.map { ($0.weight, $0.bias?.detached()) },
    activation, inFloat32: inFloat32)
  return y.reshaped(Shape(x.shape.dimensions.dropLast() + [y.shape[1]]))
}

/// Returns the rows of `table` [V, D] named by `ids`, any shape […], times `scale`: […, D], in the current
/// precision where the table is in eight bits.
public func embedding(_ table: Matrix, _ ids: Tensor, scale: Float = 1) -> Tensor {
  precondition(
    table.shape.rank == 2 && ids.dtype == .int32,
    "embedding: table \(table.shape), ids \(ids.dtype)")
  switch table {
  case .real(let tensor): return embedding(tensor, ids, scale: scale)
  case .quantized(let matrix):
    return ids.backend.gather(matrix, ids.detached(), scale: Double(scale), Precision.current)
  }
}
