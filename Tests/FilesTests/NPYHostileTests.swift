import SeqaeFiles
import SeqaeRandom
import Testing

/// A file of a version, a header and data.
private func npy(
  _ header: String, data: Int = 0, version: [UInt8] = [1, 0], length: Int? = nil
) -> [UInt8] {
  let length = length ?? header.utf8.count
  let bytes =
    version[0] == 1
    ? withUnsafeBytes(of: UInt16(truncatingIfNeeded: length).littleEndian) { Array($0) }
    : withUnsafeBytes(of: UInt32(truncatingIfNeeded: length).littleEndian) { Array($0) }
  return [0x93] + Array("NUMPY".utf8) + version + bytes + Array(header.utf8)
    + [UInt8](repeating: 0, count: data)
}

private func dictionary(_ shape: String, type: String = "'<f4'", order: String = "False") -> String
{
  "{'descr': \(type), 'fortran_order': \(order), 'shape': \(shape), }"
}

@Suite struct NPYHostileTests {
  @Test(arguments: [
    ("no space", npy("{'shape':(2,),'descr':'<f4','fortran_order':False}", data: 8), [2]),
    (
      "double quotes", npy(#"{"shape":(1,1),"descr":"<f8","fortran_order":False}"#, data: 8),
      [1, 1]
    ),
    (
      "zero times huge", npy(dictionary("(0, 9223372036854775807)")),
      [0, 9_223_372_036_854_775_807]
    ),
    ("version 2", npy(dictionary("(1,)"), data: 4, version: [2, 0]), [1]),
    ("version 3", npy(dictionary("()"), data: 4, version: [3, 0]), []),
    ("a line feed", npy(dictionary("(2, 1)") + "   \n", data: 8), [2, 1]),
  ])
  func oddButRightFilesAreRead(what: String, bytes: [UInt8], shape: [Int]) throws {
    let folder = TemporaryFolder()
    let file = try NPYFile(folder.put("odd", bytes))
    #expect(file.shape == shape && file.floats().count == file.count)
  }

  @Test(
    arguments: [
      ("no bytes", [], "is no .npy file"), ("text", Array("0.5 1.5\n".utf8), "is no .npy file"),
      ("no version", [0x93] + Array("NUMPY".utf8), "cut off"),
      ("version 0", npy(dictionary("(1,)"), data: 4, version: [0, 0]), "found 0.0"),
      ("version 4", npy(dictionary("(1,)"), data: 4, version: [4, 0]), "found 4.0"),
      ("version 1.1", npy(dictionary("(1,)"), data: 4, version: [1, 1]), "found 1.1"),
      ("no length", [0x93] + Array("NUMPY".utf8) + [2, 0, 1, 0], "cut off"),
      ("a header beyond the end", npy("{}", length: 3), "a header of 3 bytes"),
      ("a header of 65,535", npy("{}", length: 65_535), "at most 10000 bytes, found 65535"),
      (
        "a header of 2³² − 1", npy("{}", version: [2, 0], length: 4_294_967_295), "found 4294967295"
      ),
      ("no header", npy(""), "found the header's end"),
      ("no dictionary", npy("[1, 2]"), #"expected "{""#), ("no keys", npy("{}"), #""descr""#),
      ("no shape", npy("{'descr': '<f4', 'fortran_order': False}"), #"expected "shape""#),
      ("an unknown key", npy("{'shape': (1,), 'evil': 1}"), #"found "evil""#),
      ("a key twice", npy("{'shape': (1,), 'shape': (1,)}"), "found a second"),
      ("trailing text", npy(dictionary("(1,)") + "x", data: 4), "nothing after"),
      ("no end", npy("{'shape': (1,"), "header"), ("an open string", npy("{'shape"), "a string"),
      ("an escape", npy(#"{'sha\x70e': (1,)}"#), "without escapes"),
      ("not UTF-8", npy("{'") + [0xFF], "header"),
      ("a call", npy(dictionary("__import__('os')")), #"expected "(""#),
      ("big endian", npy(dictionary("(1,)", type: "'>f4'"), data: 4), "astype('<f4')"),
      ("integers", npy(dictionary("(1,)", type: "'<i8'"), data: 8), "astype('<f4')"),
      ("objects", npy(dictionary("(1,)", type: "'|O'"), data: 4), "astype('<f4')"),
      ("fields", npy(dictionary("(1,)", type: "[('a', '<f4')]"), data: 4), "plain numbers"),
      ("Fortran", npy(dictionary("(1, 1)", order: "True"), data: 4), "ascontiguousarray"),
      ("no order", npy(dictionary("(1, 1)", order: "1"), data: 4), "True or False"),
      ("a number for a shape", npy(dictionary("3"), data: 12), #"expected "(""#),
      ("a number in parentheses", npy(dictionary("(3)"), data: 12), "a comma"),
      ("a negative size", npy(dictionary("(-1,)")), "sizes from 0"),
      ("a fraction", npy(dictionary("(1.0,)"), data: 4), "a comma"),
      ("a size of 2⁶³", npy(dictionary("(9223372036854775808,)")), "found 9223372036854775808"),
      ("sizes of 2⁶⁴", npy(dictionary("(4294967296, 4294967296)")), "no number"),
      ("bytes of 2⁶⁴", npy(dictionary("(4611686018427387904,)")), "no number"),
      ("too few bytes", npy(dictionary("(2,)"), data: 7), "expected 8 bytes of <f4 [2], found 7"),
      ("too many bytes", npy(dictionary("(2,)"), data: 9), "belongs to no array"),
    ] as [(String, [UInt8], String)])
  func brokenFilesAreRefused(what: String, bytes: [UInt8], part: String) {
    refuses(bytes, part)
  }

  @Test(arguments: ["fortran", "big-endian", "integers", "fields"])
  func arraysOfOtherKindsAreRefused(name: String) {
    let thrown = failure { _ = try NPYFile(fixture("\(name).npy")) }
    #expect(thrown?.kind == .data && thrown?.message.contains("save ") == true, "\(name)")
  }

  @Test func aFileThatIsNotThereIsMissing() {
    #expect(failure { _ = try NPYFile("/nowhere/a.npy") }?.kind == .missingInput)
  }

  @Test func everyTruncationIsRefused() {
    let bytes = npy(dictionary("(2, 3)"), data: 24)
    for count in bytes.indices { refuses(Array(bytes[..<count]), "") }
  }

  @Test func mutationsAreReadOrRefused() {
    let random = Random(seed: 72)
    let folder = TemporaryFolder()
    let original = npy(dictionary("(2, 3)"), data: 24)
    var refused = 0
    for _ in 0..<4000 {
      var bytes = original
      bytes[random.integer(below: original.count)] = UInt8(random.integer(below: 256))
      let path = folder.put("mutated", bytes)
      do {
        let file = try NPYFile(path)
        #expect(file.floats().count == file.shape.reduce(1, *))
      } catch {
        refused += 1
        #expect(error.kind == .data && error.message.hasPrefix(path))
      }
    }
    #expect(refused > 2000 && refused < 4000)
  }

  private func refuses(
    _ bytes: [UInt8], _ part: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let folder = TemporaryFolder()
    let path = folder.put("broken.npy", bytes)
    let thrown = failure { _ = try NPYFile(path) }
    #expect(thrown?.kind == .data, sourceLocation: sourceLocation)
    #expect(thrown?.message.hasPrefix(path) == true, sourceLocation: sourceLocation)
    #expect(
      part.isEmpty || thrown?.message.contains(part) == true, "\(thrown?.message ?? "no failure")",
      sourceLocation: sourceLocation)
  }
}
