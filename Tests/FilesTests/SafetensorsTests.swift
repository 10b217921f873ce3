import SeqaeFiles
import SeqaeRandom
import Testing

/// The elements of a tensor, loaded as any writer may have placed them.
private func elements<Element: BitwiseCopyable>(
  _ file: SafetensorsFile, _ entry: SafetensorsFile.Entry, as type: Element.Type
) -> [Element] {
  let bytes = file.bytes(of: entry)
  return stride(from: 0, to: bytes.count, by: MemoryLayout<Element>.size).map {
    bytes.loadUnaligned(fromByteOffset: $0, as: type)
  }
}

@Suite struct SafetensorsTests {
  @Test func readsWhatPythonWrote() throws {
    let file = try SafetensorsFile(fixture("mixed.safetensors"))
    #expect(file.entries.count == 7)
    #expect(file.metadata.map(\.key) == ["format", "note"])
    #expect(file.metadata.map(\.value) == ["pt", "naïve 字"])

    let weight = try #require(file["encoder.weight"])
    #expect(weight.dtype == "F32" && weight.shape == [2, 3])
    #expect(elements(file, weight, as: Float.self) == [0, 0.25, 0.5, 0.75, 1, 1.25])

    // bfloat16 is the upper half of a float: −1.5 = BFC0.0000, 2 = 4000.0000.
    let bias = try #require(file["encoder.bias"])
    #expect(bias.dtype == "BF16" && bias.shape == [3])
    #expect(elements(file, bias, as: UInt16.self) == [0xBFC0, 0, 0x4000])

    let ids = try #require(file["ids"])
    #expect(ids.dtype == "I64" && elements(file, ids, as: Int64.self) == [1 << 40, -1])
    let mask = try #require(file["mask"])
    #expect(mask.dtype == "BOOL" && elements(file, mask, as: UInt8.self) == [1, 0, 1])
    let scalar = try #require(file["scalar"])
    #expect(scalar.shape == [] && elements(file, scalar, as: Double.self) == [0.1])
    let empty = try #require(file["empty"])
    #expect(empty.dtype == "F16" && empty.shape == [0, 5] && file.bytes(of: empty).isEmpty)
    let chinese = try #require(file["字"])
    #expect(elements(file, chinese, as: UInt8.self) == [7, 8])
    #expect(file["absent"] == nil)
  }

  /// Four elements of a type: 16 n + i is byte i of the type that is number n, truth values are 0, 1, 0, 1.
  private func content(_ dtype: String) throws -> [UInt8] {
    let number = try #require(SafetensorsType.names.firstIndex(of: dtype))
    let count = try #require(SafetensorsType.byteCount(dtype, [4]))
    return (0..<count).map {
      UInt8(truncatingIfNeeded: dtype == "BOOL" ? $0 % 2 : 16 * number + $0)
    }
  }

  @Test func everyTypeThatPythonWritesIsRead() throws {
    let file = try SafetensorsFile(fixture("types.safetensors"))
    // Python has no elements of six bits.
    let names = SafetensorsType.names.filter { !$0.hasPrefix("F6_") }
    #expect(file.entries.map(\.name).sorted() == names.map { ByteString($0) })
    for entry in file.entries {
      #expect(entry.dtype == entry.name.string && entry.shape == [4])
      #expect(Array(file.bytes(of: entry)) == (try content(entry.dtype)), "\(entry.name)")
    }
  }

  @Test func everyTypeIsWrittenAsInTheFileThatPythonHasRead() throws {
    let folder = TemporaryFolder()
    var entries: [SafetensorsWriter.Entry] = []
    for name in SafetensorsType.names {
      let bytes = try content(name)
      entries.append((name, name, [4], { writer throws(Failure) in try writer.write(bytes) }))
    }
    try SafetensorsWriter.write(
      folder("ours"), entries: entries, metadata: [(key: "maker", value: "naïve 字")])
    let expected = try MappedFile(fixture("ours.safetensors"))
    #expect(folder.get("ours") == Array(expected.bytes))
  }

