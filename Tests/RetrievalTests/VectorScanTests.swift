import CKernels
import SeqaeRandom
import SeqaeRetrieval
import Testing

/// Vectors and queries, and their neighbours by a naive scan.
private struct Space {
  var dimensions: Int
  var vectors: [Float]
  var queries: [Float]

  /// Sums one after the other in float64, rounded once, and a stable sort.
  func neighbors(_ limit: Int) -> [[Neighbor]] {
    stride(from: 0, to: queries.count, by: dimensions).map { query in
      let all = stride(from: 0, to: vectors.count, by: dimensions).map { row in
        var sum = 0.0
        for index in 0..<dimensions {
          sum += Double(queries[query + index]) * Double(vectors[row + index])
        }
        return Neighbor(row: row / dimensions, score: Float(sum))
      }
      return Array(all.sorted { ($0.score, $1.row) > ($1.score, $0.row) }.prefix(limit))
    }
  }
}

/// What can go wrong in a scan: sizes at, below and above the edges of blocks and groups of queries, and numbers that rounding
/// can't tell apart or that products lose.
private enum Shape: CaseIterable {
  case spread, clusters, duplicates, tiny, mixed, huge, zeros, odd, manyQueries, deep

  func space(_ random: Random) -> Space {
    func normals(_ count: Int, _ scale: Float = 1) -> [Float] {
      (0..<count).map { _ in scale * Float(random.normal()) }
    }
    func space(_ rows: Int, _ dimensions: Int, _ queries: Int, _ scale: Float = 1) -> Space {
      Space(
        dimensions: dimensions, vectors: normals(rows * dimensions, scale),
        queries: normals(queries * dimensions, scale))
    }
    switch self {
    case .spread: return space(9000, 48, 7)
    case .clusters:
      // Steps of a few units in the last place round one vector, which no rounding to fewer bits can see.
      var found = space(700, 40, 5)
      let center = Array(found.vectors[..<40])
      for row in 0..<700 {
        for index in 0..<40 {
          found.vectors[row * 40 + index] =
            center[index] + Float(random.integer(below: 5) - 2) * center[index].ulp
        }
      }
      return found
    case .duplicates:
      var found = space(600, 33, 4)
      for row in 0..<600 where row % 3 != 0 {
        let other = random.integer(below: 5) * 33
        for index in 0..<33 { found.vectors[row * 33 + index] = found.vectors[other + index] }
      }
      return found
    case .tiny: return space(300, 24, 3, 1e-21)
    case .mixed:
      // Lengths from 1e-20 to 1e10.
      var found = space(800, 20, 6)
      for row in 0..<800 {
        var factor: Float = 1
        for _ in 0..<random.integer(below: 11) { factor *= row % 2 == 0 ? 10 : 0.01 }
        for index in 0..<20 { found.vectors[row * 20 + index] *= factor }
      }
      return found
    case .huge:
      var found = space(300, 8, 3, 1e18)
      for index in 0..<400 { found.vectors[index] *= 1e19 }
      return found
    case .zeros:
      var found = space(260, 16, 3)
      for index in 0..<300 { found.vectors[index] = 0 }
      for index in 0..<16 { found.queries[index] = 0 }
      return found
    case .odd: return space(257, 7, 3)
    case .manyQueries: return space(513, 16, 230)
    case .deep: return space(255, 1543, 2)
    }
  }
}

private func found(
  _ space: Space, _ limit: Int, _ precision: VectorPrecision, parts: Int = 1
) -> [[Neighbor]] {
  let scan = VectorScan(dimensions: space.dimensions, precision: precision)
  let rows = space.vectors.count / space.dimensions
  for part in 0..<parts {
    let range = rows * part / parts..<rows * (part + 1) / parts
    scan.append(
      Array(
        space.vectors[range.lowerBound * space.dimensions..<range.upperBound * space.dimensions]))
  }
  return space.vectors.withUnsafeBufferPointer {
    scan.nearest(to: space.queries, limit: limit, among: $0)
  }
}

private func checkAll(_ isa: Int32) {
  ck_gemm_select(isa)
  // More than there are processors, so that tasks meet in any order.
  ck_set_threads(3)
  for shape in Shape.allCases {
    let space = shape.space(Random(seed: 17))
    for limit in [1, 10, 40, 20_000] where limit <= 40 || shape == .odd || shape == .duplicates {
      let expected = space.neighbors(limit)
      for precision in VectorPrecision.allCases {
        let result = found(space, limit, precision)
        #expect(result == expected, "\(shape), \(limit), \(precision), \(isa)")
      }
    }
  }
}

