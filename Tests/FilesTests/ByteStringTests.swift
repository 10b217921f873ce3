import SeqaeFiles
import SeqaeRandom
import Testing

@Suite struct ByteStringTests {
  @Test func canonicallyEquivalentTextsAreDifferentKeys() {
    let letter: ByteString = "\u{C5}"
    let unit: ByteString = "\u{212B}"
    #expect(letter.string == unit.string)
    #expect(letter != unit)
    #expect([letter: 1, unit: 2].count == 2)
  }

  @Test func equalBytesHashEquallyAndOrderIsThatOfBytes() {
    let random = Random(seed: 1)
    for _ in 0..<2000 {
      let left = ByteString(random.bytes(random.integer(below: 4)))
      let right = ByteString(random.bytes(random.integer(below: 4)))
      #expect((left == right) == (left.bytes == right.bytes))
      #expect((left < right) == left.bytes.lexicographicallyPrecedes(right.bytes))
      if left == right { #expect(left.hashValue == right.hashValue) }
    }
  }

  @Test func textIsRepairedOnlyForShow() {
    let broken = ByteString([0x61, 0xFF, 0x62])
    #expect(broken.string == "a\u{FFFD}b")
    #expect(broken.bytes == [0x61, 0xFF, 0x62])
  }

  @Test func quotedEscapesQuotesAndIsShort() {
    #expect(ByteString("a\"b\\").quoted == "\"a\\\"b\\\\\"")
    #expect(ByteString(String(repeating: "x", count: 1000)).quoted.count == 83)
  }

  @Test func validityAgreesWithTheStandardLibrary() {
    let random = Random(seed: 2)
    var invalid = 0
    for _ in 0..<20_000 {
      let bytes = random.bytes(random.integer(below: 24))
      let place = UTF8Validation.firstInvalid(in: bytes)
      #expect((place == nil) == (String(validating: bytes, as: UTF8.self) != nil), "\(bytes)")
      if let place {
        invalid += 1
        // All before the place is well-formed, nothing that starts there is.
        #expect(String(validating: bytes[..<place], as: UTF8.self) != nil, "\(bytes)")
        for end in place + 1..<max(place + 2, min(place + 5, bytes.count + 1)) {
          #expect(String(validating: bytes[place..<end], as: UTF8.self) == nil, "\(bytes)")
        }
      }
    }
    #expect(invalid > 1000)
  }

  @Test func everyScalarIsValid() {
    var text = ""
    for value in UInt32(0)...0x10FFFF {
      if let scalar = Unicode.Scalar(value) { text.unicodeScalars.append(scalar) }
    }
    #expect(text.unicodeScalars.count == 1_112_064)
    #expect(UTF8Validation.firstInvalid(in: Array(text.utf8)) == nil)
  }
}
