import SeqaeFiles
import SeqaeLayers
import SeqaeRandom
import SeqaeTensors
import SeqaeTraining

/// One training step after another of `Seq2Seq` on random ids of full length: forward, cross entropy over
/// every position, backward, clipping to norm 1, Adam.
package final class Seq2SeqTraining: TrainedNetwork {
  private static let dropout: Float = 0.1
  private static let rate: Float = 1e-3
  private static let maximumNorm: Float = 1

  /// The sizes that training is timed on.
  package static let sizes = [
    Seq2SeqSize(
      name: "tiny", width: 128, layers: 2, heads: 4, inner: 512, vocabulary: 8000, batch: 64,
      source: 32, target: 32),
    Seq2SeqSize(
      name: "small", width: 256, layers: 4, heads: 4, inner: 1024, vocabulary: 8000, batch: 32,
      source: 64, target: 64),
    Seq2SeqSize(
      name: "base", width: 512, layers: 6, heads: 8, inner: 2048, vocabulary: 16000, batch: 16,
      source: 64, target: 64),
  ]

  package let batch: Int
  package let flopsPerStep: Double
  package let parameters: [Parameter]
  private let precision: Precision
  private let model: Seq2Seq
  private let source: Tensor  // [B, S]
  private let target: Tensor  // [B, T]
  private let labels: Tensor  // [B·T]
  private let random: Random
  private var optimizer: AdamW

  /// Creates the network with random weights, and a batch of random ids.
  ///
  /// - Parameters:
  ///   - size: the network's and the batch's.
  ///   - precision: of products and activations.
  ///   - seed: of weights, ids and dropout.

  package init(_ size: Seq2SeqSize, _ precision: Precision, seed: UInt64 = 0) throws(Failure) {
    self.precision = precision
    let random = Random(seed: seed)
    let store = ParameterStore(.fresh(random.child("weights")))
    model = try Seq2Seq(size, dropout: Self.dropout, in: store.root)
    func ids(_ name: String, _ shape: Shape) -> Tensor {
      let random = random.child(name)
      let values = (0..<shape.count).map { _ in Int32(random.integer(below: size.vocabulary)) }
      return Tensor(integers: values, shape)
    }
    source = ids("source", [size.batch, size.source])
    target = ids("target", [size.batch, size.target])
    labels = ids("labels", [size.batch * size.target])
    self.random = random.child("dropout")
    var adam = AdamW.Configuration()
    adam.beta2 = 0.999
    adam.weightDecay = 0
    optimizer = AdamW(adam)
    parameters = store.parameters
    batch = size.batch * size.target
    flopsPerStep = 3 * size.flops
  }

  package func step() -> Double {
    let (loss, gradients) = withGradients {
      withPrecision(precision) {
        model.loss(source: source, target: target, labels: labels, .training(random))
      }
    }
    _ = optimizer.step(parameters, gradients, rate: Self.rate, maximumNorm: Self.maximumNorm)
    return loss.item()
  }
}

extension Workload {
  /// Training steps of the encoder-decoder.
  package static let train = Workload(
    name: "train", bench: "train_seq2seq",
    abstract: "training steps of an encoder-decoder: tiny, small, base",
    cases: Seq2SeqTraining.sizes.flatMap { size in
      Precision.allCases.map { precision in
        Case("\(size.name) \(precision.networkName)", precision) { settings throws(Failure) in
          let network = try Seq2SeqTraining(size, precision)
          return try .training(network, precision, unit: "target tokens/s", settings)
        }
      }
    })
}

extension [Measurement] {
  /// Times one step after another of `network`.
  static func training(
    _ network: any TrainedNetwork, _ precision: Precision, unit: String,
    _ settings: BenchmarkSettings
  ) throws(Failure) -> [Measurement] {
    try Peak.shares(precision) { () throws(Failure) in
      var losses: [Double] = []
      let first = Samples.seconds { losses.append(network.step()) }
      if settings.profile != nil { Profiler.start() }
      let samples = Samples(for: settings.seconds, warmUp: 2, least: 5) {
        losses.append(network.step())
      }
      if let profile = settings.profile {
        profile(ProfileTable.text(Profiler.stop(), steps: losses.count - 1))
      }
      let gigaflops = network.flopsPerStep / 1e9
      let count = network.parameters.reduce(0) { $0 + $1.shape.count }
      return [
        Measurement(
          rounded(Double(network.batch) / samples.median, 1), unit,
          [
            "step_ms": .number(rounded(samples.median * 1e3, 2)),
            "min_ms": .number(rounded(samples.minimum * 1e3, 2)),
            "first_step_s": .number(rounded(first, 2)),
            "gflops": .number(rounded(gigaflops / samples.median, 1)),
            "gflop_per_step": .number(rounded(gigaflops, 3)), "params": .integer(count),
            "params_m": .number(rounded(Double(count) / 1e6, 2)),
            "peak_rss_mb": .number(ProcessMemory.peakMegabytes),
            "loss_first": .number(rounded(losses[0], 3)),
            "loss_last": .number(rounded(losses[losses.count - 1], 3)),
          ])
      ]
    }
  }
}
