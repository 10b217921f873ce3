import SeqaeRandom
import SeqaeTensors
import TestSupport
import Testing

/// Primitives that no operation reaches in every form, on the CPU against the reference.
@Suite struct PrimitiveTests {
  private static let shapes: [Shape] = [
    [], [0], [1], [3, 0, 2], [7, 5], [2, 3, 17], [2, 3, 4, 5], [130, 257],
  ]
  private let reference = ReferenceBackend()
  private let cpu = CPUBackend.shared

  /// Returns what `compute` gives on both backends, each time with a generator of the same seed.
  private func both<Result>(_ compute: (any Backend, Random) -> Result) -> (
    found: Result, expected: Result
  ) {
    (compute(cpu, Random(seed: 5)), compute(reference, Random(seed: 5)))
  }

  @Test(arguments: Reduction.allCases, Placement.allCases)
  func reductionsAlongEachAxis(_ reduction: Reduction, _ placement: Placement) {
    for shape in PrimitiveTests.shapes {
      for axis in 0..<shape.rank {
        let (found, expected) = both { backend, random in
          backend.reduce(
            reduction, placement.tensor(shape, on: backend) { random.normals($0) }, axis: axis)
        }
        let tolerance =
          reduction == .sum ? Tolerance(absolute: 1e-4, relative: 1e-5) : Tolerance.exact
        #expect(mismatch(found, expected, within: tolerance) == nil, "\(shape) axis \(axis)")
      }
    }
  }

  // Equal terms round the same way each time, so that a sum added one by one would lose digits.
  @Test(
    arguments: [(31, 3), (1000, 1), (8192, 2), (4096, 64), (40_003, 2), (1_000_003, 1)]
      as [(Int, Int)])
  func sumsOfManyEqualTermsKeepSixDigits(_ rows: Int, _ columns: Int) {
    let terms = Random(seed: 6).uniforms(columns, in: 0.5...2)
    let row = Tensor(terms, [1, columns])
    let x = cpu.copy(row.view(row.layout.broadcast(to: [rows, columns])))
    let expected = reference.make([columns], terms.map { Double($0) * Double(rows) })
    let tolerance = Tolerance(relative: 1e-6)
    for sums in [cpu.reduce(.sum, x, axis: 0), cpu.reduce(.sum, x.transposed(), axis: 1)] {
      #expect(mismatch(sums.reshaped([columns]), expected, within: tolerance) == nil)
    }
  }

  @Test(arguments: Placement.allCases)
  func accumulateAddsScaledValuesInPlace(_ placement: Placement) {
    for shape in PrimitiveTests.shapes {
      let (found, expected) = both { backend, random in
        var y = random.normals(shape, on: backend)
        let x = placement.tensor(shape, on: backend) { random.normals($0) }
        backend.accumulate(x, scale: -0.75, into: &y)
        return y
      }
      #expect(mismatch(found, expected, within: .rounding) == nil, "\(shape)")
    }
  }

  @Test(arguments: Placement.allCases)
  func copyingIntoAViewLeavesTheRestAlone(_ placement: Placement) {
    let views: [Layout] = [
      Layout(contiguous: [6, 7, 8]), Layout(contiguous: [6, 7, 8]).sliced(1, 2..<5),
      Layout(contiguous: [6, 7, 8]).sliced(0, 1..<2).transposed(0, 2),
      Layout(contiguous: [6, 7, 8]).sliced(2, 4..<4),
      Layout(contiguous: [6, 7, 8]).transposed(1, 2),
    ]
    for view in views {
      let (found, expected) = both { backend, random in
        var y = random.normals([6, 7, 8], on: backend)
        let x = placement.tensor(view.shape, on: backend) { random.normals($0) }
        backend.copy(x, into: &y, at: view)
        return y
      }
      #expect(mismatch(found, expected, within: .exact) == nil, "\(view)")
    }
  }

