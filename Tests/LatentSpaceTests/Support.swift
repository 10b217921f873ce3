import Glibc
import SeqaeLatentSpace
import SeqaeRandom
import TestSupport

/// Tests/Fixtures/latent/space.safetensors.
struct LatentFixture {
  private let fixture: Fixture

  init() throws { fixture = try Fixture("latent/space.safetensors") }

  func values(_ name: String) throws -> [Double] { try fixture(name).values }

  func integers(_ name: String) throws -> [Int] { try values(name).map { Int($0) } }

  func matrix(_ name: String) throws -> DenseMatrix {
    let (shape, values) = try fixture(name)
    return DenseMatrix(values, columns: shape[shape.rank - 1])
  }
}

/// Whether numbers differ by no more than a tolerance, relative to the largest that is expected.
func isNear(_ found: [Double], _ expected: [Double], _ tolerance: Double) -> Bool {
  let scale = max(1, expected.map { abs($0) }.max() ?? 0)
  return found.count == expected.count
    && zip(found, expected).allSatisfy { abs($0 - $1) <= tolerance * scale }
}

func isNear(_ found: DenseMatrix, _ expected: DenseMatrix, _ tolerance: Double) -> Bool {
  found.columns == expected.columns && isNear(found.elements, expected.elements, tolerance)
}

/// Vectors of independent normal elements.
func randomMatrix(_ rows: Int, _ columns: Int, seed: UInt64) -> DenseMatrix {
  let random = Random(seed: seed)
  return DenseMatrix((0..<rows * columns).map { _ in random.normal() }, columns: columns)
}

/// The inner products of all rows.
func gram(_ x: DenseMatrix) -> DenseMatrix {
  var result = DenseMatrix(rows: x.rows, columns: x.rows).elements
  for i in 0..<x.rows {
    for j in 0..<x.rows {
      result[i * x.rows + j] = (0..<x.columns).reduce(0) { $0 + x[i, $1] * x[j, $1] }
    }
  }
  return DenseMatrix(result, columns: x.rows)
}

func identity(_ size: Int) -> DenseMatrix {
  DenseMatrix((0..<size * size).map { $0 % (size + 1) == 0 ? 1 : 0 }, columns: size)
}

func cosine(_ x: Double) -> Double { cos(x) }

/// √2 Γ((d + 1) / 2) / Γ(d / 2): the mean length of d independent standard normal numbers.
func meanLength(_ d: Int) -> Double {
  2.0.squareRoot() * exp(lgamma(Double(d + 1) / 2) - lgamma(Double(d) / 2))
}
