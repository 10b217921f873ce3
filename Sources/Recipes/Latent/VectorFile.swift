import SeqaeFiles
import SeqaeLayers
import SeqaeModels

/// Vectors in files: JSON lines, NumPy's or safetensors.
public enum VectorFile {
  /// How vectors are written.
  public enum Format: String, CaseIterable, Sendable {
    /// An object {"text", "vector"} a line.
    case jsonl
    /// A matrix, a row for each.
    case npy
    /// The same, as the tensor `vectors`.
    case safetensors
  }

  static let tensorName = "vectors"

  /// The line of a text and its vector.
  public static func line(_ text: [UInt8], _ vector: [Float]) -> [UInt8] {
    var line = Array("{\"text\":".utf8) + JSON.string(ByteString(text)).serialized()
    line += Array(",\"vector\":[".utf8)
    for (index, value) in vector.enumerated() {
      if index > 0 { line.append(UInt8(ascii: ",")) }
      // The fewest digits that read back as the same float.
      line += "\(value)".utf8
    }
    return line + Array("]}".utf8)
  }

  /// Reads the vectors of a file, by its name's ending.
  ///
  /// - Parameters:
  ///   - path: `.npy`, `.safetensors`, or JSON lines of any other.
  ///   - size: the length that each must have.
  /// - Returns: the vectors.
  /// - Throws: `Failure(.missingInput)` or `Failure(.data)` that names the row.
  public static func read(_ path: String, size: Int) throws(Failure) -> [[Float]] {
    if path.hasSuffix(".npy") {
      let file = try NPYFile(path)
      return try rows(file.floats(), file.shape, path, size: size)
    }
    if path.hasSuffix(".safetensors") {
      let tensor = try Checkpoint(path).tensor(tensorName)
      return try rows(tensor.floats(), tensor.shape.dimensions, path, size: size)
    }
    let file = try MappedFile(path)
    defer { withExtendedLifetime(file) {} }
    var vectors: [[Float]] = []
    for line in Array(file.bytes).split(separator: 0x0A) where line != [0x0D] {
      let name = "\(path): vector \(vectors.count + 1)"
      vectors.append(try vector(of: Array(line), name: name, size: size))
    }
    return vectors
  }

  private static func rows(
    _ values: [Float], _ shape: [Int], _ path: String, size: Int
  ) throws(Failure) -> [[Float]] {
    guard shape.count == 2 else {
      throw Failure(.data, "\(path): expected rows of values, found the shape \(shape)")
    }
    let (count, columns) = (shape[0], shape[1])
    guard columns == size else { throw misfit("\(path): its vectors have", columns, size) }
    var vectors: [[Float]] = []
    for row in 0..<count {
      let vector = Array(values[row * columns..<(row + 1) * columns])
      guard vector.allSatisfy(\.isFinite) else {
        throw Failure(.data, "\(path): vector \(row + 1): holds NaN or infinity")
      }
      vectors.append(vector)
    }
    return vectors
  }

  /// Reads a line: an array of numbers, or an object with one under `vector`.
  ///
  /// - Parameters:
  ///   - line: the JSON.
  ///   - name: what messages call it.
  ///   - size: the length that the vector must have.
  /// - Returns: the vector.
  /// - Throws: `Failure(.data)`.
  public static func vector(
    of line: [UInt8], name: String, size: Int
  ) throws(Failure) -> [Float] {
    let json = try JSON.parse(line, name: name)
    guard let array = (json["vector"] ?? json).arrayValue else {
      throw Failure(.data, "\(name): expected an array of numbers, or {\"vector\": [numbers]}")
    }
    let values = array.compactMap { $0.doubleValue.map { Float($0) } }
    guard values.count == array.count, values.allSatisfy(\.isFinite) else {
      throw Failure(.data, "\(name): expected numbers of single precision and nothing else")
    }
    guard values.count == size else { throw misfit("\(name): has", values.count, size) }
    return values
  }

  private static func misfit(_ what: String, _ found: Int, _ size: Int) -> Failure {
    Failure(.data, "\(what) \(found) values, the model's codes have \(size)")
  }
}
