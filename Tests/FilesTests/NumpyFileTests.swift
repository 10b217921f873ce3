import SeqaeFiles
import Testing

private func read(_ bytes: [UInt8]) throws -> NumpyFile {
  let result = bytes.withUnsafeBytes { bytes in
    Result { () throws(Failure) in try NumpyFile(bytes, name: "a.npy") }
  }
  return try result.get()
}

/// A file of version 1.0 with a given header and data.
private func file(_ header: String, _ data: [UInt8]) -> [UInt8] {
  let length = header.utf8.count
  return NumpyFile.magic + [1, 0, UInt8(length % 256), UInt8(length / 256)] + Array(header.utf8)
    + data
}

// numpy 2.4.6: np.save(f, np.array([[1, -2.5, 3]], dtype="<f4")).
private let byNumpy: [UInt8] =
  file(
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }"
      + String(repeating: " ", count: 58) + "\n",
    [0, 0, 0x80, 0x3F, 0, 0, 0x20, 0xC0, 0, 0, 0x40, 0x40])

@Test func aMatrixIsWrittenAsNumpyWritesIt() throws {
  let matrix = NumpyFile([1, -2.5, 3], rows: 1, columns: 3)
  #expect(matrix.bytes == byNumpy)
  #expect(try read(byNumpy) == matrix)
  let empty = NumpyFile([], rows: 0, columns: 7)
  #expect(try read(empty.bytes) == empty)
}

@Test func otherShapesAndTypesOfNumpyAreRead() throws {
  // 1.5 and −2 as float64; keys in another order; one axis.
  let doubles: [UInt8] = [0, 0, 0, 0, 0, 0, 0xF8, 0x3F, 0, 0, 0, 0, 0, 0, 0, 0xC0]
  let header = "{\"shape\": (2,), \"fortran_order\": False, \"descr\": \"<f8\"}\n"
  #expect(try read(file(header, doubles)) == NumpyFile([1.5, -2], rows: 1, columns: 2))
}

@Test(arguments: [
  ("{'descr': '<i4', 'fortran_order': False, 'shape': (1, 1), }\n", "<i4"),
  ("{'descr': '<f4', 'fortran_order': True, 'shape': (1, 1), }\n", "Fortran"),
  ("{'descr': '<f4', 'fortran_order': False, 'shape': (), }\n", "axes"),
  ("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 1), }\n", "axes"),
  ("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }\n", "don't fit"),
  (
    "{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 4), }\n",
    "don't fit"
  ),
  ("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999, 4), }\n", "header"),
  ("{'descr': '<f4', 'fortran_order': False}\n", "header"), ("{'descr': '<f4'", "header"),
  ("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1, 1), }\n", "header"),
  ("", "header"),
])
func aFileOfOtherThingsIsRefused(_ header: String, _ word: String) {
  let failure = #expect(throws: Failure.self) { try read(file(header, [0, 0, 0x80, 0x3F])) }
  #expect(failure?.kind == .data)
  #expect(failure?.message.hasPrefix("a.npy: ") == true)
  #expect(failure?.message.contains(word) == true, "\(failure?.message ?? "")")
}

@Test func aFileThatIsCutIsRefused() throws {
  for count in byNumpy.indices {
    #expect(throws: Failure.self) { try read(Array(byNumpy.prefix(count))) }
  }
  #expect(throws: Failure.self) { try read(byNumpy + [0]) }
  var later = byNumpy
  later[6] = 9
  #expect(throws: Failure.self) { try read(later) }
}
