import SeqaeFiles
import SeqaeTensors

/// The tensors of a safetensors file under `Tests/Fixtures`, widened to double precision.
package struct Fixture: Sendable {
  /// Shape and elements in row-major order, by name.
  package let tensors: [String: (shape: Shape, values: [Double])]

  /// Reads `Tests/Fixtures/<path>`.
  package init(_ path: String) throws {
    let file = try SafetensorsFile(Fixture.path(path))
    var tensors: [String: (shape: Shape, values: [Double])] = [:]
    for entry in file.entries {
      let bytes = UnsafeRawBufferPointer(rebasing: file.file.bytes[entry.range])
      let count = entry.shape.reduce(1, *)
      let values: [Double]
      switch entry.dtype {
      case "F64": values = Fixture.elements(count, bytes) { (x: Double) in x }
      case "F32": values = Fixture.elements(count, bytes) { (x: Float) in Double(x) }
      case "I32": values = Fixture.elements(count, bytes) { (x: Int32) in Double(x) }
      case "I64": values = Fixture.elements(count, bytes) { (x: Int64) in Double(x) }
      default: throw Mismatch("\(path): \(entry.name) has elements of type \(entry.dtype)")
      }
      tensors[entry.name.string] = (Shape(entry.shape), values)
    }
    self.tensors = tensors
  }

  /// The absolute path of `path` under `Tests/Fixtures`.
  package static func path(_ path: String) -> String {
    // This file is Tests/TestSupport/Fixture.swift.
    let folders = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2)
    return (folders + ["Fixtures", Substring(path)]).joined(separator: "/")
  }

  /// Returns the tensor called `name`, or throws an error that names it.
  package func callAsFunction(_ name: String) throws -> (shape: Shape, values: [Double]) {
    guard let tensor = tensors[name] else { throw Mismatch("the fixture has no tensor \(name)") }
    return tensor
  }

  /// Returns the real tensor called `name` on `backend`; in full precision on the reference.
  package func tensor(_ name: String, on backend: any Backend) throws -> Tensor {
    let (shape, values) = try self(name)
    if let reference = backend as? ReferenceBackend { return reference.make(shape, values) }
    return Tensor(values.map { Float($0) }, shape, on: backend)
  }

  /// Returns the tensor called `name` as integers on `backend`.
  package func integers(_ name: String, on backend: any Backend) throws -> Tensor {
    let (shape, values) = try self(name)
    return Tensor(integers: values.map { Int32($0) }, shape, on: backend)
  }

  private static func elements<Element: BitwiseCopyable>(
    _ count: Int, _ bytes: UnsafeRawBufferPointer, _ widen: (Element) -> Double
  ) -> [Double] {
    (0..<count).map {
      widen(
        bytes.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Element>.size, as: Element.self))
    }
  }
}
