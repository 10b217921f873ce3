import SeqaeFiles
import SeqaeRandom
import Testing

private func parse(_ text: String) throws -> JSON {
  try JSON.parse(Array(text.utf8), name: "test.json")
}

/// A random value nested at most `depth` deep.
private func randomValue(_ random: Random, depth: Int) -> JSON {
  switch random.integer(below: depth == 0 ? 5 : 8) {
  case 0: return [.null, .bool(true), .bool(false)][random.integer(below: 3)]
  case 1:
    return .integer(Int(truncatingIfNeeded: random.next() >> UInt64(random.integer(below: 64))))
  case 2: return .number(randomNumber(random))
  case 3, 4: return JSON(random.text(random.integer(below: 12)))
  case 5:
    return .array((0..<random.integer(below: 5)).map { _ in randomValue(random, depth: depth - 1) })
  default:
    var object = JSONObject()
    for _ in 0..<random.integer(below: 20) {
      object[ByteString(random.text(random.integer(below: 4)))] = randomValue(
        random, depth: depth - 1)
    }
    return .object(object)
  }
}

/// A finite double of any magnitude.
private func randomNumber(_ random: Random) -> Double {
  while true {
    let value =
      random.chance(0.5) ? Double(bitPattern: random.next()) : random.normal() * 100
    if value.isFinite { return value }
  }
}

@Suite struct JSONTests {
  @Test func whatIsWrittenReadsBackEqual() throws {
    let random = Random(seed: 11)
    for _ in 0..<400 {
      let value = randomValue(random, depth: 4)
      for pretty in [false, true] {
        let bytes = value.serialized(pretty: pretty)
        let again = try JSON.parse(bytes, name: "test.json")
        #expect(again == value)
        // Order and spelling as well, which equality of objects does not see.
        #expect(again.serialized(pretty: pretty) == bytes)
      }
    }
  }

  @Test func doublesKeepEveryBit() throws {
    let random = Random(seed: 12)
    var values: [Double] = [
      0, -0.0, 1, 0.1, 1e21, 1e-7, 0x1p-1023, .leastNonzeroMagnitude, .greatestFiniteMagnitude,
    ]
    for _ in 0..<5000 { values.append(randomNumber(random)) }
    for value in values {
      let bytes = JSON.number(value).serialized()
      guard case .number(let again) = try JSON.parse(bytes, name: "test.json") else {
        Issue.record("\(value) came back as another kind")
        continue
      }
      #expect(again.bitPattern == value.bitPattern)
    }
  }

  @Test func decimalsAreReadToTheNearestDouble() throws {
    let random = Random(seed: 13)
    for _ in 0..<5000 {
      // Digits, point and exponent around the limits of the parser's short cut.
      let digits = String(random.next() >> UInt64(random.integer(below: 60)))
      let fraction = String(random.next() >> UInt64(random.integer(below: 64)))
      let text = "\(digits).\(fraction)e\(random.integer(below: 60) - 30)"
      let value = try parse(text).doubleValue
      #expect(value == Double(text), "\(text)")
    }
  }

