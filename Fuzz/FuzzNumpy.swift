import SeqaeFiles

/// A magic, a header and numbers: a matrix that is taken has as many values as its shape says, and comes back from
/// what it is written as.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  let bytes = UnsafeRawBufferPointer(start: start, count: count)
  guard let matrix = try? NumpyFile(bytes, name: "fuzz") else { return 0 }
  precondition(matrix.values.count == matrix.rows * matrix.columns, "a matrix of another size")
  let again = matrix.bytes.withUnsafeBytes { try? NumpyFile($0, name: "fuzz") }
  // Bit by bit: NaN is not equal to itself.
  precondition(
    again?.rows == matrix.rows && again?.columns == matrix.columns
      && again?.values.map(\.bitPattern) == matrix.values.map(\.bitPattern),
    "a matrix that is not read as it was written")
  return 0
}
