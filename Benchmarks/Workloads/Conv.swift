import SeqaeFiles
import SeqaeTensors

/// A small image model by the first word of its cases.
struct ConvNetwork: Sendable {
  let name: String
  let make: @Sendable (Precision) throws(Failure) -> any TrainedNetwork

  /// The networks of Benchmarks/Networks.
  static let all: [ConvNetwork] = [
    ConvNetwork(name: "ae") { precision throws(Failure) in
      try ConvTraining(batch: 128, flops: ConvAutoencoder.flops, precision) {
        scope throws(Failure) in try ConvAutoencoder(in: scope).loss
      }
    },
    ConvNetwork(name: "vqvae") { precision throws(Failure) in
      try ConvTraining(batch: 32, flops: ConvVQVAE.flops, precision) {
        scope throws(Failure) in try ConvVQVAE(in: scope).loss
      }
    },
    ConvNetwork(name: "pixelcnn") { precision throws(Failure) in
      try ConvTraining(batch: 32, flops: ConvPixelCNN.flops, precision) {
        scope throws(Failure) in try ConvPixelCNN(in: scope).loss
      }
    },
  ]
}

extension Workload {
  /// Training steps of small image models.
  package static let conv = Workload(
    name: "conv", bench: "conv",
    abstract: "training steps of image models: "
      + ConvNetwork.all.map(\.name).joined(separator: ", "),
    cases: ConvNetwork.all.flatMap { network in
      Precision.allCases.map { precision in
        Case("\(network.name) \(precision.networkName)", precision) { settings throws(Failure) in
          try .training(try network.make(precision), precision, unit: "images/s", settings)
        }
      }
    })
}
