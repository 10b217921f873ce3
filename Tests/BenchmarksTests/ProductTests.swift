import SeqaeBenchmarks
import SeqaeFiles
import SeqaeTensors
import Testing

/// What is timed is the product that its name says, ours and oneDNN's.
@Suite struct ProductTests {
  @Test(arguments: ProductKind.allCases, Precision.allCases)
  func ourProductIsTheOneOfItsName(_ kind: ProductKind, _ precision: Precision) throws {
    let (batch, m, k, n) = (kind.isBatched ? 3 : 1, 5, 7, 9)
    let product = try TimedProduct(
      kind, ProductShape(batch: batch, m, k, n), precision, by: .seqae)
    #expect(worstDifference(product, (batch, m, k, n)) < tolerance(precision))
  }

  // oneDNN's threads spin for as long as the process lives, so they get one of their own.
  @Test func oneDNNsProductsAreThoseOfTheirNames() async {
    guard OneDNN.version != nil else { return }
    await #expect(processExitsWith: .success) {
      for kind in ProductKind.allCases {
        for precision in Precision.allCases {
          let (batch, m, k, n) = (kind.isBatched ? 3 : 1, 5, 7, 9)
          let product = try TimedProduct(
            kind, ProductShape(batch: batch, m, k, n), precision, by: .oneDNN)
          #expect(
            worstDifference(product, (batch, m, k, n)) < tolerance(precision),
            "\(kind.rawValue) \(precision.rawValue)")
        }
      }
    }
  }
}

/// A sum of 7 products of numbers below 1 in 24 bits, or rounded to 8.
private func tolerance(_ precision: Precision) -> Double { precision == .float32 ? 1e-6 : 0.02 }

/// Returns the largest difference of the product's elements from those of the definition.
private func worstDifference(
  _ product: TimedProduct, _ sizes: (batch: Int, m: Int, k: Int, n: Int)
) -> Double {
  product.run()
  product.run()
  let (a, b, c) = product.values
  let (batch, m, k, n) = sizes
  var worst = 0.0
  for index in 0..<batch {
    for row in 0..<m {
      for column in 0..<n {
        let expected = (0..<k).reduce(0.0) { sum, place in
          sum + Double(a[(index * m + row) * k + place])
            * Double(b[(index * k + place) * n + column])
        }
        let found = Double(c[(index * m + row) * n + column])
        worst = found.isNaN ? .infinity : max(worst, abs(found - expected))
      }
    }
  }
  return worst
}
