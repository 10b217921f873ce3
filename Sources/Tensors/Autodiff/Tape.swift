import Synchronization

/// The record of one forward pass: an array of operations, walked backwards by `withGradients`.
///
/// Being an array and not a graph of linked nodes, it frees in one loop at any depth. Tensors hold only
/// two integers of it, so keeping a loss keeps no graph.
///
/// `@unchecked Sendable`: confined to the `withGradients` call that makes it.
package final class Tape: @unchecked Sendable {
  /// A tensor's place: which tape, which value on it.
  package struct Node: Equatable, Sendable {
    let tape: UInt64
    let value: Int
  }

  /// Receives the gradients of an operation's results, nil where none arrived, and adds to its inputs'.
  package typealias Pullback = (_ dy: [Tensor?], _ into: inout GradientSink) -> Void

  struct Entry {
    let inputs: [Int?]
    let outputs: Range<Int>
    let pullback: Pullback
  }

  /// The tape that records now: nil outside `withGradients` and while pullbacks run.
  @TaskLocal package static var current: Tape?

  private static let created = Atomic<UInt64>(0)
  let id = Tape.created.add(1, ordering: .relaxed).newValue
  var entries: [Entry] = []
  var valueCount = 0
  var leaves: [ObjectIdentifier: (parameter: Parameter, node: Node)] = [:]
  private let wanted: Set<ObjectIdentifier>?

  /// Creates a tape that leads back to some parameters; nil for all that are trained.
  init(of parameters: [Parameter]?) {
    wanted = parameters.map { Set($0.map { ObjectIdentifier($0) }) }
  }

  /// Returns the place of `parameter`, which it takes once per tape; nil of one that is a constant to it.
  func leaf(_ parameter: Parameter) -> Node? {
    let key = ObjectIdentifier(parameter)
    guard parameter.isTrainable, wanted?.contains(key) ?? true else { return nil }
    if let leaf = leaves[key] { return leaf.node }
    let node = Node(tape: id, value: valueCount)
    valueCount += 1
    leaves[key] = (parameter, node)
    return node
  }

  /// Whether `tensor` has a place on this tape.
  func tracks(_ tensor: Tensor) -> Bool { tensor.node?.tape == id }

  /// Records an operation and returns the places of its results.
  func record(_ inputs: [Tensor], outputCount: Int, _ pullback: @escaping Pullback) -> Range<Int> {
    let outputs = valueCount..<(valueCount + outputCount)
    valueCount += outputCount
    entries.append(
      Entry(
        inputs: inputs.map { $0.node?.tape == id ? $0.node?.value : nil }, outputs: outputs,
        pullback: pullback))
    return outputs
  }
}

extension Tensor {
  /// Returns `result` with its place on the current tape, if one records and any input has a place on it.
  ///
  /// - Parameters:
  ///   - inputs: what the gradient flows to; the pullback names them by their position here.
  ///   - result: the operation's result.
  ///   - operation: what a profile calls it.
  ///   - pullback: given dy, adds to the inputs' gradients.
  /// - Returns: the result, which later operations on this tape lead back to.
  package static func recorded(
    _ inputs: [Tensor], _ result: Tensor, operation: StaticString = #function,
    _ pullback: @escaping (_ dy: Tensor, _ into: inout GradientSink) -> Void
  ) -> Tensor {
    guard let tape = Tape.current, inputs.contains(where: tape.tracks) else { return result }
    let timed = Profiler.timed(operation, inputs, [result]) { dys, into in
      if let dy = dys[0] { pullback(dy, &into) }
    }
    let outputs = tape.record(inputs, outputCount: 1, timed)
    var result = result
    result.node = Tape.Node(tape: tape.id, value: outputs.lowerBound)
    return result
  }

  /// Returns two results of one operation with their places on the current tape.
  package static func recorded(
    _ inputs: [Tensor], _ results: (Tensor, Tensor), operation: StaticString = #function,
    _ pullback: @escaping Tape.Pullback
  ) -> (Tensor, Tensor) {
    let recorded = recorded(inputs, [results.0, results.1], operation: operation, pullback)
    return (recorded[0], recorded[1])
  }

  /// Returns the results of one operation with their places on the current tape.
  package static func recorded(
    _ inputs: [Tensor], _ results: [Tensor], operation: StaticString = #function,
    _ pullback: @escaping Tape.Pullback
  ) -> [Tensor] {
    guard let tape = Tape.current, inputs.contains(where: tape.tracks) else { return results }
    let timed = Profiler.timed(operation, inputs, results, pullback)
    let outputs = tape.record(inputs, outputCount: results.count, timed)
    return zip(results, outputs).map { result, value in
      var result = result
      result.node = Tape.Node(tape: tape.id, value: value)
      return result
    }
  }

  /// Whether an operation on this tensor would be recorded now.
  package var isTracked: Bool { Tape.current?.tracks(self) ?? false }
}
