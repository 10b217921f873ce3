/// The gradients of one loss, by parameter.
public struct Gradients: Sendable {
  private var values: [ObjectIdentifier: Tensor] = [:]

  /// Creates gradients of no parameter.
  package init() {}

  /// The gradient of the loss with respect to `parameter`, nil if the loss does not depend on it.
  public subscript(parameter: Parameter) -> Tensor? {
    get { values[ObjectIdentifier(parameter)] }
    set { values[ObjectIdentifier(parameter)] = newValue }
  }

  /// The number of parameters that received a gradient.
  public var count: Int { values.count }
}

/// Returns the loss that `body` computes and its gradient with respect to every parameter it used.
///
/// Reverse-mode differentiation: `body`'s operations are recorded, then walked backwards. Each
/// operation's record is dropped as soon as it has been pulled back.
///
/// ```swift
/// let (loss, gradients) = withGradients { (w.tensor * w.tensor).sum() }
/// gradients[w]  // 2w
/// ```
///
/// - Parameters:
///   - parameters: those that gradients are wanted of, the others being constants, whose share of the work backwards is saved;
///     nil for all that are trained.
///   - body: computes a loss of one element.
/// - Returns: the loss without its graph, and the gradients.
public func withGradients(
  of parameters: [Parameter]? = nil, _ body: () throws -> Tensor
) rethrows -> (loss: Tensor, gradients: Gradients) {
  Profiler.skip()
  let tape = Tape(of: parameters)
  let loss = try Tape.$current.withValue(tape) { try body() }
  precondition(
    loss.shape.count == 1, "withGradients: the loss has shape \(loss.shape), not one element")
  guard let node = loss.node, node.tape == tape.id else { return (loss.detached(), Gradients()) }
  let gradients = Tape.$current.withValue(nil) { tape.backward(from: node, of: loss) }
  return (loss.detached(), gradients)
}

extension Tape {
  /// Walks the tape backwards from `node`, dropping each record on the way.
  fileprivate func backward(from node: Node, of loss: Tensor) -> Gradients {
    var sink = GradientSink(
      valueCount: valueCount, leaves: Set(leaves.values.map { $0.node.value }))
    sink.seed(node.value, loss.backend.full(loss.shape, 1))
    while let entry = entries.popLast() {
      let dys = entry.outputs.map { sink.take($0) }
      guard dys.contains(where: { $0 != nil }) else { continue }
      sink.enter(entry.inputs)
      entry.pullback(dys, &sink)
    }
    var gradients = Gradients()
    for (parameter, node) in leaves.values { gradients[parameter] = sink.take(node.value) }
    return gradients
  }
}
