import SeqaeFiles
import SeqaeRetrieval
import Testing

struct KeywordTermsTests {
  private func terms(_ kind: KeywordTerms, _ text: String) -> [ByteString] {
    kind.terms(of: Array(text.utf8)).map(\.bytes)
  }

  @Test(
    arguments: [
      ("Ｈｅｌｌｏ WORLD", "hello world"), ("資訊檢索", "资讯检索"), ("ﬁnd Straße", "find strasse"),
      ("頭髮與發展", "头发与发展"),
    ])
  func widthsCasesAndScriptsAreAlike(_ text: String, _ folded: String) {
    #expect(terms(.words, text) == terms(.words, folded))
    #expect(terms(.characters, text) == terms(.characters, folded))
  }

  @Test func wordsAreIcusWithoutMarks() {
    #expect(terms(.words, "Hello, world — 3.5 今天天气") == ["hello", "world", "3.5", "今天", "天气"])
    #expect(terms(.words, "…!? ") == [])
  }

  @Test func charactersInARowPassOverWhatStandsBetween() {
    #expect(terms(.characters, "he.l-l o") == ["hell", "ello"])
    #expect(terms(.characters, "天,,,气 好") == ["天气", "气好"])
    #expect(terms(.characters, "国") == ["国"])
    #expect(terms(.characters, "ab中文cd") == ["ab", "中文", "cd"])
  }

  @Test func bothAreBoth() {
    let text = "slipstream 天气"
    #expect(terms(.both, text) == terms(.words, text) + terms(.characters, text))
  }

  @Test func aTermKnowsWhereItCameFrom() {
    let text = Array("Ａ ﬁne 資訊".utf8)
    let words = KeywordTerms.words.terms(of: text)
    #expect(words.map { String(decoding: text[$0.source], as: UTF8.self) } == ["Ａ", "ﬁne", "資訊"])
    let rows = KeywordTerms.characters.terms(of: Array("天, 气".utf8))
    #expect(rows.map(\.source) == [0..<8])
  }
}
