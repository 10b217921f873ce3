import CBenchmarks
import CKernels
import SeqaeFiles
import SeqaeTensors

/// What the processor's arithmetic units can do at most, on all threads of the pool at once.
enum Peak {
  private static let slices = 5

  /// Returns GFLOP/s of float32 multiplications and additions, or of bfloat16 dot products; nil where
  /// the processor has no such instructions. The best slice of the time counts: neighbours on the machine
  /// can only take from it.
  static func gigaflops(_ precision: Precision, seconds: Double = 0.1) -> Double? {
    let speeds = (0..<slices).map { _ in slice(precision, seconds: seconds / Double(slices)) }
    return speeds.max().flatMap { $0 > 0 ? $0 / 1e9 : nil }
  }

  /// Returns operations a second.
  private static func slice(_ precision: Precision, seconds: Double) -> Double {
    struct Work {
      var precision: Precision
      var seconds: Double
      var rates: UnsafeMutablePointer<Double>
    }
    let threads = Int(ck_threads())
    var rates = [Double](repeating: 0, count: threads)
    rates.withUnsafeMutableBufferPointer { buffer in
      guard let rates = buffer.baseAddress else { return }
      var work = Work(precision: precision, seconds: seconds, rates: rates)
      ck_parallel(
        threads,
        { context, index in
          guard let work = context?.assumingMemoryBound(to: Work.self).pointee else { return }
          work.rates[index] =
            work.precision == .float32 ? cb_peak_f32(work.seconds) : cb_peak_bf16(work.seconds)
        }, &work)
    }
    return rates.reduce(0, +)
  }

  /// Gives each measurement of `body` its share of what the processor could do just before and after, of
  /// which the larger counts: neighbours on the machine can only take from it.
  static func shares(
    _ precision: Precision, of body: () throws(Failure) -> [Measurement]
  ) throws(Failure) -> [Measurement] {
    let before = gigaflops(precision)
    let measurements = try body()
    guard let before, let after = gigaflops(precision) else { return measurements }
    let peak = max(before, after)
    return measurements.map { measurement in
      guard let speed = measurement.gigaflops else { return measurement }
      var result = measurement
      result.details["peak_gflops"] = .number(rounded(peak, 1))
      result.details["share"] = .number(rounded(speed / peak, 3))
      return result
    }
  }
}

extension Workload {
  /// The arithmetic units alone.
  package static let peak = Workload(
    name: "peak", bench: "peak",
    abstract: "what the arithmetic units can do at most: the ceiling of every other figure",
    cases: Precision.allCases.map { precision in
      Case(precision.productName, precision) { settings throws(Failure) in
        guard let speed = Peak.gigaflops(precision, seconds: settings.seconds) else {
          throw Failure(
            .unavailable,
            "the processor has no vectors of \(precision.rawValue) that are known here")
        }
        return [Measurement(rounded(speed, 1), "GFLOP/s", JSONObject())]
      }
    })
}