  @Test(
    arguments: Placement.allCases, [(1, 0), (0.5, 0), (1, 1), (-2, 0.25)] as [(Double, Double)])
  func productsScaleAndAccumulate(_ placement: Placement, _ factors: (Double, Double)) {
    let sizes: [(Shape, Shape, Shape)] = [
      ([5, 7], [7, 6], [5, 6]), ([3, 0], [0, 2], [3, 2]),
      ([2, 3, 9, 33], [2, 3, 33, 17], [2, 3, 9, 17]),
      ([70, 90], [90, 65], [70, 65]),
    ]
    for (a, b, c) in sizes {
      let (found, expected) = both { backend, random in
        let left = placement.tensor(a, on: backend) { random.normals($0) }
        let right = placement.tensor(b, on: backend) { random.normals($0) }
        // With β = 0 the old contents must not be read, not even multiplied by 0.
        var result =
          factors.1 == 0 ? backend.full(c, .nan) : random.normals(c, on: backend)
        backend.matmul(left, right, alpha: factors.0, beta: factors.1, into: &result)
        return result
      }
      let tolerance = Tolerance(absolute: 5e-5, relative: 1e-5)
      #expect(mismatch(found, expected, within: tolerance) == nil, "\(a) × \(b)")
    }
  }

  @Test func writingInPlaceChangesNoOtherHolder() {
    for backend in [cpu, reference] as [any Backend] {
      let random = Random(seed: 8)
      let original = random.normals([4, 5], on: backend)
      let values = original.doubles()
      let x = random.normals([4, 5], on: backend)
      let square = random.normals([5, 5], on: backend)
      let writes: [(inout Tensor) -> Void] = [
        { backend.accumulate(x, scale: 1, into: &$0) },
        { backend.copy(x, into: &$0, at: Layout(contiguous: [4, 5])) },
        { backend.matmul(x, square, alpha: 1, beta: 0, into: &$0) },
        { backend.matmul(x, square, alpha: 1, beta: 1, into: &$0) },
        {
          backend.scatterAdd(
            x, Tensor(integers: [0, 1, 1, 3], [4], on: backend), scale: 1, into: &$0)
        },
        { table in
          var (m, v) = (backend.full([4, 5], 0), backend.full([4, 5], 0))
          backend.adamW(&table, gradient: x, m: &m, v: &v, .example)
        },
      ]
      for (number, write) in writes.enumerated() {
        var changed = original
        write(&changed)
        #expect(changed.doubles() != values, "write \(number) writes nothing")
        #expect(original.doubles() == values, "write \(number) changes another holder")
      }
    }
  }

  @Test(arguments: Placement.allCases)
  func scatterAddAddsRowsOfEqualIds(_ placement: Placement) {
    for (table, count) in [(7, 0), (7, 30), (3, 2000)] {
      let (found, expected) = both { backend, random in
        var y = random.normals([table, 33], on: backend)
        let rows = placement.tensor([count, 33], on: backend) { random.normals($0) }
        let ids = random.integers([count], below: table, on: backend)
        backend.scatterAdd(rows, ids, scale: 0.5, into: &y)
        return y
      }
      // A table row takes up to 1,000 additions, one after the other.
      let tolerance = Tolerance(absolute: 5e-5, relative: 2e-5)
      #expect(mismatch(found, expected, within: tolerance) == nil, "\(count) rows")
    }
  }

  @Test(arguments: Placement.allCases)
  func gatherReadsTablesHoweverTheyLie(_ placement: Placement) {
    let (found, expected) = both { backend, random in
      let table = placement.tensor([9, 35], on: backend) { random.normals($0) }
      let ids = random.integers([6, 4], below: 9, on: backend).transposed()
      return backend.gather(table, ids, scale: 2)
    }
    #expect(mismatch(found, expected, within: .exact) == nil)
  }

