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
  private var value: Tensor
  // The value in bfloat16, made when first asked for after a change.
  private var rounded: Tensor?
  // Places for the copies that products without a tape make of the two.
  private var packings = (value: Packing(), rounded: Packing())

  /// Creates a parameter that holds `value`.
  package init(_ name: String, _ value: Tensor, isTrainable: Bool = true) {
    self.name = name
    self.isTrainable = isTrainable
    self.value = value.detached()
  }

  /// The current value, with its place on the tape that records now, if one does.
  ///
  /// A matrix arrives in the current precision; vectors such as biases and gains, which add to sums in
  /// float32, stay as they are.
  public var tensor: Tensor {
    let isRounded = Precision.current == .bfloat16 && shape.rank > 1
    var result = isRounded ? roundedValue : value
    if let tape = Tape.current {
      if isTrainable { result.node = tape.leaf(self) }
    } else if shape.rank == 2 {
      result.packing = isRounded ? packings.rounded : packings.value
    }
    return result
  }

  private var roundedValue: Tensor {
    if let rounded { return rounded }
    let result = value.backend.converted(value, to: .bfloat16)
    rounded = result
    return result
  }

  /// The sizes along each axis.
  public var shape: Shape { value.shape }

  /// Lets `body` change the value in place: for optimizers and for restoring checkpoints.
  package func update(_ body: (inout Tensor) -> Void) {
    let shape = value.shape
    rounded = nil
    packings = (Packing(), Packing())
    body(&value)
    // One that was another parameter's brings the place of that one's copy.
    value.packing = nil
    precondition(
      value.shape == shape && value.node == nil,
      "\(name): an update changed the shape \(shape) to \(value.shape) or recorded itself")
  }
}
