import SeqaeRandom
import SeqaeText
import TestSupport
import Testing

@Suite struct StretchTests {
  @Test func stretchesMakeUpTheTextAndCutNoCodePoint() {
    let random = Random(seed: 31)
    for _ in 0..<60 {
      let text = Array(random.text(count: random.integer(below: 400)).utf8)
      let limit = 4 + random.integer(below: 60)
      let stretches = Boundaries.stretches(of: text, limit: limit)
      #expect(stretches.flatMap { Array(text[$0]) } == text)
      #expect(stretches.allSatisfy { !$0.isEmpty && $0.count <= limit })
      for stretch in stretches {
        #expect(String(validating: text[stretch], as: UTF8.self) != nil)
      }
    }
  }

  @Test func sentencesStayWholeWhereTheyFit() {
    let sentence = "今天天气很好。"
    let text = Array(String(repeating: sentence, count: 50).utf8)
    for stretch in Boundaries.stretches(of: text, limit: 100).dropLast() {
      #expect(stretch.count == sentence.utf8.count * 4)
    }
    let words = Array(String(repeating: "word ", count: 100).utf8)
    for stretch in Boundaries.stretches(of: words, limit: 33) {
      #expect(stretch.lowerBound % 5 == 0)
    }
  }

  @Test func bytesThatAreNoTextAreCutToo() {
    let text = [UInt8](repeating: 0x80, count: 100)
    #expect(Boundaries.stretches(of: text, limit: 7).allSatisfy { (1...7).contains($0.count) })
  }
}
