import SeqaeFiles
import SeqaeRandom
import SeqaeRetrieval
import SeqaeTensors

extension Workload {
  /// Exact search among vectors, as the peers' script has it.
  package static let search = Workload(
    name: "search", bench: "search",
    abstract:
      "the 10 nearest of 100,000 vectors of 384 values, to 1,000 queries at once and one by one",
    cases: ["batch", "single"].flatMap { kind in
      SearchTiming.precisions.map { name, precision, scanned in
        Case("\(kind) \(name)", precision) { settings throws(Failure) in
          let timing = SearchTiming(scanned)
          guard kind == "batch" else { return [timing.single()] }
          guard let precision else { return [timing.batch(settings)] }
          return try Peak.shares(precision) { [timing.batch(settings)] }
        }
      }
    })
}

/// The peers' vectors and queries: unit vectors round 1,000 random centers.
package struct SearchTiming {
  /// What a case calls it, what `--precision` calls it, and what is scanned.
  package static let precisions: [(String, Precision?, VectorPrecision)] = [
    ("fp32", .float32, .float32), ("bf16", .bfloat16, .bfloat16), ("int8", nil, .int8),
  ]
  private static let wanted = 10
  private static let alone = 100  // queries one by one
  private static let rounds = 3  // of these

  private let dimensions: Int
  private let vectors: [Float]  // [N, D]
  private let queries: [Float]  // [Q, D]
  private let scan: VectorScan
  private let buildSeconds: Double

  /// Draws vectors and rounds them.
  package init(
    _ precision: VectorPrecision, vectors count: Int = 100_000, queries: Int = 1000,
    centers: Int = 1000, dimensions: Int = 384
  ) {
    let random = Random(seed: 0)
    let directions = Tensor.normal([centers, dimensions], using: random)  // [C, D]
    func units(_ count: Int) -> [Float] {
      var all: [Float] = []
      all.reserveCapacity(count * dimensions)
      // By parts, so that what they are made of takes no memory beside them.
      for start in stride(from: 0, to: count, by: 10_000) {
        let part = min(10_000, count - start)
        let ids = (0..<part).map { _ in Int32(random.integer(below: centers)) }
        let noise = Tensor.normal([part, dimensions], using: random)  // [P, D]
        all += (embedding(directions, Tensor(integers: ids, [part])) + noise).normalized().floats()
      }
      return all
    }
    self.dimensions = dimensions
    vectors = units(count)
    self.queries = units(queries)
    let scan = VectorScan(dimensions: dimensions, precision: precision)
    let made = vectors
    buildSeconds = Samples.seconds { scan.append(made) }
    self.scan = scan
  }

  /// All queries in one call.
  package func batch(_ settings: BenchmarkSettings) -> Measurement {
    let samples = Samples(for: settings.seconds, warmUp: 1, least: 3) { _ = nearest(queries) }
    let count = queries.count / dimensions
    let operations = 2 * Double(count) * Double(vectors.count)
    return Measurement(
      rounded(Double(count) / samples.median, 1), "queries/s (batch of \(count))",
      JSONObject(
        details.members + [
          ("min_ms", .number(rounded(samples.minimum * 1e3, 3))),
          ("gflops", .number(rounded(operations / samples.median / 1e9, 1))),
        ]))
  }

  /// One query after the other.
  package func single() -> Measurement {
    let chosen = (0..<min(Self.alone, queries.count / dimensions)).map {
      Array(queries[$0 * dimensions..<($0 + 1) * dimensions])
    }
    var times: [Double] = []
    for _ in 0..<Self.rounds {
      for query in chosen { times.append(Samples.seconds { _ = nearest(query) }) }
    }
    let samples = Samples(times)
    return Measurement(
      rounded(1 / samples.median, 1), "queries/s (one by one)",
      JSONObject(
        details.members + [
          ("single_ms", .number(rounded(samples.median * 1e3, 3))),
          ("min_ms", .number(rounded(samples.minimum * 1e3, 3))),
        ]))
  }

  /// What both kinds say beside their speed.
  private var details: JSONObject {
    let count = vectors.count / dimensions
    return [
      "recall_at_10": .number(rounded(recall, 4)), "build_s": .number(rounded(buildSeconds, 2)),
      "bytes_per_vector": .integer(scan.byteCount / count),
      // The vectors as they were, which the best of a scan are compared with again.
      "bytes_per_vector_exact": .integer(dimensions * MemoryLayout<Float>.stride),
    ]
  }

  private func nearest(_ queries: [Float]) -> [[Neighbor]] {
    vectors.withUnsafeBufferPointer {
      scan.nearest(to: queries, limit: Self.wanted, among: $0)
    }
  }

  /// The share of the nearest that a scan finds, these being those of all products in float32.
  package var recall: Double {
    let count = queries.count / dimensions
    let all = Tensor(vectors, [vectors.count / dimensions, dimensions]).transposed()  // [D, N]
    var found = 0
    let answers = nearest(queries)
    let part = 50
    for start in stride(from: 0, to: count, by: part) {
      let end = min(count, start + part)
      let rows = Array(queries[start * dimensions..<end * dimensions])
      let products = matmul(Tensor(rows, [end - start, dimensions]), all)  // [P, N]
      let nearest = topRows(of: products)
      for query in start..<end {
        found += Set(answers[query].map(\.row)).intersection(nearest[query - start]).count
      }
    }
    return Double(found) / Double(count * min(Self.wanted, vectors.count / dimensions))
  }

  /// The places of the largest numbers of each row, one after the other.
  private func topRows(of products: Tensor) -> [Set<Int>] {
    var numbers = products.floats()
    let (rows, width) = (products.shape[0], products.shape[1])
    return (0..<rows).map { row in
      var places: Set<Int> = []
      for _ in 0..<min(Self.wanted, width) {
        let own = Array(numbers[row * width..<(row + 1) * width])
        let place = Int(Tensor(own, [1, width]).argMax().integers()[0])
        places.insert(place)
        numbers[row * width + place] = -.infinity
      }
      return places
    }
  }
}
