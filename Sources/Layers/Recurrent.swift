import SeqaeFiles
import SeqaeTensors

/// A cell of a long short-term memory: PyTorch's `nn.LSTMCell`, in names, shapes and first values.
///
/// Hochreiter & Schmidhuber 1997; Gers, Schmidhuber & Cummins 2000. B: batch; D: inputs; H: hidden units.
public struct LSTMCell {
  /// What a cell hands from one position to the next.
  public struct State {
    /// h, its output [B, H].
    public var hidden: Tensor
    /// c, its memory [B, H].
    public var cell: Tensor

    /// Creates a state.
    public init(hidden: Tensor, cell: Tensor) {
      self.hidden = hidden
      self.cell = cell
    }
  }

  let input: GateMap  // W, b
  let recurrent: GateMap  // U, b′

  /// Creates a cell of `hidden` units; all weights are drawn uniformly from ±1 / √hidden.
  public init(_ inputs: Int, _ hidden: Int, in scope: Scope) throws(Failure) {
    input = try GateMap(inputs, hidden, gates: 4, "ih", in: scope)
    recurrent = try GateMap(hidden, hidden, gates: 4, "hh", in: scope)
  }

  /// Returns the state after x [B, D], whose parts i, f, g and o of W x + b + U h + b′ are the gates.
  public func callAsFunction(_ x: Tensor, _ state: State) -> State {
    let s = input(x) + recurrent(state.hidden)  // [B, 4 H]
    let (hidden, cell) = lstmCell(s, cell: state.cell)
    return State(hidden: hidden, cell: cell)
  }

  /// Returns the state before the first of `batch` sequences: zeros.
  public func start(_ batch: Int) -> State { start(batch, on: CPUBackend.shared) }

  package func start(_ batch: Int, on backend: any Backend) -> State {
    let zeros = backend.full([batch, recurrent.weight.shape[1]], 0)
    return State(hidden: zeros, cell: zeros)
  }
}

/// A gated recurrent unit: PyTorch's `nn.GRUCell`, in names, shapes and first values.
///
/// Cho et al. 2014. B: batch; D: inputs; H: hidden units.
public struct GRUCell {
  let input: GateMap  // W, b
  let recurrent: GateMap  // U, b′

  /// Creates a cell of `hidden` units; all weights are drawn uniformly from ±1 / √hidden.
  public init(_ inputs: Int, _ hidden: Int, in scope: Scope) throws(Failure) {
    input = try GateMap(inputs, hidden, gates: 3, "ih", in: scope)
    recurrent = try GateMap(hidden, hidden, gates: 3, "hh", in: scope)
  }

  /// Returns the state after x [B, D] and the state h [B, H]: [B, H].
  public func callAsFunction(_ x: Tensor, hidden h: Tensor) -> Tensor {
    gruCell(input(x), recurrent(h), hidden: h)
  }
}

/// The sums of a cell's gates from one of its inputs, with PyTorch's names and first values.
struct GateMap {
  let weight: Parameter  // [gates · H, inputs]
  let bias: Parameter  // [gates · H]

  init(_ inputs: Int, _ hidden: Int, gates: Int, _ name: String, in scope: Scope) throws(Failure) {
    let initializer = Initializer.uniform(bound: 1 / Float(max(1, hidden)).squareRoot())
    weight = try scope.parameter("weight_\(name)", [gates * hidden, inputs], initializer)
    bias = try scope.parameter("bias_\(name)", [gates * hidden], initializer)
  }

  func callAsFunction(_ x: Tensor) -> Tensor { linear(x, weight.tensor, bias.tensor) }
}
