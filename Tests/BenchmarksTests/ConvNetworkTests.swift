import Glibc
import SeqaeBenchmarks
import SeqaeLayers
import SeqaeRandom
import SeqaeTensors
import TestSupport
import Testing

/// The peers' image models as PyTorch computes them: Tests/Fixtures/models/conv.
@Suite struct ConvNetworkTests {
  private static let fixture = Result { try Fixture("models/conv/reference.safetensors") }
  private static let batch = 2

  /// A network's name, the operations that it counts for one image, and its loss.
  private struct Network: Sendable, CustomTestStringConvertible {
    let name: String
    let flops: Double
    let make: @Sendable (Scope) throws -> (Tensor) -> Tensor

    var testDescription: String { name }
  }

  private static let networks = [
    Network(name: "ae", flops: ConvAutoencoder.flops) { try ConvAutoencoder(in: $0).loss },
    Network(name: "vqvae", flops: ConvVQVAE.flops) { try ConvVQVAE(in: $0).loss },
    Network(name: "pixelcnn", flops: ConvPixelCNN.flops) { try ConvPixelCNN(in: $0).loss },
  ]

  /// The fixture's numbers: FNV-1a of the name, then MurmurHash3's finalizer of each place.
  private func numbers(_ name: String, _ shape: Shape) -> Tensor {
    let start = name.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
    let values = (0..<UInt32(shape.count)).map { place -> Float in
      var x = start &+ place &* 0x9E37_79B9
      x ^= x >> 16
      x = x &* 0x85EB_CA6B
      x ^= x >> 13
      x = x &* 0xC2B2_AE35
      x ^= x >> 16
      return Float(x >> 8) / Float(1 << 23) - 1
    }
    return Tensor(values, shape)
  }

  private func filled(_ shape: Shape, name: String) -> Tensor {
    let fanIn = shape.dimensions.dropFirst().reduce(1, *)
    let bound = shape.rank > 1 ? Float(1 / Double(fanIn).squareRoot()) : 0.1
    return Tensor(numbers(name, shape).floats().map { $0 * bound }, shape)
  }

  @Test(arguments: networks)
  private func lossAndEveryGradientEqualPyTorch(_ network: Network) throws {
    let reference = try Self.fixture.get()
    let store = ParameterStore(.fresh(Random(seed: 1)))
    let loss = try network.make(store.root)
    for parameter in store.parameters {
      parameter.update { $0 = filled($0.shape, name: parameter.name) }
    }
    let images = 0.5 * (numbers("images", [Self.batch, 1, 28, 28]) + 1)
    let (value, gradients) = withGradients { loss(images) }
    let expected = try reference("\(network.name).loss").values[0]
    #expect(abs(value.item() - expected) < 2e-6 * abs(expected))
    #expect(try reference("\(network.name).flops").values == [network.flops * Double(Self.batch)])
    for parameter in store.parameters {
      let name = parameter.name
      let gradient = try #require(gradients[parameter], "\(name) has no gradient").doubles()
      let norm = try reference("\(network.name).norm.\(name)").values[0]
      #expect(abs(length(gradient) - norm) < 1e-5 * norm, "\(name)")
      for (index, expected) in try reference("\(network.name).products.\(name)").values.enumerated()
      {
        let direction = numbers("\(name)#\(index)", parameter.shape).doubles()
        let found = zip(gradient, direction).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(abs(found - expected) < 2e-5 * norm, "\(name), direction \(index)")
      }
    }
    let names = reference.tensors.keys.filter { $0.hasPrefix("\(network.name).norm.") }
    #expect(names.count == store.parameters.count)
  }

  private func length(_ values: [Double]) -> Double {
    values.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }

  @Test func aSeededStepIsTheSameForAnyNumberOfThreads() async {
    await #expect(processExitsWith: .success) {
      for network in ConvNetworkTests.networks.dropLast() {
        for precision in Precision.allCases {
          let losses = try [1, 2].map { threads in
            Threads.count = threads
            let training = try ConvTraining(batch: 32, flops: 1, precision) { scope in
              (try? network.make(scope)) ?? { $0.sum() }
            }
            return (0..<2).map { _ in training.step() }
          }
          #expect(losses[0] == losses[1])
          #expect(losses[0][0] != losses[0][1])
        }
      }
    }
  }

  @Test func aStepReturnsAllItsMemory() async {
    await #expect(processExitsWith: .success) {
      let pool = CPUBackend.shared.pool
      for precision in Precision.allCases {
        let training = try ConvTraining(batch: 16, flops: 1, precision) { scope in
          (try? ConvAutoencoder(in: scope))?.loss ?? { $0.sum() }
        }
        var live: [Int] = []
        var allocated: [Int] = []
        for _ in 0..<6 {
          _ = training.step()
          live.append(pool.statistics.liveBytes)
          allocated.append(pool.statistics.systemAllocations)
        }
        #expect(Set(live[1...]).count == 1, "bytes in use after each step: \(live)")
        #expect(Set(allocated[2...]).count == 1, "blocks asked of the system: \(allocated)")
      }
    }
  }
}
