// The recurrences over images of van den Oord, Kalchbrenner & Kavukcuoglu 2016, *Pixel Recurrent Neural
// Networks*, §3.1 and §3.2: LSTMs whose states are whole rows or whole diagonals of an image, and whose
// maps from input and from state are convolutions. B: batch; C: channels of the images; H: hidden channels;
// N × M: the images' height and width. s: the sums of the gates i, f, g, o.

import SeqaeFiles
import SeqaeTensors

/// The Row LSTM: each row's state sees, through the states above, a triangle of pixels.
public struct RowLSTM {
  let input: Conv2d  // input to state, 1 × k, masked
  let state: Conv2d  // state to state, 1 × k

  /// Creates the recurrence.
  ///
  /// - Parameters:
  ///   - inputs: C.
  ///   - hidden: H.
  ///   - width: k, odd: how many pixels of the row above a state sees; 3 in the paper.
  ///   - mask: whether a pixel's state sees the pixel itself.
  ///   - scope: where `input_to_state` and `state_to_state` are registered.
  /// - Throws: a `Failure` where a checkpoint lacks a parameter or holds it in another shape.
  public init(
    _ inputs: Int, _ hidden: Int, width: Int = 3, mask: MaskedConv2d.Mask, in scope: Scope
  ) throws(Failure) {
    let (kernel, padding) = (Extent(1, width), Extent(0, width / 2))
    precondition(width % 2 == 1, "row LSTM: a width of \(width) has no centre")
    input = try Conv2d(
      inputs, 4 * hidden, kernel: kernel, padding: padding,
      mask: mask == .a ? .a(kernel) : .b(kernel),
      in: scope / "input_to_state")
    state = try Conv2d(
      hidden, 4 * hidden, kernel: kernel, padding: padding, hasBias: false,
      in: scope / "state_to_state")
  }

  /// Returns the hidden states of images x [B, C, N, M]: [B, H, N, M].
  public func callAsFunction(_ x: Tensor) -> Tensor {
    states(of: input(x), along: 2, state)
  }
}

/// The Diagonal LSTM in one direction: each pixel's state sees, through those to the left and above, all
/// pixels before it on their diagonals.
///
/// Images are skewed, so that diagonals become columns; the state of a column follows from the column
/// before it by a convolution of 2 × 1.
public struct DiagonalLSTM {
  let input: Conv2d  // input to state, 1 × 1
  let state: Conv2d  // state to state, 2 × 1

  /// Creates the recurrence from `inputs` to `hidden` channels, with `input_to_state` and
  /// `state_to_state` registered in `scope`.
  public init(_ inputs: Int, _ hidden: Int, in scope: Scope) throws(Failure) {
    input = try Conv2d(inputs, 4 * hidden, kernel: 1, in: scope / "input_to_state")
    // One row of zeros above: row i sees rows i − 1 and i. The row that it adds below is cut off.
    state = try Conv2d(
      hidden, 4 * hidden, kernel: Extent(2, 1), padding: Extent(1, 0), hasBias: false,
      in: scope / "state_to_state")
  }

  /// Returns the hidden states of images x [B, C, N, M]: [B, H, N, M].
  public func callAsFunction(_ x: Tensor) -> Tensor {
    let s = skewed(input(x))  // [B, 4 H, N, M + N − 1]
    return unskewed(states(of: s, along: 3, state), width: x.shape[3])
  }
}

/// The Diagonal BiLSTM: the sum of a Diagonal LSTM from the left and one from the right, which is one row
/// late so that it sees nothing of what comes after a pixel.
public struct DiagonalBiLSTM {
  let left: DiagonalLSTM
  let right: DiagonalLSTM

  /// Creates the recurrence from `inputs` to `hidden` channels.
  public init(_ inputs: Int, _ hidden: Int, in scope: Scope) throws(Failure) {
    left = try DiagonalLSTM(inputs, hidden, in: scope / "left")
    right = try DiagonalLSTM(inputs, hidden, in: scope / "right")
  }

  /// Returns the hidden states of images x [B, C, N, M]: [B, H, N, M].
  public func callAsFunction(_ x: Tensor) -> Tensor {
    let fromRight = right(x.flipped(3)).flipped(3)  // [B, H, N, M]
    let late = fromRight.sliced(2, 0..<(x.shape[2] - 1))
      .padded([(0, 0), (0, 0), (1, 0), (0, 0)])  // moved down by a row
    return left(x) + late
  }
}

/// Returns the hidden states [B, H, N, M] of an LSTM that goes along `axis` of s [B, 4 H, N, M], with the
/// states before it convolved by `map`.
private func states(of s: Tensor, along axis: Int, _ map: Conv2d) -> Tensor {
  var hidden: [Tensor] = []
  var cell = s.backend.full(gateRows(s.sliced(axis, 0..<1)).shape.quartered, 0)
  for index in 0..<s.shape[axis] {
    var gates = s.sliced(axis, index..<(index + 1))  // [B, 4 H, N, 1] or [B, 4 H, 1, M]
    if let last = hidden.last { gates = gates + map(last).sliced(2, 0..<gates.shape[2]) }
    let (h, next) = lstmCell(gateRows(gates), cell: cell)
    cell = next
    hidden.append(h.permuted([2, 3, 0, 1]))
  }
  return concatenate(hidden, axis)
}

/// Returns the gates of a row or column [B, 4 H, n, m] as [n, m, B, 4 H], as cells take them.
private func gateRows(_ s: Tensor) -> Tensor { s.permuted([2, 3, 0, 1]) }

extension Shape {
  /// The shape with a quarter of the last size.
  fileprivate var quartered: Shape { replacing(-1, with: self[-1] / 4) }
}
