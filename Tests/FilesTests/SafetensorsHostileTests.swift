import SeqaeFiles
import SeqaeRandom
import Testing

/// A file of a stated header length, a header and data.
private func safetensors(_ header: String, data: Int = 0, length: UInt64? = nil) -> [UInt8] {
  let header = Array(header.utf8)
  let length = length ?? UInt64(header.count)
  let prefix = withUnsafeBytes(of: length.littleEndian) { Array($0) }
  return prefix + header + [UInt8](repeating: 0, count: data)
}

private func entry(_ name: String, _ dtype: String, _ shape: String, _ offsets: String) -> String {
  #""\#(name)":{"dtype":"\#(dtype)","shape":\#(shape),"data_offsets":\#(offsets)}"#
}

private func tensors(_ entries: String...) -> String { "{\(entries.joined(separator: ","))}" }

private let good = tensors(
  #""__metadata__":{"format":"pt"}"#, entry("a", "F32", "[2,3]", "[0,24]"),
  entry("b.c", "BF16", "[]", "[24,26]"), entry("e", "I64", "[0]", "[26,26]"),
  entry("d", "U8", "[6]", "[26,32]"))

@Suite struct SafetensorsHostileTests {
  @Test(arguments: [
    ("metadata only", safetensors(#"{"__metadata__":{"a":"b"}}"#)), ("nothing", safetensors("{}")),
    ("padding", safetensors("{}      ")), ("four tensors", safetensors(good, data: 32)),
    (
      "65 dimensions",
      safetensors(
        tensors(entry("a", "U8", "[\(String(repeating: "1,", count: 64))1]", "[0,1]")), data: 1)
    ),
    ("zero times huge", safetensors(tensors(entry("a", "U8", "[0,9223372036854775807]", "[0,0]")))),
    ("zero in the name", safetensors(tensors(entry(#"a\u0000b"#, "U8", "[]", "[0,1]")), data: 1)),
    ("half bytes", safetensors(tensors(entry("a", "F4", "[2]", "[0,1]")), data: 1)),
  ])
  func oddButRightFilesAreRead(what: String, bytes: [UInt8]) throws {
    let folder = TemporaryFolder()
    let file = try SafetensorsFile(folder.put("odd", bytes))
    #expect(file.entries.allSatisfy { file[$0.name] == $0 })
  }

  @Test(
    arguments: [
      ("no bytes", [], "found 0"), ("7 bytes", [UInt8](repeating: 0, count: 7), "found 7"),
      ("N = 0", safetensors(""), "begins with"), ("N = 1", safetensors("{", data: 9), "line 1"),
      ("N = 7", safetensors("{}", data: 30, length: 7), "header"),
      ("N beyond the end", safetensors("{}", length: 3), "header of 3 bytes, found 2"),
      ("N = 2^31", safetensors("{}", length: 1 << 31), "2147483648"),
      ("N = 2^63", safetensors("{}", length: 1 << 63), "9223372036854775808"),
      ("N = 2^64 - 1", safetensors("{}", length: .max), "18446744073709551615"),
      ("N = 100,000,001", safetensors("{}", length: 100_000_001), "at most 100000000 bytes"),
      ("an array", safetensors("[]"), "begins with"),
      ("a space", safetensors(" {}"), "begins with"),
      ("a byte order mark", safetensors("\u{FEFF}{}"), "begins with"),
      ("not UTF-8", [4, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x22, 0xFF, 0x22], "expected UTF-8"),
      ("deep", safetensors(String(repeating: #"{"a":"#, count: 100_000)), "128 levels"),
      ("trailing junk in the header", safetensors("{}x"), "the end of the document"),
      ("trailing junk in the file", safetensors("{}", data: 1), "belongs to no tensor"),
      (
        "an archive at the end", safetensors(good, data: 32) + Array("PK\u{5}\u{6}".utf8),
        "belongs to no tensor"
      ),
      ("metadata of numbers", safetensors(#"{"__metadata__":{"a":1}}"#), #"__metadata__: "a""#),
      ("metadata that is a list", safetensors(#"{"__metadata__":[]}"#), "__metadata__"),
      ("no object", safetensors(#"{"t":7}"#), #"tensor "t": expected an object"#),
      ("no dtype", safetensors(#"{"t":{"shape":[],"data_offsets":[0,0]}}"#), #"tensor "t": dtype"#),
      (
        "no shape", safetensors(#"{"t":{"dtype":"U8","data_offsets":[0,0]}}"#),
        #"tensor "t": shape"#
      ),
      (
        "no offsets", safetensors(#"{"t":{"dtype":"U8","shape":[]}}"#), #"tensor "t": data_offsets"#
      ),
      (
        "a type that is none", safetensors(tensors(entry("t", "F33", "[]", "[0,4]")), data: 4),
        #"found "F33""#
      ),
      (
        "a type in small letters", safetensors(tensors(entry("t", "f32", "[]", "[0,4]")), data: 4),
        #"found "f32""#
      ),
    ] as [(String, [UInt8], String)])
  func brokenFilesAreRefused(what: String, bytes: [UInt8], part: String) {
    refuses(bytes, part)
  }

  @Test(arguments: [
    ("F32", "[2]", "[0,4]", 4, "expected 8 bytes, found 4"),
    ("F32", "[1]", "[0,8]", 8, "expected 4 bytes"),
    ("U8", "[4]", "[4,0]", 4, "expected [begin, end], found [4, 0]"),
    ("U8", "[4]", "[0]", 4, "expected [begin, end]"),
    ("U8", "[4]", "[0,2,4]", 4, "expected [begin, end]"),
    ("U8", "[4]", "[0,5]", 4, "expected at most 4"), ("U8", "[4]", "[-1,3]", 4, "found -1"),
    ("U8", "[4]", "[0.0,4.0]", 4, "found 0.0"), ("U8", "[4]", "[0,1e30]", 4, "found 1e+30"),
    ("U8", "[4]", #"["0","4"]"#, 4, #"found "0""#), ("U8", "[4]", "{}", 4, "found an object"),
    ("U8", "[4]", "[0,18446744073709551616]", 4, "data_offsets"),
    ("U8", "[-4]", "[0,4]", 4, "found -4"), ("U8", "[4.0]", "[0,4]", 4, "found 4.0"),
    ("U8", "[null]", "[0,4]", 4, "found null"), ("U8", "4", "[0,4]", 4, "shape: expected an array"),
    ("U8", "[9223372036854775808]", "[0,4]", 4, "shape"),
    ("U8", "[4294967296,4294967296]", "[0,0]", 0, "no number"),
    ("F64", "[2305843009213693952]", "[0,0]", 0, "no number"),
    ("U8", "[4611686018427387904,4,0]", "[0,0]", 0, "no number"),
    ("F4", "[3]", "[0,1]", 1, "no number"),
    ("U8", "[4]", "[1,5]", 5, "a hole before it"),
    ("U8", "[4]", "[0,4]", 5, "belongs to no tensor"),
    ("U8", "[0]", "[1,1]", 1, "a hole before it"),
  ])
  func wrongTensorsAreRefusedByName(
    dtype: String, shape: String, offsets: String, data: Int, part: String
  ) {
    let bytes = safetensors(tensors(entry("the.tensor", dtype, shape, offsets)), data: data)
    refuses(bytes, part, part.contains("no tensor") ? "" : #"tensor "the.tensor": "#)
  }

  @Test func tensorsThatDoNotTileAreRefused() {
    let first = entry("a", "U8", "[4]", "[0,4]")
    refuses(
      safetensors(tensors(first, entry("b", "U8", "[4]", "[2,6]")), data: 6), "an overlap", #""b""#)
    refuses(
      safetensors(tensors(first, entry("b", "U8", "[4]", "[0,4]")), data: 4), "an overlap")
    refuses(
      safetensors(tensors(first, entry("b", "U8", "[4]", "[5,9]")), data: 9), "a hole before it",
      #""b""#)
    refuses(
      safetensors(tensors(first, entry("b", "U8", "[0]", "[2,2]")), data: 4), "an overlap")
    refuses(safetensors(tensors(first, first), data: 4), "a second time", #""a""#)
    refuses(safetensors(#"{"__metadata__":{},"__metadata__":{}}"#), "a second time")
  }

  // A header of the greatest size has room for ten million such tensors; the time is that of sorting.
  @Test func manyOverlappingTensorsAreRefusedSoon() {
    let entries = (0..<100_000).map { entry("t\($0)", "U8", "[8]", "[0,8]") }
    refuses(safetensors("{\(entries.joined(separator: ","))}", data: 8), "an overlap")
  }

  @Test func aNumberBeyondAllSizesIsRefusedWhereverItStands() {
    for number in ["9223372036854775808", "18446744073709551616", "1e30", "1e400", "-1", "0.5"] {
      refuses(safetensors(tensors(entry("t", "U8", "[\(number)]", "[0,4]")), data: 4), "")
      refuses(safetensors(tensors(entry("t", "U8", "[4]", "[\(number),4]")), data: 4), "")
      refuses(safetensors(tensors(entry("t", "U8", "[4]", "[0,\(number)]")), data: 4), "")
    }
  }

  @Test func theGreatestHeaderIsReadAndAGreaterOneRefused() {
    // All but spaces would take a gigabyte: the format allows them after the object.
    let greatest = SafetensorsFile.maximumHeaderSize
    let folder = TemporaryFolder()
    for (count, part) in [(greatest, nil), (greatest + 1, "found \(greatest + 1)")] {
      let length = withUnsafeBytes(of: UInt64(count).littleEndian) { Array($0) }
      var bytes = [UInt8](repeating: 0x20, count: 8 + count)
      bytes.replaceSubrange(0..<10, with: length + Array("{}".utf8))
      let path = folder.put("great", bytes)
      let thrown = failure { _ = try SafetensorsFile(path) }
      #expect(part == nil ? thrown == nil : thrown?.message.contains(part ?? "") == true)
    }
  }

  @Test func everyTruncationIsRefused() {
    let bytes = safetensors(good, data: 32)
    for count in bytes.indices { refuses(Array(bytes[..<count]), "") }
  }

  @Test func mutationsAreReadOrRefused() {
    let random = Random(seed: 61)
    let folder = TemporaryFolder()
    let original = safetensors(good, data: 32)
    let numbers = [
      "0", "1", "-1", "24", "26", "32", "33", "4294967296", "9223372036854775807", "1e3", "null",
      "[]",
    ].map { Array($0.utf8) }
    var refused = 0
    for round in 0..<6000 {
      var bytes = original
      if round % 2 == 0 {
        bytes[random.integer(below: original.count)] = UInt8(random.integer(below: 256))
      } else {
        // A number of the header for another one, with the header's length made right.
        let isDigit = original.map { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
        let starts = isDigit.indices.dropFirst(8).filter { isDigit[$0] && !isDigit[$0 - 1] }
        let start = starts[random.integer(below: starts.count)]
        let end = isDigit[start...].firstIndex(of: false) ?? start
        bytes.replaceSubrange(start..<end, with: numbers[random.integer(below: numbers.count)])
        bytes.replaceSubrange(
          0..<8, with: withUnsafeBytes(of: UInt64(bytes.count - 40).littleEndian) { Array($0) })
      }
      let path = folder.put("mutated", bytes)
      do {
        let file = try SafetensorsFile(path)
        // What was accepted lies in the file and is as long as it says.
        for entry in file.entries {
          #expect(
            SafetensorsType.byteCount(entry.dtype, entry.shape) == file.bytes(of: entry).count)
        }
      } catch {
        refused += 1
        #expect(error.kind == .data && error.message.hasPrefix(path))
      }
    }
    #expect(refused > 3000 && refused < 6000)
  }

  private func refuses(
    _ bytes: [UInt8], _ parts: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let folder = TemporaryFolder()
    let path = folder.put("broken.safetensors", bytes)
    let thrown = failure { _ = try SafetensorsFile(path) }
    #expect(thrown?.kind == .data, sourceLocation: sourceLocation)
    #expect(thrown?.message.hasPrefix(path) == true, sourceLocation: sourceLocation)
    for part in parts {
      #expect(
        part.isEmpty || thrown?.message.contains(part) == true,
        "\(thrown?.message ?? "no failure")", sourceLocation: sourceLocation)
    }
  }
}
