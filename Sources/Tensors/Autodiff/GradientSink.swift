/// Where pullbacks put gradients.
///
/// The first gradient of a value is taken as it is, later ones are added in place: a product accumulates
/// straight into the buffer (β = 0, then 1), an embedding adds rows.
package struct GradientSink {
  private var slots: [Tensor?]
  // Parameters: their gradients are kept in the backend's own precision.
  private var leaves: Set<Int>
  private var inputs: [Int?] = []

  init(valueCount: Int, leaves: Set<Int>) {
    slots = [Tensor?](repeating: nil, count: valueCount)
    self.leaves = leaves
  }

  mutating func enter(_ inputs: [Int?]) { self.inputs = inputs }

  /// Takes the gradient of a value out of the sink.
  mutating func take(_ value: Int) -> Tensor? {
    defer { slots[value] = nil }
    return slots[value]
  }

  mutating func seed(_ value: Int, _ gradient: Tensor) { slots[value] = gradient }

  /// Whether the gradient of `input` is asked for; a pullback may skip the work where it is not.
  package func wants(_ input: Int) -> Bool { inputs[input] != nil }

  /// Adds `gradient` to the gradient of `input`.
  package mutating func add(_ input: Int, _ gradient: Tensor) {
    guard let slot = inputs[input] else { return }
    guard var sum = slots[slot] else {
      slots[slot] = leaves.contains(slot) ? gradient.rounded(to: .float32) : gradient
      return
    }
    precondition(
      sum.shape == gradient.shape, "gradients of one value: \(sum.shape) and \(gradient.shape)")
    if sum.dtype == gradient.dtype && !sum.layout.isContiguous
      && sum.layout.agrees(with: gradient.layout)
    {
      // Images in pixel order, say: bringing them into row-major order would cost more than memory.
      slots[slot] = sum.backend.zip(.add, sum, gradient)
      return
    }
    slots[slot] = nil  // so that `sum` is the only holder and is added to in place
    sum.makeWritable()
    sum.backend.accumulate(gradient, scale: 1, into: &sum)
    slots[slot] = sum
  }

  /// Lets `product` write (β = 0) or add (β = 1) the gradient of `input`, a tensor of `shape`, which is of
  /// the backend's own precision for a parameter and of `dtype` for another value.
  package mutating func accumulate(
    _ input: Int, _ shape: Shape, _ dtype: DType, on backend: any Backend,
    _ product: (_ buffer: inout Tensor, _ beta: Double) -> Void
  ) {
    guard let slot = inputs[input] else { return }
    if var sum = take(slot) {
      precondition(sum.shape == shape, "gradients of one value: \(sum.shape) and \(shape)")
      sum.makeWritable()
      product(&sum, 1)
      slots[slot] = sum
    } else {
      let dtype = leaves.contains(slot) ? backend.real : dtype
      var gradient = Tensor(uninitialized: shape, dtype, on: backend)
      product(&gradient, 0)
      slots[slot] = gradient
    }
  }

  /// Adds `rows` [N, D], times `scale`, to the rows `ids` [N] of the gradient of `input`, a table of `shape`.
  package mutating func addRows(
    _ input: Int, _ shape: Shape, ids: Tensor, rows: Tensor, scale: Double
  ) {
    guard let slot = inputs[input] else { return }
    var sum = take(slot) ?? rows.backend.full(shape, 0)
    precondition(sum.shape == shape, "gradients of one value: \(sum.shape) and \(shape)")
    sum.makeWritable()
    rows.backend.scatterAdd(rows, ids, scale: scale, into: &sum)
    slots[slot] = sum
  }

  /// Adds `gradient` to the part that `view` selects of the gradient of `input`, a tensor of `shape` in
  /// row-major order.
  package mutating func addPart(
    _ input: Int, _ shape: Shape, at view: Layout, _ gradient: Tensor
  ) {
    guard let slot = inputs[input] else { return }
    let backend = gradient.backend
    var sum = take(slot) ?? backend.full(shape, 0)
    precondition(sum.shape == shape, "gradients of one value: \(sum.shape) and \(shape)")
    sum.makeWritable()
    backend.copy(backend.zip(.add, sum.view(view), gradient), into: &sum, at: view)
    slots[slot] = sum
  }
}
