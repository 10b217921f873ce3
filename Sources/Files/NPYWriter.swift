/// Writing of arrays in NumPy's file format, which `numpy.load` and `NPYFile` read.
///
///     try NPYWriter.write("vectors.npy", floats: vectors, shape: [1000, 256])
public enum NPYWriter {
  /// Returns what stands before the elements, byte for byte as NumPy writes it: version 1.0, a multiple of 64
  /// long, with room for more digits of the first dimension.
  ///
  /// - Parameters:
  ///   - element: The type of the elements.
  ///   - shape: The dimensions; none for a scalar.
  /// - Returns: The bytes, after which the elements follow row by row, little endian.
  public static func header(_ element: NPYFile.Element, shape: [Int]) -> [UInt8] {
    precondition(shape.allSatisfy { $0 >= 0 }, "npy: no array has the shape \(shape)")
    let sizes = shape.map(String.init).joined(separator: ", ")
    var text =
      "{'descr': '\(element.rawValue)', 'fortran_order': False, 'shape': "
      + "(\(sizes)\(shape.count == 1 ? "," : "")), }"
    // The digits of 2⁶⁴ and a sign: NumPy leaves them to whoever appends rows in place.
    if let first = shape.first {
      text += String(repeating: " ", count: 21 - String(first).utf8.count)
    }
    let before = NPYFile.magic.count + 4
    let padding = 64 - (before + text.utf8.count + 1) % 64
    text += String(repeating: " ", count: padding) + "\n"
    precondition(text.utf8.count <= 0xFFFF, "npy: \(shape.count) dimensions are too many")
    let length = withUnsafeBytes(of: UInt16(text.utf8.count).littleEndian) { Array($0) }
    return NPYFile.magic + [1, 0] + length + Array(text.utf8)
  }

  /// Writes a file of floats of 4 bytes as `AtomicFile` does: completely or not at all.
  ///
  /// - Parameters:
  ///   - path: The file to create or replace.
  ///   - floats: The elements, row by row.
  ///   - shape: The dimensions, whose product is the number of elements.
  /// - Throws: `Failure(.cannotCreate)` or `Failure(.io)`.
  public static func write(_ path: String, floats: [Float], shape: [Int]) throws(Failure) {
    try write(path, .float32, floats, shape)
  }

  /// Writes a file of floats of 8 bytes, as `write(_:floats:shape:)` does.
  public static func write(_ path: String, doubles: [Double], shape: [Int]) throws(Failure) {
    try write(path, .float64, doubles, shape)
  }

  private static func write<Value: BitwiseCopyable>(
    _ path: String, _ element: NPYFile.Element, _ values: [Value], _ shape: [Int]
  ) throws(Failure) {
    precondition(
      values.count == shape.reduce(1, *), "npy: \(path): \(values.count) elements for \(shape)")
    let header = header(element, shape: shape)
    try AtomicFile.write(path) { writer throws(Failure) in
      try writer.write(header)
      try values.withUnsafeBufferPointer { elements throws(Failure) in
        try writer.write(UnsafeRawBufferPointer(elements))
      }
    }
  }
}