  @Test(
    arguments: [
      ("0", JSON.integer(0)), ("-1", .integer(-1)), ("9223372036854775807", .integer(.max)),
      ("-9223372036854775808", .integer(.min)), ("9223372036854775808", .number(0x1p63)),
      ("-9223372036854775809", .number(-0x1p63)),
      ("1000000000000000019884624838656", .number(1e30)),  // model_max_length of many tokenizers
      ("-0", .number(-0.0)), ("1.0", .number(1)), ("1E2", .number(100)), ("1e+2", .number(100)),
      ("25e-1", .number(2.5)), ("1e-05", .number(0.00001)),
      ("1e-999999999999999999999", .number(0)),
      (" \t\r\n[ ] ", .array([])), ("{ }", .object([:])), ("\u{FEFF}null", .null),
      (#""\u00e9\/\b\f\n\r\t\"\\""#, JSON("é/\u{8}\u{C}\n\r\t\"\\")),
      (#""\ud83d\ude00\u0000""#, JSON("\u{1F600}\0")), (#""\uD83D\uDE00""#, JSON("\u{1F600}")),
      (#"{"b":[1,{"c":null}],"a":true}"#, ["b": [1, ["c": .null]], "a": true]),
    ] as [(String, JSON)])
  func readsWhatTheStandardAllows(text: String, value: JSON) throws {
    #expect(try parse(text) == value)
  }

  @Test func membersKeepTheirOrder() throws {
    let text = #"{"z":1,"a":2,"m":{"y":3,"b":4}}"#
    #expect(String(decoding: try parse(text).serialized(), as: UTF8.self) == text)
  }

  @Test func prettyFormIsThatOfPython() {
    // json.dumps({"a": [], "b": {}, "c": [1, {"d": "é"}]}, indent=2, ensure_ascii=False)
    let value: JSON = ["a": [], "b": [:], "c": [1, ["d": "é"]]]
    let expected = """
      {
        "a": [],
        "b": {},
        "c": [
          1,
          {
            "d": "é"
          }
        ]
      }
      """
    #expect(String(decoding: value.serialized(pretty: true), as: UTF8.self) == expected)
  }

  @Test func whatJSONHasNotIsReplaced() {
    let value: JSON = [.number(.nan), .number(.infinity), .string(ByteString([0x61, 0xFF]))]
    #expect(String(decoding: value.serialized(), as: UTF8.self) == "[null,null,\"a\u{FFFD}\"]")
  }

  @Test func accessorsAnswerTheirKindOnly() {
    let value: JSON = ["i": 3, "n": 2.5, "s": "x", "b": false, "a": [1], "o": [:], "null": .null]
    #expect(value["i"]?.intValue == 3 && value["i"]?.doubleValue == 3)
    #expect(value["n"]?.intValue == nil && value["n"]?.doubleValue == 2.5)
    #expect(value["s"]?.stringValue == "x" && value["s"]?.boolValue == nil)
    #expect(value["b"]?.boolValue == false && value["b"]?.arrayValue == nil)
    #expect(value["a"]?.arrayValue == [1] && value["a"]?.objectValue == nil)
    #expect(value["o"]?.objectValue?.isEmpty == true && value["o"]?.stringValue == nil)
    #expect(value["null"]?.isNull == true && value["missing"] == nil && value["i"]?["x"] == nil)
  }

  @Test func filesAreRead() throws {
    let folder = TemporaryFolder()
    let path = folder.put("a.json", Array(#"{"a":1}"#.utf8))
    #expect(try JSON.read(path) == ["a": 1])
    #expect(failure { _ = try JSON.read(folder("b.json")) }?.kind == .missingInput)
    let empty = failure { _ = try JSON.read(folder.put("c.json", [])) }
    #expect(empty?.kind == .data)
  }
}

@Suite struct JSONObjectTests {
  @Test func behavesAsAnOrderedDictionary() {
    let random = Random(seed: 14)
    var object = JSONObject()
    var keys: [ByteString] = []
    var values: [ByteString: JSON] = [:]
    for step in 0..<5000 {
      // More keys come than go at first, so that the object passes its threshold both ways.
      let key = ByteString("k\(random.integer(below: 40))")
      let removes = random.chance(step % 1000 < 500 ? 0.2 : 0.8)
      object[key] = removes ? nil : .integer(step)
      if removes {
        keys.removeAll { $0 == key }
      } else if values[key] == nil {
        keys.append(key)
      }
      values[key] = removes ? nil : .integer(step)
      #expect(object.members.map(\.key) == keys)
      #expect(object.members.allSatisfy { values[$0.key] == $0.value })
      #expect(object[key] == values[key])
      #expect(object.count == keys.count && object.isEmpty == keys.isEmpty)
    }
  }

  @Test func equalityIgnoresOrderAndNothingElse() {
    let object: JSONObject = ["a": 1, "b": [2], "c": ["d": 3]]
    #expect(object == ["c": ["d": 3], "a": 1, "b": [2]])
    #expect(object != ["a": 1, "b": [2], "c": ["d": 4]])
    #expect(object != ["a": 1, "b": [2], "e": ["d": 3]])
    #expect(object != ["a": 1, "b": [2]])
  }

  @Test func comparingDeepObjectsIsQuick() {
    var left: JSON = 1
    var right: JSON = 2
    for _ in 0..<120 { (left, right) = (["k": left], ["k": right]) }
    #expect(left != right)
  }
}
