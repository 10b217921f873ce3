extension Backend {
  package func linear(
    _ x: Tensor, _ maps: [(weight: Matrix, bias: Tensor?)], _ activation: Activation,
    inFloat32: Bool
  ) -> Tensor {
    let x = inFloat32 ? converted(x, to: .float32) : x
    let parts = maps.map { map in
      let weight =
        switch map.weight {
        case .real(let weight): inFloat32 ? converted(weight, to: .float32) : weight
        case .quantized(let matrix): matrix.dequantized(on: self)
        }
      return linear(x, weight, map.bias, activation, saving: false).y
    }
    return parts.count == 1 ? parts[0] : concatenate(parts, 1)
  }

  package func gather(
    _ table: QuantizedMatrix, _ ids: Tensor, scale: Double, _ precision: Precision
  ) -> Tensor {
    converted(gather(table.dequantized(on: self), ids, scale: scale), to: precision)
  }
}
