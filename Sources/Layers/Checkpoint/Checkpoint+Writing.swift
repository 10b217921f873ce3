import SeqaeFiles
import SeqaeTensors

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
    let entries = tensors.map { entry($0.name, $0.tensor, precision) }
    try SafetensorsWriter.write(path, entries: entries, metadata: [("format", "pt")])
  }

  /// Writes parameters to a safetensors file, all or nothing.
  ///
  /// In eight bits, the matrices that `QuantizedMatrix` suits become I8 with a tensor NAME_scale [rows, 1]
  /// beside each, and all else float32.
  ///
  /// - Parameters:
  ///   - path: the file, replaced only when the new one is complete and on the disk.
  ///   - parameters: what to write.
  ///   - precision: what it is written in.
  /// - Throws: a `Failure` if the file can't be written.
  public static func write(
    _ path: String, _ parameters: [Parameter], as precision: WeightPrecision
  ) throws(Failure) {
    let entries = parameters.flatMap { parameter -> [SafetensorsWriter.Entry] in
      guard precision == .int8, QuantizedMatrix.suits(parameter.shape) else {
        return [
          entry(parameter.name, parameter.tensor, precision == .bfloat16 ? .bfloat16 : .float32)
        ]
      }
      let matrix = parameter.quantizedValue
      let rows = matrix.shape[0]
      return [
        entry(parameter.name, "I8", matrix.shape) { matrix.values.map { UInt8(bitPattern: $0) } },
        entry(scaleName(parameter.name), "F32", [rows, 1]) {
          littleEndian(matrix.scales.map(\.bitPattern))
        },
      ]
    }
    try SafetensorsWriter.write(path, entries: entries, metadata: [("format", "pt")])
  }

  private static func entry(_ name: String, _ tensor: Tensor, _ precision: Precision)
    -> SafetensorsWriter.Entry
  {
    entry(name, precision == .float32 ? "F32" : "BF16", tensor.shape) { bytes(tensor, precision) }
  }

  private static func entry(
    _ name: String, _ dtype: String, _ shape: Shape, _ bytes: @escaping () -> [UInt8]
  ) -> SafetensorsWriter.Entry {
    SafetensorsWriter.Entry(name: name, dtype: dtype, shape: shape.dimensions) {
      (writer: inout FileWriter) throws(Failure) in
      try writer.write(bytes())
    }
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
