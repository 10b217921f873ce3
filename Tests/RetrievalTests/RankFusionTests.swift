import SeqaeRetrieval
import Testing

struct RankFusionTests {
  private func ranking(_ documents: Int...) -> [Hit] {
    documents.enumerated().map { Hit(document: $1, piece: 10 * $1 + $0, score: 9 - Double($0)) }
  }

  @Test func scoresAreSumsOfReciprocalRanks() {
    let fused = RankFusion.fuse([ranking(1, 2, 3), ranking(3, 1)])
    // 1: 1/61 + 1/62; 3: 1/63 + 1/61; 2: 1/62.
    #expect(fused.map(\.document) == [1, 3, 2])
    let expected = [1.0 / 61 + 1.0 / 62, 1.0 / 63 + 1.0 / 61, 1.0 / 62]
    #expect(zip(fused, expected).allSatisfy { abs($0.score - $1) < 1e-15 })
    // The piece comes from the ranking in which the document stands better.
    #expect(fused.map(\.piece) == [10, 30, 21])
  }

  @Test func equalSumsKeepTheOrderOfTheDocuments() {
    #expect(RankFusion.fuse([ranking(5), ranking(2)]).map(\.document) == [2, 5])
    #expect(RankFusion.fuse([]) == [] && RankFusion.fuse([[], ranking(4)]).map(\.document) == [4])
  }
}
