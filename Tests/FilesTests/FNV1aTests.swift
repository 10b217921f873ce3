import SeqaeFiles
import Testing

struct FNV1aTests {
  /// Of the authors' test vectors, http://www.isthe.com/chongo/src/fnv/test_fnv.c.
  @Test(
    arguments: [
      ("", 0xCBF2_9CE4_8422_2325), ("a", 0xAF63_DC4C_8601_EC8C), ("foobar", 0x8594_4171_F739_67E8),
    ] as [(String, UInt64)])
  func hashesAreThoseOfItsAuthors(_ text: String, _ hash: UInt64) {
    #expect(FNV1a.hash(text.utf8) == hash)
    var pieces = FNV1a()
    for byte in text.utf8 { pieces.add([byte]) }
    #expect(pieces.value == hash)
  }

  @Test func partsDoNotRunIntoEachOther() {
    func hash(_ parts: String...) -> UInt64 {
      var hash = FNV1a()
      for part in parts { hash.add(part: Array(part.utf8)) }
      return hash.value
    }
    #expect(hash("ab", "c") != hash("a", "bc") && hash("", "a") != hash("a", ""))
  }
}
