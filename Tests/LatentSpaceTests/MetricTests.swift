import SeqaeLatentSpace
import SeqaeRandom
import TestSupport
import Testing

/// Metrics against scikit-learn's and SciPy's, and by their laws.
struct MetricTests {
  private let fixture: LatentFixture

  init() throws { fixture = try LatentFixture() }

  @Test(arguments: ["random", "few", "noisy", "same", "one", "one cluster", "alone"])
  func agreementIsScikitLearns(_ name: String) throws {
    let agreement = ClusteringAgreement(
      clusters: try fixture.integers("agreement.\(name).clusters"),
      classes: try fixture.integers("agreement.\(name).classes"))
    let found = [
      agreement.normalizedMutualInformation, agreement.adjustedRandIndex, agreement.accuracy,
      agreement.purity, agreement.mutualInformation,
    ]
    #expect(isNear(found, try fixture.values("agreement.\(name).figures"), 1e-12))
  }

  @Test func namesOfClustersDoNotMatter() {
    let random = Random(seed: 8)
    let clusters = (0..<50).map { _ in random.integer(below: 4) }
    let classes = (0..<50).map { _ in random.integer(below: 4) }
    let one = ClusteringAgreement(clusters: clusters, classes: classes)
    let other = ClusteringAgreement(clusters: clusters.map { 7 - $0 * 3 }, classes: classes)
    #expect(one.accuracy == other.accuracy && one.purity == other.purity)
    #expect(one.adjustedRandIndex == other.adjustedRandIndex)
  }

  @Test(arguments: 0..<6)
  func assignmentsAreWorthWhatSciPysAre(_ number: Int) throws {
    let values = try fixture.matrix("assignment.\(number).values")
    let columns = Assignment.best(values)
    let used = columns.compactMap { $0 }
    #expect(Set(used).count == used.count && used.count == min(values.rows, values.columns))
    let sum = columns.enumerated().reduce(0.0) { sum, pair in
      sum + (pair.element.map { values[pair.offset, $0] } ?? 0)
    }
    #expect(abs(sum - (try fixture.values("assignment.\(number).best")[0])) < 1e-12)
  }

  @Test func trustworthinessIsScikitLearns() throws {
    let (space, map) = (try fixture.matrix("trust.space"), try fixture.matrix("trust.map"))
    for k in [5, 12] {
      let found = Neighbourhoods.trustworthiness(of: map, in: space, neighbours: k)
      #expect(abs(found - (try fixture.values("trust.\(k)")[0])) < 1e-12)
    }
    #expect(Neighbourhoods.trustworthiness(of: space, in: space) == 1)
  }

  @Test func correlationsAreSciPys() throws {
    let (x, y) = (try fixture.values("spearman.x"), try fixture.values("spearman.y"))
    let figures = try fixture.values("spearman.figures")
    #expect(abs(try #require(Correlation.spearman(x, y)) - figures[0]) < 1e-12)
    #expect(abs(try #require(Correlation.pearson(x, y)) - figures[1]) < 1e-12)
    #expect(Correlation.spearman(x, x.map { $0 * $0 * $0 }) == 1)
    #expect(Correlation.spearman(x, x.map { -$0 }) == -1)
    #expect(Correlation.spearman(x, x.map { _ in 1 }) == nil)
  }

  @Test func ranksCountWhatIsNearer() {
    let vectors = DenseMatrix([0, 3, 1, 1, -1, 9], columns: 1)
    // From 0: 0 is nearest, then 1, 1 and −1, then 3, then 9.
    let origin = DenseMatrix(rows: 6, columns: 1)
    let standings = Neighbourhoods.standings(of: Array(0..<6), from: origin, among: vectors)
    #expect(standings.map(\.rank) == [1, 5, 3, 3, 3, 6])
    // 3 is 3 away, the others 0, 1, 1, 1 and 9: 2.4 in the mean.
    #expect(abs(standings[1].distance - 3 / 2.4) < 1e-6)
    // Where all are alike, none is near: the middle of 1 … 4.
    let collapsed = DenseMatrix([2, 2, 2, 2], columns: 1)
    let alike = Neighbourhoods.standings(
      of: [0, 0], from: DenseMatrix([5, 2], columns: 1), among: collapsed)
    #expect(alike.map(\.rank) == [2.5, 2.5])
    #expect(alike[1].distance == 0)
  }

  /// Vectors far from the origin, of which many pairs are as near each other as rounding in single precision is coarse: ranks
  /// are those of distances in double precision, one by one.
  @Test(arguments: [3, 64])
  func ranksAreExactWhereProductsRound(_ dimensions: Int) {
    let noise = randomMatrix(700, dimensions, seed: 3)
    let vectors = DenseMatrix(
      noise.elements.enumerated().map { index, value in
        1000 + (index / dimensions % 2 == 0 ? value : 1e-7 * value)
      }, columns: dimensions)
    let rows = (0..<300).map { $0 * 7 % 700 }
    let queries = DenseMatrix(
      rows.enumerated().flatMap { number, row in
        vectors[row: row].map { $0 + (number % 3 == 0 ? 1e-8 : 0.3) }
      }, columns: dimensions)
    let found = Neighbourhoods.standings(of: rows, from: queries, among: vectors)
    for (number, row) in rows.enumerated() {
      let distances = (0..<vectors.rows).map { other in
        (0..<dimensions).reduce(0.0) { sum, place in
          let difference = queries[number, place] - vectors[other, place]
          return sum + difference * difference
        }
      }
      let nearer = distances.count { $0 < distances[row] }
      #expect(found[number].rank == Double(1 + nearer))
      let others = distances.enumerated().filter { $0.offset != row }.map {
        $0.element.squareRoot()
      }
      let mean = others.reduce(0, +) / Double(others.count)
      #expect(abs(found[number].distance - distances[row].squareRoot() / mean) < 1e-5)
    }
  }

  /// The distance of two vectors of D independent standard normal numbers is √2 times the length of one, whose square has
  /// the mean D: its spread is √(D / m² − 1), m being the mean length.
  @Test(arguments: [1, 2, 16, 256])
  func theSpreadOfGaussiansIsTheClosedForm(_ dimensions: Int) {
    let x = randomMatrix(400, dimensions, seed: 6)
    let m = meanLength(dimensions)
    let expected = (Double(dimensions) / (m * m) - 1).squareRoot()
    // 400 vectors tell it to some 3 %.
    #expect(abs(Neighbourhoods.relativeSpread(x) / expected - 1) < 0.08)
  }

  @Test func vectorsThatAreEquallyFarHaveNoSpread() {
    #expect(Neighbourhoods.relativeSpread(identity(6)) < 1e-7)
    #expect(Neighbourhoods.relativeSpread(DenseMatrix([1, 1, 1], columns: 1)) == 0)
  }
}
