import CKernels

/// A map x Wᵀ + b on plain memory, its weights as products of a few rows read them.
///
/// `@unchecked Sendable`: nothing of it is written after it is made.
final class StepMap: @unchecked Sendable {
  /// The memory that products work in.
  struct Room {
    fileprivate let scratch: UnsafeMutableRawPointer  // of the products
    fileprivate let rounded: UnsafeMutableRawPointer  // rows in eight bits or bfloat16
    private let storages: [Storage]

    /// Room for products of so many rows.
    init(_ backend: CPUBackend, rows: Int, _ maps: [StepMap]) {
      func room(_ size: (StepMap) -> Int) -> Storage {
        backend.makeStorage(byteCount: max(64, maps.reduce(0) { max($0, size($1)) }))
      }
      let (first, second) = (
        room { $0.scratchSize(rows: rows) }, room { $0.roundedSize(rows: rows) }
      )
      (scratch, rounded) = (first.pointer, second.pointer)
      storages = [first, second]
    }
  }

  private enum Weight {
    /// Row by row; packed as well where that is faster for many rows.
    case real(Tensor)
    case quantized(QuantizedMatrix, Storage)
  }

  let inputs: Int
  let outputs: Int
  private let backend: CPUBackend
  private let weight: Weight
  private let bias: Tensor

  init(_ map: StepLayer.Map, _ backend: CPUBackend) {
    (outputs, inputs) = (map.weight.shape[0], map.weight.shape[1])
    self.backend = backend
    bias = backend.widened(map.bias).contiguous()
    switch map.weight {
    case .real(let tensor):
      // What is contiguous already keeps the place of its packed copy.
      weight = .real(tensor.layout.isContiguous ? tensor : tensor.contiguous())
    case .quantized(let matrix): weight = .quantized(matrix, backend.packed(matrix))
    }
  }

  /// Whether neither weights nor rows are rounded.
  var isFloat32: Bool {
    if case .real(let tensor) = weight { tensor.dtype == .float32 } else { false }
  }

  private func scratchSize(rows: Int) -> Int {
    switch weight {
    case .real(let tensor):
      tensor.dtype == .bfloat16
        ? ck_gemm_bf16_scratch(rows, outputs, inputs) : ck_gemm_scratch(rows, outputs, inputs)
    case .quantized: 0
    }
  }

  private func roundedSize(rows: Int) -> Int {
    switch weight {
    case .real(let tensor): tensor.dtype == .bfloat16 ? rows * inputs * 2 : 0
    case .quantized: ck_int8_rows_size(rows, inputs)
    }
  }

  /// y = x Wᵀ + b of several maps of one kind of weights side by side [R, Σ outputs], x being [R, inputs].
  static func apply(
    _ maps: [StepMap], to x: UnsafeMutablePointer<Float>, _ rows: Int,
    into y: UnsafeMutablePointer<Float>, _ room: Room
  ) {
    guard let first = maps.first else { return }
    let stride = maps.reduce(0) { $0 + $1.outputs }
    first.round(x, rows, room)
    var column = 0
    for map in maps {
      map.multiply(x, rows, into: y + column, stride, .identity, room)
      column += map.outputs
    }
  }

  /// y = act(x Wᵀ + b) [R, outputs], x being [R, inputs].
  func apply(
    to x: UnsafeMutablePointer<Float>, _ rows: Int, into y: UnsafeMutablePointer<Float>,
    activation: Activation = .identity, _ room: Room
  ) {
    round(x, rows, room)
    multiply(x, rows, into: y, outputs, activation, room)
  }

  private func round(_ x: UnsafeMutablePointer<Float>, _ rows: Int, _ room: Room) {
    switch weight {
    case .real(let tensor):
      guard tensor.dtype == .bfloat16 else { return }
      ck_narrow(x, room.rounded.assumingMemoryBound(to: UInt16.self), rows * inputs)
    case .quantized:
      ck_int8_round_rows(DType.float32.kernelType, rows, inputs, x, inputs, room.rounded)
    }
  }

  private func multiply(
    _ x: UnsafeMutablePointer<Float>, _ rows: Int, into y: UnsafeMutablePointer<Float>,
    _ stride: Int, _ activation: Activation, _ room: Room
  ) {
    switch weight {
    case .real(let tensor):
      var epilogue = ck_epilogue(
        bias: backend.floats(bias), activation: activation.code, derivative: nil, factor: nil)
      let packed = backend.packed(tensor, rows: rows)
      if tensor.dtype == .bfloat16 {
        ck_gemm_bf16(
          rows, outputs, inputs, 1, room.rounded.assumingMemoryBound(to: UInt16.self), inputs, 1,
          backend.halves(tensor), 1, inputs, packed?.pointer, 0, y, stride,
          DType.float32.kernelType, &epilogue, room.scratch)
      } else {
        ck_gemm_f32(
          rows, outputs, inputs, 1, x, inputs, 1, backend.floats(tensor), 1, inputs,
          packed?.pointer, 0, y, stride, &epilogue, room.scratch)
      }
      extendLifetime(packed)
    case .quantized(_, let packed):
      ck_int8_product(
        rows, outputs, inputs, room.rounded, packed.pointer, backend.floats(bias),
        activation.code, y, stride, DType.float32.kernelType)
    }
  }
}
