import SeqaeLatentSpace
import SeqaeRandom
import TestSupport
import Testing

/// Truncated SVDs against scikit-learn's (Tests/Fixtures/latent) and by their laws.
struct TruncatedSVDTests {
  private func sparse(_ x: DenseMatrix) -> SparseMatrix {
    var result = SparseMatrix(columns: x.columns)
    for row in 0..<x.rows { result.append(elements(x, row)) }
    return result
  }

  private func elements(_ x: DenseMatrix, _ row: Int) -> [(place: Int32, value: Double)] {
    x[row: row].enumerated().filter { $0.element != 0 }.map { (Int32($0.offset), $0.element) }
  }

  private func fixture() throws -> (DenseMatrix, Fixture) {
    let fixture = try Fixture("latent/svd.safetensors")
    return (DenseMatrix(try fixture("x").values, columns: 40), fixture)
  }

  @Test func directionsAreScikitLearns() throws {
    let (x, fixture) = try fixture()
    // With as many random vectors as there are columns they span everything.
    let svd = TruncatedSVD(sparse(x), components: 5, oversampling: 40, using: Random(seed: 1))
    #expect(isNear(svd.singularValues, try fixture("singular_values").values, 1e-10))
    let expected = DenseMatrix(try fixture("components").values, columns: 40)
    let projected = DenseMatrix(try fixture("projected").values, columns: 5)
    for k in 0..<5 {
      let cosine = (0..<40).reduce(0) { $0 + expected[k, $1] * svd.components[k, $1] }
      #expect(abs(abs(cosine) - 1) < 1e-9)
      for row in 0..<x.rows {
        let own = svd.project(elements(x, row))[k]
        #expect(abs(own - (cosine < 0 ? -1 : 1) * projected[row, k]) < 1e-8)
      }
    }
  }

  /// Halko et al. 2011, §10.4: the error of a random basis falls as (σ₁₆ / σ₅) to the power 2 q + 1.
  @Test func fewRandomVectorsAreEnough() throws {
    let (x, fixture) = try fixture()
    let svd = TruncatedSVD(sparse(x), components: 5, using: Random(seed: 1))
    #expect(isNear(svd.singularValues, try fixture("singular_values").values, 1e-4))
    let other = TruncatedSVD(sparse(x), components: 5, using: Random(seed: 2))
    #expect(isNear(svd.singularValues, other.singularValues, 1e-4))
    #expect(svd.components != other.components)
  }

  @Test(arguments: [(9, 5), (5, 9), (30, 30)])
  func allDirectionsLoseNothing(_ rows: Int, _ columns: Int) {
    let x = randomMatrix(rows, columns, seed: 1)
    let svd = TruncatedSVD(sparse(x), components: 50, using: Random(seed: 1))
    #expect(svd.singularValues.count == min(rows, columns))
    #expect(svd.singularValues == svd.singularValues.sorted(by: >))
    #expect(isNear(gram(svd.components), identity(svd.components.rows), 1e-10))
    // Σ σ² is the sum of all squares.
    let squares = x.elements.reduce(0) { $0 + $1 * $1 }
    #expect(abs(svd.singularValues.reduce(0) { $0 + $1 * $1 } - squares) < 1e-9 * squares)
    for row in 0..<rows {
      let length = svd.project(elements(x, row)).reduce(0) { $0 + $1 * $1 }
      let expected = x[row: row].reduce(0) { $0 + $1 * $1 }
      #expect(abs(length - expected) < 1e-9 * expected)
    }
  }

  @Test func vectorsThatSpanLessHaveFewerDirections() {
    // Multiples of (1, 2, 0) and (0, 0, 3): σ² = 5 (1 + 4 + 9) and 9.
    let rows: [[Double]] = [[1, 2, 0], [2, 4, 0], [3, 6, 0], [0, 0, 3], [0, 0, 0]]
    let x = DenseMatrix(rows.flatMap { $0 }, columns: 3)
    let svd = TruncatedSVD(sparse(x), components: 3, using: Random(seed: 1))
    let largest = Double(70).squareRoot()
    #expect(isNear(svd.singularValues, [largest, 3], 1e-12))
    #expect(svd.components[0, 1] > 0 && svd.components[1, 2] > 0)
  }

  @Test func nothingHasNoDirections() {
    var x = SparseMatrix(columns: 4)
    x.append([])
    x.append([])
    let svd = TruncatedSVD(x, components: 2, using: Random(seed: 1))
    #expect(svd.singularValues == [] && svd.project([(1, 2)]) == [])
  }
}