  @Test func whatIsWrittenReadsBackAtAlignedPlaces() throws {
    let random = Random(seed: 51)
    let folder = TemporaryFolder()
    for round in 0..<50 {
      var contents: [ByteString: [UInt8]] = [:]
      var entries: [SafetensorsWriter.Entry] = []
      let dtypes = ["F64", "F32", "BF16", "I8", "BOOL", "U64", "F16", "I32", "F8_E4M3"]
      for number in 0..<random.integer(below: 12) {
        let dtype = dtypes[random.integer(below: dtypes.count)]
        let shape = (0..<random.integer(below: 4)).map { _ in random.integer(below: 6) }
        let count = try #require(SafetensorsType.byteCount(dtype, shape))
        let bytes = random.bytes(count)
        let name = "\(random.text(3))\(number)"
        contents[ByteString(name)] = bytes
        entries.append(
          (name, dtype, shape, { writer throws(Failure) in try writer.write(bytes) }))
      }
      let metadata = round % 2 == 0 ? [(key: "é\n", value: "\"x\""), (key: "b", value: "")] : []
      try SafetensorsWriter.write(folder("a"), entries: entries, metadata: metadata)

      let file = try SafetensorsFile(folder("a"))
      #expect(file.entries.count == entries.count)
      #expect(file.metadata.map(\.key) == metadata.map { ByteString($0.key) })
      #expect(file.metadata.map(\.value) == metadata.map { ByteString($0.value) })
      for (name, dtype, shape, _) in entries {
        let entry = try #require(file[ByteString(name)])
        #expect(entry.dtype == dtype && entry.shape == shape)
        #expect(Array(file.bytes(of: entry)) == contents[entry.name])
        let elementSize = try #require(SafetensorsType.bits(dtype)) / 8
        #expect(entry.range.lowerBound % elementSize == 0)
      }

      // Order of the arguments does not show in the file.
      random.shuffle(&entries)
      try SafetensorsWriter.write(folder("b"), entries: entries, metadata: metadata)
      #expect(folder.get("a") == folder.get("b"))
    }
  }

  @Test func dataBeginsAtAMultipleOf64() throws {
    let folder = TemporaryFolder()
    for length in 1..<70 {
      let name = String(repeating: "n", count: length)
      let entry: SafetensorsWriter.Entry = (
        name, "U8", [1], { writer throws(Failure) in try writer.write([9]) }
      )
      try SafetensorsWriter.write(folder("a"), entries: [entry])
      let file = try SafetensorsFile(folder("a"))
      #expect(file.entries[0].range.lowerBound % 64 == 0)
    }
  }

  @Test func aFailureOfATensorLeavesNoFile() throws {
    let folder = TemporaryFolder()
    let stop = Failure(.io, "stop")
    let entry: SafetensorsWriter.Entry = ("a", "U8", [1], { _ throws(Failure) in throw stop })
    #expect(failure { try SafetensorsWriter.write(folder("a"), entries: [entry]) } == stop)
    #expect(try Path.list(folder.path) == [])
  }

  // bits · product / 8, worked by hand.
  @Test(
    arguments: [
      ("F32", [2, 3], 24), ("F32", [], 4), ("BF16", [0, 7], 0), ("F4", [2], 1), ("F4", [3], nil),
      ("F6_E2M3", [4], 3), ("C64", [2], 16), ("X", [1], nil), ("U8", [-1], nil),
      ("U8", [-1, -1], nil),
      ("U8", [Int.max], nil), ("U8", [1 << 59], 1 << 59), ("F32", [1 << 31, 1 << 31, 4], nil),
      ("U8", [0, Int.max], 0),
    ] as [(String, [Int], Int?)])
  func bytesOfATensor(dtype: String, shape: [Int], bytes: Int?) {
    #expect(SafetensorsType.byteCount(dtype, shape) == bytes)
  }
}
