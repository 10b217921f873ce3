import SeqaeRetrieval
import Testing

struct SnippetTests {
  private func shown(_ snippet: Snippet) -> String {
    var text: [UInt8] = []
    var position = 0
    for match in snippet.matches {
      text += snippet.text[position..<match.lowerBound] + [0x5B] + snippet.text[match] + [0x5D]
      position = match.upperBound
    }
    return String(decoding: text + snippet.text[position...], as: UTF8.self)
  }

  private func snippet(
    _ text: String, _ query: String, _ terms: KeywordTerms = .words, limit: Int = 60
  ) -> Snippet {
    let bytes = Array(text.utf8)
    return Snippet(
      of: bytes, 0..<bytes.count, query: Array(query.utf8), terms: terms, limit: limit)
  }

  @Test func whatMatchesIsMarkedInTheTextAsItStands() {
    #expect(shown(snippet("The Ｗｉｎｇ\nin a wing", "WING")) == "The [Ｗｉｎｇ] in a [wing]")
    #expect(shown(snippet("資訊檢索的方法", "检索")) == "資訊[檢索]的方法")
    // Terms that touch are one match.
    #expect(shown(snippet("slipstreem", "slipstream", .characters)) == "[slipstre]em")
  }

  @Test func theStretchHasMostTerms() {
    let filler = String(repeating: "filler words between. ", count: 10)
    let text = filler + "wing alone. " + filler + "the wing in a slipstream. " + filler
    let found = snippet(text, "wing slipstream")
    #expect(shown(found).contains("the [wing] in a [slipstream]."))
    #expect(found.isCut == (true, true) && found.text.count <= 60)
  }

  @Test func withoutMatchesItIsTheBeginning() {
    let text = "今天天气很好，" + String(repeating: "我们去公园，", count: 20)
    let found = snippet(text, "slipstream")
    #expect(found.matches == [] && found.isCut == (false, true))
    #expect(text.hasPrefix(shown(found)) && found.text.count > 40)
  }

  @Test func aPieceOutsideOfTheTextIsCutToIt() {
    let bytes = Array("short".utf8)
    let found = Snippet(of: bytes, 2..<100, query: [], terms: .words)
    #expect(found.text == Array("ort".utf8))
  }
}
