import SeqaeFiles
import SeqaeRandom
import SeqaeTensors

/// Makes and holds the parameters of a model: creation is registration.
///
/// A store is either fresh, and draws initial values, or reads a checkpoint, and then every name that a
/// layer asks for must be there in the right shape and every name that is there must be asked for. The two
/// never mix, so a misspelt name can't silently start from random values.
public final class ParameterStore {
  /// Where values come from.
  public enum Source {
    /// Drawn by each parameter's initializer.
    case fresh(Random)
    /// Read from a file.
    case checkpoint(Checkpoint)
  }

  private let source: Source
  private let backend: any Backend
  private var names: Set<ByteString> = []
  /// Every parameter made so far, in order of creation: what a checkpoint holds.
  public private(set) var state: [Parameter] = []
  /// Those of them that training moves.
  public var parameters: [Parameter] { state.filter { $0.isTrainable } }

  /// Creates a store whose values come from `source`.
  public convenience init(_ source: Source) {
    self.init(source, on: CPUBackend.shared)
  }

  /// Creates a store whose tensors live on `backend`.
  package init(_ source: Source, on backend: any Backend) {
    self.source = source
    self.backend = backend
  }

  /// The scope of names without a prefix.
  public var root: Scope { Scope(store: self, prefix: "") }

  /// Checks that a checkpoint held nothing that no layer asked for.
  ///
  /// - Throws: a `Failure` that names the first few left over.
  public func finish() throws(Failure) {
    guard case .checkpoint(let checkpoint) = source else { return }
    let unused = checkpoint.names.filter { !names.contains($0) }
    guard let first = unused.first else { return }
    let others = unused.count == 1 ? "" : " and \(unused.count - 1) more"
    throw Failure(
      .data,
      "\(checkpoint.path): holds \(first)\(others), which the model of config.json does not have:"
        + " config.json and weights belong to different models")
  }

  fileprivate func ignore(_ name: String) { names.insert(ByteString(name)) }

  fileprivate func parameter(
    _ name: String, _ shape: Shape, _ initializer: Initializer, trainable: Bool
  ) throws(Failure) -> Parameter {
    precondition(names.insert(ByteString(name)).inserted, "parameter \(name) is made twice")
    let parameter: Parameter
    switch source {
    case .fresh(let random):
      // By name, so that adding a layer changes no other layer's initial weights.
      let values = initializer.values(shape, using: random.child(name))
      parameter = Parameter(name, Tensor(values, shape, on: backend), isTrainable: trainable)
    case .checkpoint(let checkpoint):
      if let matrix = try checkpoint.quantizedMatrix(name, shape) {
        names.insert(ByteString(Checkpoint.scaleName(name)))
        parameter = Parameter(name, matrix, isTrainable: trainable, on: backend)
      } else {
        let tensor = try checkpoint.tensor(name, shape, on: backend)
        let isRounded = try checkpoint.isRounded(name) && shape.rank > 1
        parameter =
          isRounded
          ? Parameter(
            name, rounded: backend.converted(tensor, to: .bfloat16), isTrainable: trainable)
          : Parameter(name, tensor, isTrainable: trainable)
      }
    }
    state.append(parameter)
    return parameter
  }
}

/// A place in a model's tree of names; `scope / "encoder" / "layers.0"` goes down.
public struct Scope {
  private let store: ParameterStore
  private let prefix: String

  fileprivate init(store: ParameterStore, prefix: String) {
    self.store = store
    self.prefix = prefix
  }

  /// Returns the scope called `name` below `scope`.
  public static func / (scope: Scope, name: String) -> Scope {
    Scope(store: scope.store, prefix: scope.prefix.isEmpty ? name : scope.prefix + "." + name)
  }

  /// Makes the parameter called `name` here.
  ///
  /// - Parameters:
  ///   - name: the last part of its name, such as `weight`.
  ///   - shape: its shape.
  ///   - initializer: its values if the store is fresh.
  ///   - trainable: whether gradients flow to it; false for running averages.
  /// - Returns: the parameter, registered with the store.
  /// - Throws: a `Failure` if a checkpoint lacks the name or holds it in another shape.
  public func parameter(
    _ name: String, _ shape: Shape, _ initializer: Initializer, trainable: Bool = true
  ) throws(Failure) -> Parameter {
    try store.parameter((self / name).prefix, shape, initializer, trainable: trainable)
  }

  /// Says that a checkpoint may hold the tensor called `name` here, of which the layer has no use.
  public func ignore(_ name: String) { store.ignore((self / name).prefix) }
}
