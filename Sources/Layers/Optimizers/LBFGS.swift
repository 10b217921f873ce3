/// Finds the least value of a smooth function from its values and gradients.
///
/// The limited-memory method of Broyden, Fletcher, Goldfarb and Shanno: Nocedal 1980, *Updating Quasi-Newton
/// Matrices with Limited Storage*; Liu & Nocedal 1989, *On the Limited Memory BFGS Method for Large Scale
/// Optimization*, Algorithm 2.1. The direction −H g comes from the last pairs s = xₖ₊₁ − xₖ, y = gₖ₊₁ − gₖ by
/// the two loops; the step along it is halved until the function falls as far as its slope lets expect (Armijo
/// 1966). A pair without curvature, sᵀy ≤ 0, is left out, so that H stays positive.
///
/// ```swift
/// LBFGS().minimum(from: [3, 1]) { x in (x[0] * x[0] + x[1] * x[1], [2 * x[0], 2 * x[1]]) }  // [0, 0]
/// ```
///
/// For full-batch problems of up to a million numbers, such as linear classifiers; O(memory · n) a step beside
/// the function.
public struct LBFGS: Sendable {
  /// How many pairs are remembered; Liu & Nocedal 1989, §4: 3 to 7 do.
  public var memory = 10
  /// The most steps.
  public var steps = 200
  /// It ends where no part of the gradient is larger.
  public var tolerance = 1e-6

  private static let sufficient = 1e-4  // the share of the slope's promise; Nocedal & Wright, §3.1
  private static let halvings = 30

  /// Creates the method with its usual limits.
  public init() {}

  /// Returns where the function is least, as far as it was found.
  ///
  /// - Parameters:
  ///   - start: where to begin.
  ///   - function: value and gradient at a point.
  /// - Returns: the last point; the value there is no higher than at the start.
  public func minimum(
    from start: [Double], _ function: ([Double]) -> (value: Double, gradient: [Double])
  ) -> [Double] {
    var x = start
    var (value, gradient) = function(x)
    var pairs: [(s: [Double], y: [Double])] = []
    for _ in 0..<steps {
      guard gradient.contains(where: { abs($0) > tolerance }) else { break }
      let direction = LBFGS.direction(gradient, pairs)
      let slope = LBFGS.dot(gradient, direction)
      // Before anything is known of the curvature a step of length 1 at most is tried.
      let norm = LBFGS.dot(gradient, gradient).squareRoot()
      var step = pairs.isEmpty ? min(1, 1 / norm) : 1
      var next: (x: [Double], value: Double, gradient: [Double])?
      for _ in 0..<LBFGS.halvings {
        let candidate = zip(x, direction).map { $0 + step * $1 }
        let (found, slopes) = function(candidate)
        if found <= value + LBFGS.sufficient * step * slope {
          next = (candidate, found, slopes)
          break
        }
        step /= 2
      }
      guard let next else { break }  // as far as the function's own rounding lets it be found
      let s = zip(next.x, x).map { $0 - $1 }
      let y = zip(next.gradient, gradient).map { $0 - $1 }
      if LBFGS.dot(s, y) > 1e-12 * LBFGS.dot(y, y) {
        pairs.append((s, y))
        if pairs.count > memory { pairs.removeFirst() }
      }
      (x, value, gradient) = next
    }
    return x
  }

  /// −H g by the two loops over the pairs, with H₀ = sᵀy / yᵀy of the last.
  private static func direction(
    _ gradient: [Double], _ pairs: [(s: [Double], y: [Double])]
  ) -> [Double] {
    var q = gradient.map { -$0 }
    var shares: [Double] = []
    for (s, y) in pairs.reversed() {
      let share = dot(s, q) / dot(s, y)
      add(-share, y, to: &q)
      shares.append(share)
    }
    if let (s, y) = pairs.last {
      let scale = dot(s, y) / dot(y, y)
      for index in q.indices { q[index] *= scale }
    }
    for (pair, share) in zip(pairs, shares.reversed()) {
      add(share - dot(pair.y, q) / dot(pair.s, pair.y), pair.s, to: &q)
    }
    return q
  }

  private static func dot(_ a: [Double], _ b: [Double]) -> Double {
    var sum = 0.0
    for index in a.indices { sum += a[index] * b[index] }
    return sum
  }

  private static func add(_ scale: Double, _ a: [Double], to b: inout [Double]) {
    for index in a.indices { b[index] += scale * a[index] }
  }
}