  @Test(arguments: Placement.allCases)
  func argMaxIsTheFirstOfTheLargest(_ placement: Placement) {
    for shape in [[1], [0, 3], [5, 7], [4, 40, 33], [3, 20_000]] as [Shape] {
      let (found, expected) = both { backend, random in
        // Few distinct values, so that almost every row has ties.
        let x = placement.tensor(shape, on: backend) {
          random.integers($0, below: 4).map(Float.init)
        }
        return x.argMax()
      }
      #expect(found.dtype == .int32)
      #expect(found.shape == Shape(Array(shape.dimensions.dropLast())))
      #expect(found.integers() == expected.integers(), "\(shape)")
    }
  }

  @Test(arguments: UnaryFunction.allCases)
  func functionsFarFromZero(_ function: UnaryFunction) {
    let steps = (0...4_000).map { Float($0 - 2_000) / 20 }  // −100 … 100
    let domain = function == .log || function == .squareRoot ? steps.filter { $0 >= 0 } : steps
    let (found, expected) = both { backend, _ in
      backend.map(function, Tensor(domain, [domain.count], on: backend))
    }
    // In single precision eˣ overflows above 88.7 and underflows below −87.3; 1 + erf(x), as in
    // PyTorch, cancels where GELU is small, and so do the terms near the zeros of sines.
    let reference = expected.doubles().map { Double(Float($0)) }
    let cancels = [.gelu, .geluDerivative, .geluTanh, .sine, .cosine].contains(function)
    let tolerance = Tolerance(absolute: cancels ? 1e-6 : 1e-36, relative: 2e-6)
    #expect(
      mismatch((found.shape, found.doubles()), (expected.shape, reference), within: tolerance)
        == nil)
  }

  @Test func theSumOfSquaresIsAccumulatedInDoublePrecision() {
    for placement in Placement.allCases {
      for shape in PrimitiveTests.shapes {
        let (found, expected) = both { backend, random in
          backend.sumOfSquares(placement.tensor(shape, on: backend) { random.normals($0) })
        }
        #expect(abs(found - expected) <= 1e-12 * expected, "\(shape)")
      }
    }
  }

  @Test(arguments: [[0], [1], [7, 5], [100_003]] as [Shape])
  func adamWAgreesWithItsDefinition(_ shape: Shape) {
    let (found, expected) = both { backend, random in
      var parameter = random.normals(shape, on: backend)
      var (m, v) = (backend.full(shape, 0), backend.full(shape, 0))
      for step in 1...3 {
        let gradient = random.normals(shape, on: backend)
        backend.adamW(&parameter, gradient: gradient, m: &m, v: &v, AdamWStep.example(step))
      }
      return [parameter, m, v]
    }
    for (found, expected) in zip(found, expected) {
      #expect(mismatch(found, expected, within: Tolerance(absolute: 1e-6, relative: 2e-6)) == nil)
    }
  }

  @Test func integersSurviveEveryLayout() {
    for backend in [cpu, reference] as [any Backend] {
      let values = Random(seed: 2).integers(24, below: 1 << 30)
      let x = Tensor(integers: values, [2, 3, 4], on: backend)
      #expect(x.integers() == values)
      // Element (i, j, k) of the view, [4, 2, 2], is x[k, j + 1, i].
      let view = x.transposed(0, 2).sliced(1, 1..<3)
      let expected = (0..<16).map { n in
        let (i, j, k) = (n / 4, n / 2 % 2, n % 2)
        return values[k * 12 + (j + 1) * 4 + i]
      }
      #expect(view.integers() == expected)
      #expect(view.reshaped([16]).integers() == expected)
    }
  }
}

extension AdamWStep {
  /// Step `step` with settings that make every term count.
  static func example(_ step: Int) -> AdamWStep {
    let (beta1, beta2) = (0.9, 0.98)
    var (power1, power2) = (1.0, 1.0)
    for _ in 0..<step { (power1, power2) = (power1 * beta1, power2 * beta2) }
    return AdamWStep(
      rate: 0.05, beta1: Float(beta1), beta2: Float(beta2), epsilon: 1e-3, decay: 0.1,
      correction1: Float(1 - power1), correction2: Float(1 - power2), gradientScale: 0.5)
  }

  static let example = AdamWStep.example(1)
}
