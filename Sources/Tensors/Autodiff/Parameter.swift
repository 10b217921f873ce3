/// A tensor that training changes: the leaf that a tape knows.
///
/// Layers hold parameters; only a `Scope` makes them, under the name that a checkpoint uses. One that is
/// not trained, such as a running average, is a constant to the tape.
///
/// `@unchecked Sendable`: written only on the training thread, never while another reads.
public final class Parameter: @unchecked Sendable {
  /// The name in checkpoints, such as `model.encoder.layers.0.self_attn.q_proj.weight`.
  public let name: String
  /// Whether gradients flow to it and optimizers move it.
  public let isTrainable: Bool
  /// The sizes along each axis.
  public let shape: Shape
  /// Whether its value came in eight bits and has not changed since.
  public private(set) var holdsInt8 = false
  /// What its value lives on.
  package let backend: any Backend
  // The value, made when first asked for where a file held it in fewer bits.
  private var real: Tensor?
  // The value in bfloat16, made when first asked for after a change, or what a file held.
  private var rounded: Tensor?
  // The value in eight bits, made when first asked for after a change, or what a file held.
  private var quantized: QuantizedMatrix?
  // Places for the copies that products without a tape make of the two.
  private var packings = (value: Packing(), rounded: Packing())

  /// Creates a parameter that holds `value`.
  package init(_ name: String, _ value: Tensor, isTrainable: Bool = true) {
    self.name = name
    self.isTrainable = isTrainable
    shape = value.shape
    backend = value.backend
    real = value.detached()
  }

  /// Creates a parameter that holds what `rounded` does, in bfloat16 where the backend has that, and in full
  /// only where that is asked for: a model that computes in bfloat16 takes half the memory then.
  package init(_ name: String, rounded: Tensor, isTrainable: Bool = true) {
    self.name = name
    self.isTrainable = isTrainable
    shape = rounded.shape
    backend = rounded.backend
    self.rounded = rounded.detached()
  }

  /// Creates a parameter that holds a matrix in eight bits, which becomes a real one on `backend` where that
  /// is asked for.
  package init(
    _ name: String, _ matrix: QuantizedMatrix, isTrainable: Bool = true, on backend: any Backend
  ) {
    self.name = name
    self.isTrainable = isTrainable
    shape = matrix.shape
    self.backend = backend
    quantized = matrix
    holdsInt8 = true
  }

  /// The current value, with its place on the tape that records now, if one does.
  ///
  /// A matrix arrives in the current precision; vectors such as biases and gains, which add to sums in
  /// float32, stay as they are.
  public var tensor: Tensor {
    let isRounded = Precision.current == .bfloat16 && shape.rank > 1
    var result = isRounded ? roundedValue : value
    if let tape = Tape.current {
      result.node = tape.leaf(self)
    } else if shape.rank == 2 {
      result.packing = isRounded ? packings.rounded : packings.value
    }
    return result
  }

  /// The current value of a matrix, as products and look-ups take it: in eight bits where those were asked
  /// for, at inference, else as `tensor`.
  public var matrix: Matrix {
    WeightPrecision.isInt8(for: shape) ? .quantized(quantizedValue) : .real(tensor)
  }

  /// The value of a matrix in eight bits.
  package var quantizedValue: QuantizedMatrix {
    if let quantized { return quantized }
    let result = QuantizedMatrix(value)
    quantized = result
    return result
  }

  private var value: Tensor {
    if let real { return real }
    let result =
      if let rounded {
        backend.converted(rounded, to: .float32)
      } else {
        quantizedValue.dequantized(on: backend)
      }
    real = result
    return result
  }

  private var roundedValue: Tensor {
    if let rounded { return rounded }
    let result = backend.converted(value, to: .bfloat16)
    rounded = result
    return result
  }

  /// Lets `body` change the value in place: for optimizers and for restoring checkpoints.
  package func update(_ body: (inout Tensor) -> Void) {
    var changed = value
    real = nil  // so that nobody else holds what changes in place
    (rounded, quantized, holdsInt8) = (nil, nil, false)
    packings = (Packing(), Packing())
    body(&changed)
    // One that was another parameter's brings the place of that one's copy.
    changed.packing = nil
    real = changed
    precondition(
      changed.shape == shape && changed.node == nil,
      "\(name): an update changed the shape \(shape) to \(changed.shape) or recorded itself")
  }
}
