import SeqaeBenchmarks
import SeqaeLayers
import SeqaeRandom
import SeqaeTensors
import TestSupport
import Testing

/// The peers' network as PyTorch computes it: Tests/Fixtures/models/seq2seq.
@Suite struct Seq2SeqTests {
  private static let size = Seq2SeqSize(
    name: "test", width: 16, layers: 2, heads: 2, inner: 24, vocabulary: 30, batch: 3, source: 7,
    target: 5)
  private static let backends: [any Backend] = [CPUBackend.shared, ReferenceBackend()]

  @Test(arguments: [0, 1])
  func lossAndEveryGradientEqualPyTorch(_ index: Int) throws {
    let backend = Self.backends[index]
    let checkpoint = try Checkpoint(Fixture.path("models/seq2seq/model.safetensors"))
    let store = ParameterStore(.checkpoint(checkpoint), on: backend)
    let model = try Seq2Seq(Self.size, dropout: 0, in: store.root)
    try store.finish()
    let reference = try Fixture("models/seq2seq/reference.safetensors")
    let source = try reference.integers("source", on: backend)
    let target = try reference.integers("target", on: backend)
    let labels = try reference.integers("labels", on: backend)
    let (loss, gradients) = withGradients {
      model.loss(source: source, target: target, labels: labels, .inference)
    }
    let tolerance = Tolerance(absolute: 2e-6, relative: 2e-5)
    #expect(mismatch((loss.shape, loss.doubles()), try reference("loss"), within: tolerance) == nil)
    for parameter in store.parameters {
      var gradient = try #require(gradients[parameter], "\(parameter.name) has no gradient")
      let expected = try reference("grad.\(parameter.name)")
      if parameter.name.hasPrefix("pos_") { gradient = gradient.sliced(0, 0..<expected.shape[0]) }
      if let mismatch = mismatch(
        (gradient.shape, gradient.doubles()), expected, within: tolerance)
      {
        Issue.record("\(parameter.name): \(mismatch)")
      }
    }
    #expect(store.parameters.count == checkpoint.names.count)
  }

  @Test func operationsAreCountedAsThePeersCountThem() throws {
    let reference = try Fixture("models/seq2seq/reference.safetensors")
    #expect(try reference("flops").values == [Self.size.flops])
  }

  @Test func aSeededStepIsTheSameForAnyNumberOfThreads() async {
    await #expect(processExitsWith: .success) {
      let size = Seq2SeqSize(
        name: "test", width: 32, layers: 2, heads: 2, inner: 64, vocabulary: 200, batch: 8,
        source: 20, target: 24)
      for precision in Precision.allCases {
        let runs = try [1, 2, 3].map { threads in
          Threads.count = threads
          let network = try Seq2SeqTraining(size, precision, seed: 5)
          let losses = (0..<3).map { _ in network.step() }
          return (losses, network.parameters.map { $0.tensor.floats() })
        }
        #expect(Set(runs[0].0).count == 3)
        for run in runs[1...] {
          #expect(run.0 == runs[0].0)
          #expect(run.1 == runs[0].1)
        }
      }
    }
  }

  @Test func trainingOnOneBatchLearnsFromIt() throws {
    var size = Self.size
    size.batch = 4
    let network = try Seq2SeqTraining(size, .float32)
    let losses = (0..<60).map { _ in network.step() }
    #expect(losses[0] > 2.5)  // log 30 = 3.4
    #expect(losses[50...].reduce(0, +) / 10 < losses[0] - 0.4)
  }
}
