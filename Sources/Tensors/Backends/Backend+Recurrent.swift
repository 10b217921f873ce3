/// Recurrent cells as compositions of primitives.
extension Backend {
  package func lstm(_ s: Tensor, _ c: Tensor, saving: Bool)
    -> (hidden: Tensor, cell: Tensor, gates: Tensor?)
  {
    let parts = s.split(into: 4, -1)
    let (i, f) = (map(.sigmoid, parts[0]), map(.sigmoid, parts[1]))
    let (g, o) = (map(.tanh, parts[2]), map(.sigmoid, parts[3]))
    let cell = f * c + i * g
    return (o * map(.tanh, cell), cell, saving ? concatenate([i, f, g, o], -1) : nil)
  }

  package func lstmBackward(
    gates: Tensor, _ c: Tensor, _ cell: Tensor, dCell: Tensor?, dHidden: Tensor?
  ) -> (ds: Tensor, dc: Tensor) {
    let parts = gates.split(into: 4, -1)
    let (i, f, g, o) = (parts[0], parts[1], parts[2], parts[3])
    let t = map(.tanh, cell)
    let dh = dHidden ?? full(c.shape, 0)
    let ofHidden = dh * o * (1 - t * t)
    let d = dCell.map { $0 + ofHidden } ?? ofHidden
    let ds = [
      d * g * i * (1 - i), d * c * f * (1 - f), d * i * (1 - g * g), dh * t * o * (1 - o),
    ]
    return (concatenate(ds, -1), d * f)
  }

  package func gru(_ x: Tensor, _ u: Tensor, _ h: Tensor, saving: Bool) -> (
    y: Tensor, gates: Tensor?
  ) {
    let (v, w) = (x.split(into: 3, -1), u.split(into: 3, -1))
    let (r, z) = (map(.sigmoid, v[0] + w[0]), map(.sigmoid, v[1] + w[1]))
    let n = map(.tanh, v[2] + r * w[2])
    return ((1 - z) * n + z * h, saving ? concatenate([r, z, n], -1) : nil)
  }

  package func gruBackward(_ dy: Tensor, gates: Tensor, _ u: Tensor, _ h: Tensor)
    -> (dx: Tensor, du: Tensor, dh: Tensor)
  {
    let parts = gates.split(into: 3, -1)
    let (r, z, n) = (parts[0], parts[1], parts[2])
    let dn = dy * (1 - z) * (1 - n * n)
    let dz = dy * (h - n) * z * (1 - z)
    let dr = dn * u.split(into: 3, -1)[2] * r * (1 - r)
    return (concatenate([dr, dz, dn], -1), concatenate([dr, dz, dn * r], -1), dy * z)
  }
}
