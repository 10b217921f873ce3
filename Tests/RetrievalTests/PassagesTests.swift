import SeqaeRandom
import SeqaeRetrieval
import SeqaeText
import Testing

struct PassagesTests {
  private func pieces(_ text: String, _ limit: Int, _ overlap: Int) -> [String] {
    let bytes = Array(text.utf8)
    return Passages.ranges(of: bytes, limit: limit, overlap: overlap).map {
      String(decoding: bytes[$0], as: UTF8.self)
    }
  }

  @Test func sentencesStayWholeAndOverlap() {
    let text = "One one. Two two. Three x. Four fou."
    #expect(pieces(text, 20, 0) == ["One one. Two two. ", "Three x. Four fou."])
    #expect(
      pieces(text, 20, 9) == ["One one. Two two. ", "Two two. Three x. ", "Three x. Four fou."])
    #expect(pieces(text, 100, 20) == [text])
    #expect(pieces("第一句话。第二句话。第三句话。", 30, 15) == ["第一句话。第二句话。", "第二句话。第三句话。"])
  }

  @Test func nothingIsNoPiece() {
    #expect(pieces("", 10, 2) == [] && pieces(" \n\t", 10, 2) == [])
  }

  @Test func piecesCoverTheTextAndStayWithinTheirLimit() {
    let random = Random(seed: 3)
    let words = ["a", "bcd.", "今天", "天气。", "long-long-word", "\n", "é!", "👨‍👩‍👧‍👦"]
    for _ in 0..<200 {
      let text = (0..<random.integer(below: 120)).map { _ in
        words[random.integer(below: words.count)] + (random.integer(below: 2) == 0 ? " " : "")
      }.joined()
      let bytes = Array(text.utf8)
      let limit = 8 + random.integer(below: 60)
      let ranges = Passages.ranges(of: bytes, limit: limit, overlap: limit / 5)
      guard bytes.contains(where: { $0 > 0x20 }) else { continue }
      #expect(ranges.first?.lowerBound == 0 && ranges.last?.upperBound == bytes.count)
      #expect(ranges.allSatisfy { $0.count <= limit && !$0.isEmpty })
      for (range, next) in zip(ranges, ranges.dropFirst()) {
        #expect(range.lowerBound < next.lowerBound && range.upperBound < next.upperBound)
        #expect(range.upperBound - limit / 5 <= next.lowerBound)
        #expect(next.lowerBound <= range.upperBound)
      }
    }
  }
}