struct VectorScanTests {
  // The instruction set belongs to the process.
  @Test func theBestInstructionSetFindsWhatANaiveScanDoes() async {
    await #expect(processExitsWith: .success) { checkAll(0) }
  }

  @Test func avx512FindsTheSame() async {
    await #expect(processExitsWith: .success) { checkAll(3) }
  }

  @Test func avx2FindsTheSame() async {
    await #expect(processExitsWith: .success) { checkAll(2) }
  }

  @Test func portableCodeFindsTheSame() async {
    await #expect(processExitsWith: .success) { checkAll(1) }
  }

  @Test(arguments: VectorPrecision.allCases)
  func howVectorsComeChangesNothing(_ precision: VectorPrecision) {
    let space = Shape.spread.space(Random(seed: 3))
    let whole = found(space, 10, precision)
    for parts in [7, 36, 301] { #expect(found(space, 10, precision, parts: parts) == whole) }
  }

  @Test(arguments: VectorPrecision.allCases)
  func vectorsThatComeAfterASearchAreFoundToo(_ precision: VectorPrecision) {
    let space = Shape.odd.space(Random(seed: 4))
    let scan = VectorScan(dimensions: 7, precision: precision)
    #expect(scan.candidates(for: space.queries, limit: 3) == [[], [], []])
    scan.append(Array(space.vectors[..<700]))
    _ = scan.candidates(for: space.queries, limit: 3)
    scan.append(Array(space.vectors[700...]))
    let result = space.vectors.withUnsafeBufferPointer {
      scan.nearest(to: space.queries, limit: 300, among: $0)
    }
    #expect(scan.count == 257 && result == space.neighbors(300))
    #expect(scan.candidates(for: [], limit: 3).isEmpty)
    #expect(scan.candidates(for: space.queries, limit: 0) == [[], [], []])
  }

  @Test func fewVectorsAreComparedTwice() {
    // Unit vectors round the directions of clusters, as texts have.
    let random = Random(seed: 8)
    let centers = (0..<50 * 64).map { _ in Float(random.normal()) }
    func units(_ count: Int) -> [Float] {
      (0..<count).flatMap { _ in
        let center = random.integer(below: 50) * 64
        let vector = (0..<64).map { centers[center + $0] + Float(random.normal()) }
        let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return vector.map { $0 / length }
      }
    }
    let (vectors, queries) = (units(5000), units(20))
    for (precision, most) in [(VectorPrecision.float32, 10.1), (.bfloat16, 14), (.int8, 30)] {
      let scan = VectorScan(dimensions: 64, precision: precision)
      scan.append(vectors)
      let count = scan.candidates(for: queries, limit: 10).reduce(0) { $0 + $1.count }
      #expect(count >= 200 && Double(count) <= 20 * most, "\(precision): \(count)")
    }
  }

  @Test func sizesAreThoseOfTheNumbers() {
    let vectors = [Float](repeating: 0.5, count: 512 * 64)
    let scan = VectorScan(dimensions: 64, precision: .int8)
    scan.append(vectors)
    // Eight bits a value where the processor adds products of such, else sixteen; a scale, and what is known of lengths.
    #expect([64, 128].contains { scan.byteCount == 512 * ($0 + 4 + 16) })
  }
}

struct SearchKernelTests {
  @Test func placesAreThoseOfLargeNumbersAndOfNone() {
    let random = Random(seed: 9)
    for count in [0, 1, 63, 64, 65, 128, 200, 256] {
      for share in [0.0, 0.02, 1.0] {
        let numbers = (0..<count).map { _ in
          random.chance(share) ? [1, .nan, .infinity, 0.5][random.integer(below: 4)] : Float(0.25)
        }
        let expected = numbers.indices.filter { numbers[$0] >= 0.5 || numbers[$0].isNaN }
        var places = [Int32](repeating: -1, count: count + 1)
        let found = ck_places_from_f32(numbers, count, 0.5, &places)
        #expect(places.prefix(Int(found)).map { Int($0) } == expected && places[count] == -1)
        #expect(ck_places_from_f32(numbers, count, -.infinity, &places) == count)
      }
    }
  }

  @Test func exactProductsAreThoseOfAnyOrder() {
    let random = Random(seed: 10)
    for count in [0, 1, 7, 15, 16, 17, 33, 384, 1000] {
      // Whole numbers, whose sums have no rounding.
      let x = (0..<count).map { _ in Float(random.integer(below: 2001) - 1000) }
      let y = (0..<count).map { _ in Float(random.integer(below: 2001) - 1000) }
      let expected = zip(x, y).reduce(0) { $0 + Double($1.0) * Double($1.1) }
      #expect(ck_dot_f64(x, y, count) == expected)
    }
  }
}
