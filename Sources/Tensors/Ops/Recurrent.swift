/// Returns the state of an LSTM cell from the sums of its gates: with the parts i, f, g, o of s,
/// c′ = σ(f) c + σ(i) tanh(g), h = σ(o) tanh(c′).
///
/// Hochreiter & Schmidhuber 1997, *Long Short-Term Memory*, with the forget gates of Gers, Schmidhuber &
/// Cummins 2000. With dc′ = dc + dh · σ(o) (1 − tanh² c′): the gradients of i, f, g and o are dc′ tanh(g),
/// dc′ c, dc′ σ(i) and dh tanh(c′), times each one's derivative; dc = dc′ σ(f).
///
/// - Parameters:
///   - s: W x + U h + b, the parts one after the other […, 4 H].
///   - c: the cell before […, H].
/// - Returns: h and c′, both […, H].
public func lstmCell(_ s: Tensor, cell c: Tensor) -> (hidden: Tensor, cell: Tensor) {
  precondition(
    s.shape == c.shape.replacing(-1, with: 4 * c.shape[-1]), "lstmCell: \(s.shape) with \(c.shape)")
  let (u, old) = (s.detached(), c.detached())
  let backend = u.backend
  let (hidden, cell, gates) = backend.lstm(u, old, saving: s.isTracked || c.isTracked)
  let (h, next) = Tensor.recorded([s, c], (hidden, cell)) { dys, into in
    guard let gates else { return }
    let (ds, dc) = backend.lstmBackward(gates: gates, old, cell, dCell: dys[1], dHidden: dys[0])
    into.add(0, ds)
    into.add(1, dc)
  }
  return (h, next)
}

/// Returns the state of a GRU cell from the sums of its gates: with the parts r, z, n of x and u,
/// r = σ(xᵣ + uᵣ), z = σ(x_z + u_z), n = tanh(xₙ + r uₙ), y = (1 − z) n + z h.
///
/// Cho et al. 2014, *Learning Phrase Representations using RNN Encoder–Decoder*, in PyTorch's form.
/// dxₙ = dy (1 − z)(1 − n²), dx_z = du_z = dy (h − n) z (1 − z), dxᵣ = duᵣ = dxₙ uₙ r (1 − r),
/// duₙ = dxₙ r, dh = dy z.
///
/// - Parameters:
///   - x: W x + b, the parts one after the other […, 3 H].
///   - u: U h + b′, likewise.
///   - h: the state before […, H].
/// - Returns: y […, H].
public func gruCell(_ x: Tensor, _ u: Tensor, hidden h: Tensor) -> Tensor {
  precondition(
    x.shape == u.shape && x.shape == h.shape.replacing(-1, with: 3 * h.shape[-1]),
    "gruCell: \(x.shape) and \(u.shape) with \(h.shape)")
  let (v, old) = (u.detached(), h.detached())
  let backend = v.backend
  let isTracked = [x, u, h].contains { $0.isTracked }
  let (y, gates) = backend.gru(x.detached(), v, old, saving: isTracked)
  return .recorded([x, u, h], y) { dy, into in
    guard let gates else { return }
    let (dx, du, dh) = backend.gruBackward(dy, gates: gates, v, old)
    into.add(0, dx)
    into.add(1, du)
    into.add(2, dh)
  }
}

/// Returns images with each row one place further to the right than the row above, zeros in the corners:
/// y[…, i, i + j] = x[…, i, j]. dx is dy unskewed.
///
/// Van den Oord, Kalchbrenner & Kavukcuoglu 2016, *Pixel Recurrent Neural Networks*, §3.2: what lay on a
/// diagonal lies in a column then.
///
/// - Parameter x: images [B, C, H, W].
/// - Returns: [B, C, H, W + H − 1].
public func skewed(_ x: Tensor) -> Tensor {
  precondition(x.shape.rank == 4 && x.shape[2] > 0, "skewed: images \(x.shape)")
  let width = x.shape[3]
  var y = x.backend.full(x.shape.replacing(3, with: width + x.shape[2] - 1), 0).alike(x)
  x.backend.copy(x.detached(), into: &y, at: y.layout.unskewed(width))
  return .recorded([x], y) { dy, into in into.add(0, unskewed(dy, width: width)) }
}

/// Returns skewed images in their old form, without a copy: x[…, i, j] = y[…, i, i + j]. dy is dx skewed.
///
/// - Parameters:
///   - y: skewed images [B, C, H, W + H − 1].
///   - width: W.
/// - Returns: [B, C, H, W].
public func unskewed(_ y: Tensor, width: Int) -> Tensor {
  precondition(
    y.shape.rank == 4 && y.shape[3] == width + y.shape[2] - 1,
    "unskewed: \(y.shape) to a width of \(width)")
  return .recorded([y], y.view(y.layout.unskewed(width))) { dx, into in into.add(0, skewed(dx)) }
}

extension Layout {
  /// The layout of images of `width` inside the layout of the skewed ones.
  fileprivate func unskewed(_ width: Int) -> Layout {
    var strides = strides
    strides[2] += strides[3]
    return Layout(shape: shape.replacing(3, with: width), strides: strides, offset: offset)
  }
}
