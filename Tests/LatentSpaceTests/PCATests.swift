import SeqaeLatentSpace
import SeqaeRandom
import TestSupport
import Testing

/// Principal components against scikit-learn's (Tests/Fixtures/latent) and by their laws.
struct PCATests {
  private let fixture: LatentFixture

  init() throws { fixture = try LatentFixture() }

  @Test(arguments: ["tall", "wide", "plane"])
  func componentsAreScikitLearns(_ name: String) throws {
    let x = try fixture.matrix("pca.\(name).x")
    let components = try fixture.matrix("pca.\(name).components")
    let pca = PCA(x, components: components.rows)
    #expect(isNear(pca.mean, try fixture.values("pca.\(name).mean"), 1e-13))
    #expect(isNear(pca.variances, try fixture.values("pca.\(name).variances"), 1e-11))
    #expect(isNear(pca.shares, try fixture.values("pca.\(name).shares"), 1e-12))
    #expect(isNear(pca.components, components, 1e-9))
    let projected = pca.project(x)
    #expect(isNear(projected, try fixture.matrix("pca.\(name).projected"), 1e-9))
    #expect(
      isNear(pca.reconstruct(projected), try fixture.matrix("pca.\(name).reconstructed"), 1e-9))
  }

  /// Σ over all components = the trace of the covariance, and what they span gives everything back.
  @Test(arguments: [(9, 5), (5, 9), (30, 30), (80, 40), (40, 80)])
  func allComponentsLoseNothing(_ rows: Int, _ columns: Int) {
    let x = randomMatrix(rows, columns, seed: 1)
    let pca = PCA(x, components: min(rows, columns))
    #expect(abs(pca.shares.reduce(0, +) - 1) < 1e-12)
    #expect(isNear(pca.reconstruct(pca.project(x)), x, 1e-9))
    #expect(isNear(gram(pca.components), identity(pca.components.rows), 1e-12))
    #expect(pca.variances == pca.variances.sorted(by: >))
  }

  /// Two vectors vary along one line; the other directions are any that are orthogonal to it.
  @Test(arguments: [(4, 9), (4, 3)])
  func vectorsOfALineHaveOneComponent(_ rows: Int, _ columns: Int) {
    let x = DenseMatrix(
      (0..<rows).flatMap { row in (0..<columns).map { Double(row * ($0 + 1)) } }, columns: columns)
    let pca = PCA(x, components: min(rows, columns))
    #expect(abs(pca.shares[0] - 1) < 1e-12)
    #expect(isNear(gram(pca.components), identity(pca.components.rows), 1e-12))
  }

  @Test func vectorsThatAreAllAlikeHaveNoVariance() {
    let x = DenseMatrix([Double](repeating: 2.5, count: 12), columns: 4)
    let pca = PCA(x, components: 3)
    #expect(pca.variances == [0, 0, 0] && pca.shares == [0, 0, 0])
    #expect(isNear(gram(pca.components), identity(3), 1e-12))
    #expect(isNear(pca.reconstruct(pca.project(x)), x, 1e-12))
  }

  /// The differences eᵢ − eᵢ₊₁ of n + 1 unit vectors have the inner products of a chain, 2 and −1 beside it, whose
  /// eigenvalues are 2 − 2 cos(kπ / (n + 1)).
  @Test func variancesOfAChainAreTheClosedForm() {
    let n = 60
    // Each with its negative, so that the mean is 0: all of the eigenvalues twice.
    var elements: [Double] = []
    for sign in [1.0, -1] {
      for i in 0..<n {
        elements += (0...n).map { $0 == i ? sign : $0 == i + 1 ? -sign : 0 }
      }
    }
    let pca = PCA(DenseMatrix(elements, columns: n + 1), components: n)
    let expected = (1...n).map { k in
      let eigenvalue = 2 - 2 * cosine(Double.pi * Double(k) / Double(n + 1))
      return 2 * eigenvalue / Double(2 * n - 1)
    }
    #expect(isNear(pca.variances, expected.sorted(by: >), 1e-13))
  }

  @Test func tensorsAreTakenRowByRow() {
    let matrix = DenseMatrix(.init([1, 2, 3, 4, 5, 6], [2, 3]))
    #expect(matrix == DenseMatrix([1, 2, 3, 4, 5, 6], columns: 3) && matrix[1, 0] == 4)
  }
}
