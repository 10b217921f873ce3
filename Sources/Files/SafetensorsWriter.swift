/// Writing of safetensors files, which Python's `safetensors` and `SafetensorsFile` read.
public enum SafetensorsWriter {
  /// One tensor to write: what it is, and what writes its bytes, little endian, row by row.
  public typealias Entry = (
    name: String, dtype: String, shape: [Int], bytes: (inout FileWriter) throws(Failure) -> Void
  )

  /// Writes a file as `AtomicFile` does: completely or not at all.
  ///
  /// Tensors are ordered by size of element, largest first, then by name; with the data's start at
  /// a multiple of 64 each then lies at a multiple of its element's size in memory. The bytes of a
  /// file depend on nothing but the arguments, in whatever order the tensors come.
  ///
  /// - Parameters:
  ///   - path: The file to create or replace.
  ///   - entries: The tensors; names must differ, `bytes` must write what `dtype` and `shape` say.
  ///   - metadata: Strings for the header's `__metadata__`, in this order; keys must differ.
  /// - Throws: `Failure(.cannotCreate)`, `Failure(.io)`, or what an entry's `bytes` throws.
  public static func write(
    _ path: String, entries: [Entry], metadata: [(key: String, value: String)] = []
  ) throws(Failure) {
    let sorted = sizes(of: entries).sorted { left, right in
      let bits = (left.bits, right.bits)
      return bits.0 == bits.1
        ? ByteString(left.entry.name) < ByteString(right.entry.name) : bits.0 > bits.1
    }
    let header = header(sorted, metadata)
    precondition(
      header.count <= SafetensorsFile.maximumHeaderSize,
      "safetensors: \(path): a header of \(header.count) bytes is more than readers accept")

    try AtomicFile.write(path) { writer throws(Failure) in
      try writer.write(withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) })
      try writer.write(header)
      for (entry, _, byteCount) in sorted {
        let start = writer.count
        try entry.bytes(&writer)
        precondition(
          writer.count - start == byteCount,
          "safetensors: \(entry.name): \(entry.dtype) \(entry.shape) takes \(byteCount) bytes, "
            + "\(writer.count - start) were written")
      }
    }
  }

  /// Returns what stands before the elements of a matrix of floats of 4 bytes, the only tensor of a file: as long for any
  /// number of rows, so that it can be written in place when that is known.
  ///
  /// - Parameters:
  ///   - name: The tensor's name.
  ///   - rows: How many rows there are, one after the other.
  ///   - columns: How many elements a row has.
  /// - Returns: The bytes, after which the elements follow, little endian.
  public static func matrixHeader(_ name: String, rows: Int, columns: Int) -> [UInt8] {
    let entry: Entry = (name, "F32", [rows, columns], { (_: inout FileWriter) in })
    var text = header(sizes(of: [entry]), [("format", "pt")])
    // The digits of three numbers of 64 bits, and a multiple of 64 in all.
    let room = 192 + 64 * ((name.utf8.count + 63) / 64)
    while text.count < room || (8 + text.count) % 64 != 0 { text.append(UInt8(ascii: " ")) }
    return withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) } + text
  }

  private typealias Sized = (entry: Entry, bits: Int, byteCount: Int)

  private static func sizes(of entries: [Entry]) -> [Sized] {
    entries.map { entry in
      guard let bits = SafetensorsType.bits(entry.dtype),
        let byteCount = SafetensorsType.byteCount(entry.dtype, entry.shape)
      else {
        preconditionFailure(
          "safetensors: \(entry.name): no tensor is \(entry.dtype) \(entry.shape)")
      }
      precondition(entry.name != "__metadata__", "safetensors: __metadata__ can't name a tensor")
      return (entry, bits, byteCount)
    }
  }

  /// The header's JSON, padded with spaces so that the data begins at a multiple of 64.
  private static func header(
    _ entries: [Sized], _ metadata: [(key: String, value: String)]
  ) -> [UInt8] {
    var members = JSONObject()
    if !metadata.isEmpty {
      members["__metadata__"] = .object(
        JSONObject(metadata.map { (ByteString($0.key), JSON($0.value)) }))
    }
    var offset = 0
    for (entry, _, byteCount) in entries {
      let name = ByteString(entry.name)
      precondition(members[name] == nil, "safetensors: \(name.quoted) is given twice")
      members[name] = [
        "dtype": JSON(entry.dtype),
        "shape": .array(entry.shape.map { .integer($0) }),
        "data_offsets": [.integer(offset), .integer(offset + byteCount)],
      ]
      offset += byteCount
    }
    var header = JSON.object(members).serialized()
    while (8 + header.count) % 64 != 0 { header.append(UInt8(ascii: " ")) }
    return header
  }
}
