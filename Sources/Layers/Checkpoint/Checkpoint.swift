import SeqaeFiles
import SeqaeTensors

/// Named tensors in a safetensors file.
public final class Checkpoint {
  private let file: SafetensorsFile
  /// Where the file lies.
  public let path: String

  /// Opens a file and checks its header.
  ///
  /// - Throws: a `Failure` that names the file and what is wrong with it.
  public init(_ path: String) throws(Failure) {
    self.path = path
    file = try SafetensorsFile(path)
  }

  /// The names of all tensors, in the file's order.
  public var names: [ByteString] { file.entries.map(\.name) }

  /// Returns the real tensor called `name`.
  ///
  /// - Parameters:
  ///   - name: its name in the file.
  ///   - shape: the shape that it must have, nil for any.
  ///   - backend: where it shall live.
  /// - Returns: the tensor, of the backend's own element type.
  /// - Throws: a `Failure` if it is absent, of another shape, neither F32 nor BF16, or holds NaN or
  ///   infinity.
  package func tensor(
    _ name: String, _ shape: Shape? = nil, on backend: any Backend = CPUBackend.shared
  ) throws(Failure) -> Tensor {
    let entry = try entry(name, shape)
    let bytes = file.bytes(of: entry)
    switch entry.dtype {
    case "F32":
      return Tensor(
        try finite(bytes, UInt32.self, name) { Float(bitPattern: $0) }, Shape(entry.shape),
        on: backend)
    case "BF16":
      return Tensor(
        try finite(bytes, UInt16.self, name) { Float(bitPattern: UInt32($0) << 16) },
        Shape(entry.shape), on: backend)
    default:
      throw Failure(
        .data, "\(path): \(name): expected elements of type F32 or BF16, found \(entry.dtype)")
    }
  }

  /// Whether the file holds the tensor called `name` in bfloat16.
  ///
  /// - Throws: a `Failure` if it is absent.
  package func isRounded(_ name: String) throws(Failure) -> Bool {
    try entry(name, nil).dtype == "BF16"
  }

  /// Returns the matrix called `name` if the file holds it in eight bits, with its scales.
  ///
  /// - Parameters:
  ///   - name: its name in the file.
  ///   - shape: the shape that it must have.
  /// - Returns: the matrix, nil if it is real.
  /// - Throws: a `Failure` if it is absent or of another shape, or its scales are absent, of another shape or
  ///   type, or no numbers from 0 on.
  package func quantizedMatrix(_ name: String, _ shape: Shape) throws(Failure) -> QuantizedMatrix? {
    let entry = try entry(name, shape)
    guard entry.dtype == "I8" else { return nil }
    guard shape.rank == 2, shape[1] <= QuantizedMatrix.mostColumns else {
      throw Failure(
        .data,
        "\(path): \(name): elements of type I8 are for matrices of up to "
          + "\(QuantizedMatrix.mostColumns) columns, found \(shape)")
    }
    let scaleName = Self.scaleName(name)
    let scales = try tensor(scaleName, [shape[0], 1]).floats()
    guard scales.allSatisfy({ $0 >= 0 }) else {
      throw Failure(.data, "\(path): \(scaleName): holds a scale below 0: the file is damaged")
    }
    let bytes = file.bytes(of: entry)
    let values = [Int8](unsafeUninitializedCapacity: bytes.count) { buffer, count in
      UnsafeMutableRawBufferPointer(buffer).copyMemory(from: bytes)
      count = bytes.count
    }
    return QuantizedMatrix(values, scales: scales, shape)
  }

  /// What the scales of a matrix in eight bits are called: as in compressed-tensors' files.
  static func scaleName(_ name: String) -> String { name + "_scale" }

  private func entry(_ name: String, _ shape: Shape?) throws(Failure) -> SafetensorsFile.Entry {
    guard let entry = file[ByteString(name)] else {
      throw Failure(
        .data, "\(path): has no tensor \(name): config.json and weights belong to different models")
    }
    let found = Shape(entry.shape)
    if let shape, shape != found {
      throw Failure(
        .data,
        "\(path): \(name): config.json says \(shape), the file holds \(found):"
          + " config.json and weights belong to different models")
    }
    return entry
  }

  /// Decodes little-endian numbers and refuses those that are not finite.
  private func finite<Bits: FixedWidthInteger>(
    _ bytes: UnsafeRawBufferPointer, _ type: Bits.Type, _ name: String, _ decode: (Bits) -> Float
  ) throws(Failure) -> [Float] {
    let count = bytes.count / MemoryLayout<Bits>.size
    var isFinite = true
    let values = [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      for index in 0..<count {
        let bits = bytes.loadUnaligned(
          fromByteOffset: index * MemoryLayout<Bits>.size, as: Bits.self)
        let value = decode(Bits(littleEndian: bits))
        isFinite = isFinite && value.isFinite
        buffer[index] = value
      }
      initialized = count
    }
    guard isFinite else {
      throw Failure(
        .data, "\(path): \(name): holds NaN or infinity: the file is damaged or its training failed"
      )
    }
    return values
  }
}
