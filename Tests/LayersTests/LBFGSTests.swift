import SeqaeLayers
import SeqaeRandom
import TestSupport
import Testing

@Test func theMinimumOfAQuadraticIsWhereItsGradientVanishes() {
  // f(x) = ½ x·Ax − b·x with A = MᵀM + I, which couples all of x.
  let n = 30
  let random = Random(seed: 2)
  let m = (0..<n).map { _ in (0..<n).map { _ in random.normal() } }
  let b = (0..<n).map { _ in random.normal() }
  func times(_ x: [Double]) -> [Double] {
    let mx = m.map { row in zip(row, x).reduce(0) { $0 + $1.0 * $1.1 } }
    return (0..<n).map { i in x[i] + (0..<n).reduce(0) { $0 + m[$1][i] * mx[$1] } }
  }
  var values: [Double] = []
  let x = LBFGS().minimum(from: [Double](repeating: 1, count: n)) { x in
    let ax = times(x)
    let value =
      zip(x, ax).reduce(0) { $0 + $1.0 * $1.1 } / 2 - zip(x, b).reduce(0) { $0 + $1.0 * $1.1 }
    values.append(value)
    return (value, zip(ax, b).map { $0 - $1 })
  }
  #expect(zip(times(x), b).allSatisfy { abs($0 - $1) < 1e-5 })
  #expect(values.count < 200)
}

@Test func aBentValleyIsFollowedToItsEnd() {
  // Rosenbrock 1960: the minimum is 0 at (1, 1).
  let x = LBFGS().minimum(from: [-1.2, 1]) { x in
    let (a, b) = (1 - x[0], x[1] - x[0] * x[0])
    return (a * a + 100 * b * b, [-2 * a - 400 * x[0] * b, 200 * b])
  }
  #expect(abs(x[0] - 1) < 1e-5 && abs(x[1] - 1) < 1e-5)
}

@Test func whereNothingIsToBeGainedItStays() {
  let flat = LBFGS().minimum(from: [3, 4]) { _ in (7, [0, 0]) }
  #expect(flat == [3, 4])
  // A gradient that lies: no step makes the value lower.
  let stuck = LBFGS().minimum(from: [1]) { x in (x[0] == 1 ? 0 : 1, [1]) }
  #expect(stuck == [1])
}
