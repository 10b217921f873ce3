extension Backend {
  package func linear(
    _ x: Tensor, _ maps: [(weight: Matrix, bias: Tensor?)], _ activation: Activation
  ) -> Tensor {
    let parts = maps.map { map in
      switch map.weight {
      case .real(let weight):
        return linear(x, weight, map.bias, activation, saving: false).y
      case .quantized(let matrix):
        let weight = matrix.dequantized(on: self)
        return linear(x, weight, map.bias, activation, saving: false).y
      }
    }
    return parts.count == 1 ? parts[0] : concatenate(parts, 1)
  }

  package func gather(
    _ table: QuantizedMatrix, _ ids: Tensor, scale: Double, _ precision: Precision
  ) -> Tensor {
    converted(gather(table.dequantized(on: self), ids, scale: scale), to: precision)
  }
}
