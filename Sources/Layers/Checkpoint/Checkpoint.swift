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
    let bytes = file.bytes(of: entry)
    switch entry.dtype {
    case "F32":
      return Tensor(
        try finite(bytes, UInt32.self, name) { Float(bitPattern: $0) }, found, on: backend)
    case "BF16":
      return Tensor(
        try finite(bytes, UInt16.self, name) { Float(bitPattern: UInt32($0) << 16) }, found,
        on: backend)
    default:
      throw Failure(
        .data, "\(path): \(name): expected elements of type F32 or BF16, found \(entry.dtype)")
    }
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

extension Checkpoint {
  /// Writes tensors to a safetensors file, all or nothing.
  ///
  /// - Parameters:
  ///   - path: the file, replaced only when the new one is complete and on the disk.
  ///   - tensors: what to write, real tensors.
  ///   - precision: the element type in the file.
  /// - Throws: a `Failure` if the file can't be written.
  public static func write(
    _ path: String, _ tensors: [(name: String, tensor: Tensor)], as precision: Precision = .float32
  ) throws(Failure) {
    let type = precision == .float32 ? "F32" : "BF16"
    let entries = tensors.map { name, tensor in
      SafetensorsWriter.Entry(name: name, dtype: type, shape: tensor.shape.dimensions) {
        (writer: inout FileWriter) throws(Failure) in
        try writer.write(bytes(tensor, precision))
      }
    }
    try SafetensorsWriter.write(path, entries: entries, metadata: [("format", "pt")])
  }

  private static func bytes(_ tensor: Tensor, _ precision: Precision) -> [UInt8] {
    let bits = tensor.floats().map(\.bitPattern)
    switch precision {
    case .float32: return littleEndian(bits)
    case .bfloat16:
      // Round to nearest, ties to even: add just under half a unit of the kept part, and one more if
      // it is odd.
      return littleEndian(
        bits.map { UInt16(truncatingIfNeeded: ($0 &+ 0x7FFF &+ ($0 >> 16 & 1)) >> 16) })
    }
  }

  private static func littleEndian<Bits: FixedWidthInteger>(_ values: [Bits]) -> [UInt8] {
    values.map(\.littleEndian).withUnsafeBytes { Array($0) }
  }
}
