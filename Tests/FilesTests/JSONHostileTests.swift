import SeqaeFiles
import SeqaeRandom
import Testing

private func refusal(_ bytes: [UInt8], limits: JSON.Limits = .init()) -> Failure? {
  failure { _ = try JSON.parse(bytes, name: "test.json", limits: limits) }
}

private func refusal(_ text: String) -> Failure? { refusal(Array(text.utf8)) }

private let sample = #"""
  {"model": {"type": "BPE", "vocab": {"<s>": 0, "é字😀": 1, "\ud83d\ude00\n": 2}, "merges": [["a",
  "b"], []]}, "scores": [-1.5e-3, 12345678901234567890, 0.1, -0, true, false, null], "x": {}}
  """#

@Suite struct JSONHostileTests {
  @Test(arguments: [
    "", " ", "nul", "nulls", "True", "01", "-", "-01", "+1", "1.", ".5", "1.e3", "1e", "1e+", "0x1",
    "NaN", "Infinity", "1e400", "-1e400", "1 2", "[1,]", "[,1]", "[1 2]", "[", "]", "{", "}",
    #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{,}"#, "{a:1}", "{'a':1}", #"{1:2}"#, #"{"a":1 "b":2}"#,
    #"""#, #""a"#, #""\"#, #""\u"#, #""\u12"#, #""\u12g4""#, #""\x41""#, #""\u+123""#,
    "\"a\nb\"", "\"\t\"", "\"\u{0}\"", "[1]x", "{}{}", "/**/1", "\u{FEFF}\u{FEFF}1", "1\0",
  ])
  func refusesWhatTheStandardDoes(text: String) {
    #expect(refusal(text)?.kind == .data)
  }

  @Test(arguments: [
    (
      #"{"a": 1,\#n "b": tru}"#, "test.json: line 2, column 7 (byte 15): expected true, found \"t\""
    ),
    (#"["é", x]"#, "test.json: line 1, column 7 (byte 7): expected a value, found \"x\""),
    (
      "[1",
      "test.json: line 1, column 3 (byte 2): expected \",\" or \"]\", found the end of the file"
    ),
    ("\"\u{1}\"", "(byte 1): expected an escape such as \\n in a string, found byte 0x01"),
    (#"{"k":0,"k":1}"#, "(byte 7): expected a new key, found \"k\" a second time"),
    (#"["\ud800"]"#, "(byte 2): expected a pair of surrogate escapes, found \\ud800 alone"),
    (#"["\udc00"]"#, "(byte 2): expected a pair of surrogate escapes, found \\udc00 alone"),
    (#"["\ud800\u0041"]"#, "(byte 2): expected a pair of surrogate escapes"),
    (#"["\ud800\n"]"#, "(byte 2): expected a pair of surrogate escapes"),
    ("[1e999]", "(byte 1): expected a number of at most ±1.8e308, found \"1e999\""),
  ])
  func messageSaysWhereAndWhat(text: String, part: String) throws {
    let message = try #require(refusal(text)).message
    #expect(message.contains(part), "\(message)")
  }

  @Test func bytesThatAreNotUTF8AreRefusedWhereverTheyAre() {
    let bytes = Array(sample.utf8)
    for position in bytes.indices {
      var broken = bytes
      broken[position] = 0xFF
      #expect(refusal(broken)?.kind == .data, "byte \(position)")
    }
    // Overlong slash, surrogate, beyond U+10FFFF, cut off.
    for bad in [[0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE5, 0xAD]]
      as [[UInt8]]
    {
      #expect(refusal([0x22] + bad + [0x22])?.kind == .data)
    }
  }

  @Test func everyTruncationIsRefused() {
    let bytes = Array(sample.utf8)
    #expect(refusal(bytes) == nil)
    for count in 0..<bytes.count - 1 { #expect(refusal(Array(bytes[..<count]))?.kind == .data) }
  }

  @Test func mutationsAreReadOrRefused() {
    let random = Random(seed: 21)
    let original = Array(sample.utf8)
    var refused = 0
    for _ in 0..<5000 {
      var bytes = original
      for _ in 0...random.integer(below: 3) {
        bytes[random.integer(below: bytes.count)] = random.bytes(1)[0]
      }
      do {
        let value = try JSON.parse(bytes, name: "test.json")
        // What was accepted is a value that can be written and read.
        #expect(try JSON.parse(value.serialized(), name: "again") == value)
      } catch {
        refused += 1
        #expect(error.kind == .data && error.message.hasPrefix("test.json: line "))
      }
    }
    #expect(refused > 1000 && refused < 5000)
  }

  @Test func depthIsBounded() {
    func nested(_ depth: Int, _ open: String, _ close: String) -> String {
      String(repeating: open, count: depth) + String(repeating: close, count: depth)
    }
    #expect(refusal(nested(128, "[", "]")) == nil)
    #expect(refusal(nested(129, "[", "]"))?.message.contains("128 levels") == true)
    #expect(refusal(String(repeating: "[", count: 100_000))?.kind == .data)
    #expect(refusal(String(repeating: #"{"a":"#, count: 100_000))?.kind == .data)
    // Siblings are not depth.
    #expect(refusal("[" + String(repeating: "[[]],", count: 1000) + "0]") == nil)
  }

  @Test func numberOfValuesIsBounded() {
    var limits = JSON.Limits()
    limits.values = 10
    // The array and nine numbers are ten values.
    #expect(refusal(Array("[1,2,3,4,5,6,7,8,9]".utf8), limits: limits) == nil)
    let failure = refusal(Array("[1,2,3,4,5,6,7,8,9,10]".utf8), limits: limits)
    #expect(failure?.message.contains("10 values") == true)
  }

  @Test func duplicateKeysAreRefusedInLargeObjectsToo() {
    for count in [2, 8, 9, 10, 1000] {
      let members = (0..<count).map { "\"key\($0)\": \($0)" }
      #expect(refusal("{\(members.joined(separator: ","))}") == nil)
      for place in [0, count / 2, count - 1] {
        let twice = members + ["\"key\(place)\": null"]
        #expect(
          refusal("{\(twice.joined(separator: ","))}")?.message.contains("second time") == true)
      }
    }
    // The same text by other means is the same key; equivalent text is another.
    #expect(refusal(#"{"A":1,"\u0041":2}"#)?.kind == .data)
    #expect(refusal("{\"\u{C5}\":1,\"\u{212B}\":2}") == nil)
  }
}
