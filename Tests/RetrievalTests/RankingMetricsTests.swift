import SeqaeFiles
import SeqaeRetrieval
import Testing

/// Rankings as trec_eval judges them: Tests/Fixtures/retrieval/rankings.json, by pytrec_eval.
struct RankingMetricsTests {
  private let rows: [JSON]

  init() throws {
    let tests = Path.directory(Path.directory(#filePath))
    let json = try JSON.read(Path.join(tests, "Fixtures", "retrieval", "rankings.json"))
    rows = try #require(json.arrayValue)
  }

  @Test func figuresAreTrecEvals() throws {
    #expect(rows.count == 12)
    for row in rows {
      let judged = try #require(row["judgements"]?.objectValue).members
      let answer = try #require(row["answer"]?.objectValue).members
      let metrics = RankingMetrics(
        of: answer.map { (id: $0.key, score: $0.value.doubleValue ?? .nan) },
        Dictionary(uniqueKeysWithValues: judged.map { ($0.key, $0.value.intValue ?? 0) }))
      let found = [
        ("ndcg@10", metrics.ndcg10), ("map", metrics.averagePrecision),
        ("mrr", metrics.reciprocalRank), ("recall@100", metrics.recall100),
      ]
      for (name, value) in found {
        let expected = try #require(row[ByteString(name)]?.doubleValue)
        #expect(abs(value - expected) < 1e-9, "\(name): \(value), \(expected)")
      }
    }
  }

  @Test func theOrderOfTheAnswerDoesNotMatter() throws {
    let answer = [("a", 1.0), ("b", 1.0), ("c", 2.0)].map { (id: ByteString($0.0), score: $0.1) }
    let judgements: RankingMetrics.Judgements = ["a": 1]
    // c comes first, then b before a: of equal scores the larger id.
    #expect(RankingMetrics(of: answer, judgements).reciprocalRank == 1.0 / 3)
    #expect(
      RankingMetrics(of: answer.reversed(), judgements) == RankingMetrics(of: answer, judgements))
  }

  @Test func theMeanIsOverAllQueries() {
    var one = RankingMetrics()
    (one.ndcg10, one.averagePrecision, one.reciprocalRank, one.recall100) = (1, 0.5, 1, 1)
    let mean = RankingMetrics.mean([one, RankingMetrics(), RankingMetrics(), one])
    #expect(mean.ndcg10 == 0.5 && mean.averagePrecision == 0.25)
    #expect(RankingMetrics.mean([]) == RankingMetrics())
  }
}

struct RandomizationTestTests {
  /// p by all 2ⁿ exchanges of the differences.
  private func exact(_ differences: [Double]) -> Double {
    let observed = abs(differences.reduce(0, +)) - 1e-9
    let all = 1 << differences.count
    let extreme = (0..<all).count { signs in
      let sum = differences.enumerated().reduce(0) {
        $0 + (signs >> $1.offset & 1 == 0 ? $1.element : -$1.element)
      }
      return abs(sum) >= observed
    }
    return Double(extreme) / Double(all)
  }

  @Test(
    arguments: [
      [0.1, 0.2, 0.3, 0.1, 0.2, 0.3, 0.1, 0.05], [0.1, -0.2, 0.3, -0.1, 0.2, 0.3, 0.1, -0.05, 0.2],
      [0.5, -0.5], [0.25],
    ])
  func pIsThatOfAllExchanges(_ differences: [Double]) {
    let p = RandomizationTest.p(differences, differences.map { _ in 0 })
    let expected = exact(differences)
    // Five standard errors of 100,000 draws.
    #expect(abs(p - expected) <= 5 * (expected * (1 - expected) / 100_000).squareRoot() + 2e-5)
  }

  @Test func alikeSystemsDoNotDiffer() {
    #expect(RandomizationTest.p([0.5, 0.25], [0.5, 0.25]) == 1)
    #expect(RandomizationTest.p([], []) == 1)
  }

  @Test func theSeedDecides() {
    let (first, second) = ([0.1, 0.9, 0.4, 0.3], [0.3, 0.2, 0.1, 0.8])
    let p = RandomizationTest.p(first, second, draws: 1000)
    #expect(p == RandomizationTest.p(first, second, draws: 1000))
    #expect(p == RandomizationTest.p(second, first, draws: 1000))
    #expect(p != RandomizationTest.p(first, second, draws: 1000, seed: 2))
  }
}
