/// A value: the storage it shares, a view onto it, and its place on the tape if it has one.
///
/// Contents never change under a second holder: operations return new tensors, and the few that write
/// in place copy first unless the storage is theirs alone.
///
/// ```swift
/// let x = Tensor([1, 2, 3, 4], [2, 2])
/// let y = x * x + 1  // [[2, 5], [10, 17]]
/// ```
public struct Tensor: Sendable {
  /// The memory, perhaps shared with other tensors.
  package var storage: Storage
  /// Where the elements lie in it.
  package let layout: Layout
  /// The type of the elements.
  public let dtype: DType
  /// The place on a tape, nil for a constant.
  package var node: Tape.Node?
  /// Where a backend keeps its copy of a matrix that many products take before it changes; nil for others.
  package var packing: Packing?

  /// Creates a tensor that views `storage` through `layout`.
  package init(storage: Storage, layout: Layout, dtype: DType, node: Tape.Node? = nil) {
    self.storage = storage
    self.layout = layout
    self.dtype = dtype
    self.node = node
  }

  /// Creates a tensor of undefined contents for a kernel to fill.
  package init(uninitialized shape: Shape, _ dtype: DType, on backend: any Backend) {
    self.init(
      storage: backend.makeStorage(byteCount: shape.count * dtype.byteCount),
      layout: Layout(contiguous: shape), dtype: dtype)
  }

  /// Creates a tensor of real numbers from `values` in row-major order.
  public init(_ values: [Float], _ shape: Shape) {
    self.init(values, shape, on: CPUBackend.shared)
  }

  /// Creates a tensor of integers, such as token ids, from `values` in row-major order.
  public init(integers values: [Int32], _ shape: Shape) {
    self.init(integers: values, shape, on: CPUBackend.shared)
  }

  /// Creates a tensor of real numbers on `backend`.
  package init(_ values: [Float], _ shape: Shape, on backend: any Backend) {
    precondition(values.count == shape.count, "\(values.count) values for shape \(shape)")
    self = backend.upload(values, shape)
  }

  /// Creates a tensor of integers on `backend`.
  package init(integers values: [Int32], _ shape: Shape, on backend: any Backend) {
    precondition(values.count == shape.count, "\(values.count) values for shape \(shape)")
    self = backend.upload(values, shape)
  }

  /// The sizes along each axis.
  public var shape: Shape { layout.shape }

  /// Who computes with this tensor.
  package var backend: any Backend { storage.backend }

  /// Returns the same contents without a place on the tape.
  public func detached() -> Tensor {
    var result = Tensor(storage: storage, layout: layout, dtype: dtype)
    result.packing = packing
    return result
  }

  /// Returns the elements in row-major order as single-precision numbers.
  public func floats() -> [Float] { backend.downloadFloats(self) }

  /// Returns the elements in row-major order as double-precision numbers.
  public func doubles() -> [Double] { backend.download(self) }

  /// Returns the elements in row-major order as integers; the tensor must hold integers.
  public func integers() -> [Int32] {
    precondition(dtype == .int32, "integers(): the tensor holds \(dtype)")
    return backend.download(self).map { Int32($0) }
  }

  /// Returns the only element of a tensor with one element.
  public func item() -> Double {
    precondition(shape.count == 1, "item(): shape \(shape) has \(shape.count) elements")
    return doubles()[0]
  }

  /// Returns the tensor with its elements in row-major order without gaps, copying only if they are not,
  /// and without a place on the tape.
  package func contiguous() -> Tensor {
    layout.isContiguous ? detached() : backend.copy(detached())
  }

  /// Whether a kernel may write the elements in place: nobody else holds them and they have no gaps.
  package mutating func isWritable() -> Bool {
    layout.isContiguous && layout.offset == 0 && isKnownUniquelyReferenced(&storage)
  }

  /// Makes the elements writable in place, copying them if someone else holds them.
  package mutating func makeWritable() {
    if !isWritable() { self = backend.copy(detached()) }
  }

  /// Returns the view of this tensor's storage through another layout, without a place on the tape.
  package func view(_ layout: Layout) -> Tensor {
    Tensor(storage: storage, layout: layout, dtype: dtype)
  }
}

extension Tensor: CustomStringConvertible {
  public var description: String {
    let shown = doubles().prefix(8).map { "\($0)" }.joined(separator: ", ")
    return "Tensor \(shape) \(dtype): \(shown)\(shape.count > 8 ? ", …" : "")"
  }
}
