// Matrix products, timed as operations on tensors call them: through the backend, its scratch memory and,
// for `seqae-linear`, the result's memory included. That is what a caller pays, as with the peers, whose
// figures include the call from Python.

import SeqaeFiles
import SeqaeTensors

extension Workload {
  /// Matrix products, ours and oneDNN's.
  package static let gemm = Workload(
    name: "gemm", bench: "gemm",
    abstract: "matrix products of all transposes, beside oneDNN's where that is installed",
    versions: { OneDNN.version.map { [("oneDNN", $0)] } ?? [] },
    cases: ProductKind.allCases.flatMap { kind in
      Precision.allCases.flatMap { precision in
        [ProductMaker.seqae, .oneDNN].map { maker in
          Case(kind, precision, by: maker)
        }
      }
    })
}

extension ProductKind {
  /// The peers' shapes: m, k and n, and before them the number of matrices.
  fileprivate var shapes: [ProductShape] {
    if isBatched {
      return [ProductShape(batch: 128, 64, 64, 64), ProductShape(batch: 256, 32, 32, 32)]
    }
    return [
      ProductShape(256, 256, 256), ProductShape(512, 512, 512), ProductShape(1024, 1024, 1024),
      ProductShape(2048, 2048, 2048), ProductShape(2048, 256, 1024), ProductShape(2048, 1024, 256),
      ProductShape(2048, 256, 8000), ProductShape(32, 256, 8000), ProductShape(1, 256, 8000),
    ]
  }
}

extension Workload.Case {
  fileprivate init(_ kind: ProductKind, _ precision: Precision, by maker: ProductMaker) {
    let suffix = kind == .plain ? "" : "-\(kind.rawValue)"
    let name = "\(maker.rawValue)\(suffix) \(precision.productName)"
    self.init(
      name, precision, absence: { maker == .oneDNN ? OneDNN.absence : nil }
    ) { settings throws(Failure) in
      let shapes = try Self.chosen(kind.shapes, name, settings)
      return try Peak.shares(precision) { () throws(Failure) in
        var results: [Measurement] = []
        for shape in shapes {
          let product = try TimedProduct(kind, shape, precision, by: maker)
          results.append(.product(product, shape, named: name, settings))
        }
        return results
      }
    }
  }

  /// The shapes to be timed: all, or the one that is asked for.
  private static func chosen(
    _ shapes: [ProductShape], _ name: String, _ settings: BenchmarkSettings
  ) throws(Failure) -> [ProductShape] {
    guard let wanted = settings.name, wanted.hasPrefix(name + " ") else { return shapes }
    let chosen = shapes.filter { "\(name) \($0.name)" == wanted }
    guard chosen.isEmpty else { return chosen }
    throw Failure(
      .usage,
      "\(ByteString(wanted).quoted) is not measured: expected \(name) and one of "
        + shapes.map(\.name).joined(separator: ", "))
  }
}

extension Measurement {
  fileprivate static func product(
    _ product: TimedProduct, _ shape: ProductShape, named name: String,
    _ settings: BenchmarkSettings
  ) -> Measurement {
    // So many calls that a sample takes about 2 ms, and a tenth of the time, as the peers do.
    let group = max(1, Int(2e-3 / (shape.flops / 100e9)))
    let samples = Samples(for: settings.seconds / 10, warmUp: 2, least: 3, group: group) {
      product.run()
    }
    return Measurement(
      rounded(shape.flops / samples.median / 1e9, 1), "GFLOP/s", name: "\(name) \(shape.name)",
      [
        "us": .number(rounded(samples.median * 1e6, 1)),
        "min_us": .number(rounded(samples.minimum * 1e6, 1)),
      ])
  }
}
