import SeqaeTensors

/// How far a found value may lie from the expected one: by `absolute` + `relative` · |expected|.
package struct Tolerance: Sendable, CustomStringConvertible {
  package let absolute: Double
  package let relative: Double

  package init(absolute: Double = 0, relative: Double = 0) {
    self.absolute = absolute
    self.relative = relative
  }

  /// No difference at all.
  package static let exact = Tolerance()

  package var description: String { "\(absolute) + \(relative) · |expected|" }

  func allows(_ found: Double, _ expected: Double) -> Bool {
    found == expected || abs(found - expected) <= absolute + relative * abs(expected)
  }
}

/// What differs, in one line; errors in a test show it.
package struct Mismatch: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}

/// Returns where `found` differs most from `expected`, nil if all elements are within `tolerance`.
///
/// ```swift
/// #expect(mismatch(y, expected, within: Tolerance(relative: 1e-6)) == nil)
/// ```
package func mismatch(_ found: Tensor, _ expected: Tensor, within tolerance: Tolerance) -> Mismatch?
{
  mismatch(
    (found.shape, found.doubles()), (expected.shape, expected.doubles()), within: tolerance)
}

/// Returns where `found` differs most from `expected`, nil if all elements are within `tolerance`.
package func mismatch(
  _ found: (shape: Shape, values: [Double]), _ expected: (shape: Shape, values: [Double]),
  within tolerance: Tolerance
) -> Mismatch? {
  guard found.shape == expected.shape else {
    return Mismatch("shape: expected \(expected.shape), found \(found.shape)")
  }
  let pairs = zip(found.values, expected.values)
  // Not `!(a <= b)` but `allows`, so that a NaN is a difference.
  let wrong = pairs.enumerated().filter { !tolerance.allows($0.element.0, $0.element.1) }
  let worst = wrong.max { excess($0.element, tolerance) < excess($1.element, tolerance) }
  guard let (index, (f, e)) = worst else { return nil }
  return Mismatch(
    "\(wrong.count) of \(found.values.count) elements of \(expected.shape) differ by more than "
      + "\(tolerance), most at \(indices(of: index, in: expected.shape)): expected \(e), found \(f), "
      + "difference \(abs(f - e))")
}

/// How many times the allowed difference a pair of values differs by; infinite if one is no number.
private func excess(_ pair: (found: Double, expected: Double), _ tolerance: Tolerance) -> Double {
  let allowed = tolerance.absolute + tolerance.relative * abs(pair.expected)
  let ratio = abs(pair.found - pair.expected) / max(allowed, .leastNormalMagnitude)
  return ratio.isNaN ? .infinity : ratio
}

private func indices(of element: Int, in shape: Shape) -> [Int] {
  var rest = element
  var result: [Int] = []
  for size in shape.dimensions.reversed() {
    result.insert(rest % size, at: 0)
    rest /= size
  }
  return result
}
