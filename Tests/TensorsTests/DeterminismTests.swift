import SeqaeRandom
import SeqaeTensors
import TestSupport
import Testing

/// The number of threads changes no bit. It belongs to the whole process, so what sets it runs in a
/// process of its own.
@Suite struct DeterminismTests {
  @Test func everyOperationGivesTheSameBitsForAnyNumberOfThreads() async {
    await #expect(processExitsWith: .success) {
      for row in OpTable.cases {
        for (placement, precision) in [
          (Placement.contiguous, Precision.float32), (.middleAxesExchanged, .float32),
          (.contiguous, .bfloat16),
        ] {
          let outcomes = [1, 2, 3].map { threads in
            Threads.count = threads
            return row.run(on: CPUBackend.shared, placement, precision)
          }
          for other in outcomes[1...] {
            for (found, expected) in zip(other.results, outcomes[0].results) {
              #expect(bits(found) == bits(expected), "\(row.testDescription)")
            }
            for (found, expected) in zip(other.gradients, outcomes[0].gradients) {
              #expect(found.map(bits) == expected.map(bits), "gradients of \(row.testDescription)")
            }
          }
        }
      }
    }
  }

  @Test func primitivesGiveTheSameBitsForAnyNumberOfThreads() async {
    await #expect(processExitsWith: .success) {
      let backend = CPUBackend.shared
      let outcomes = [1, 2, 3].map { threads in
        Threads.count = threads
        let random = Random(seed: 3)
        let x = random.normals([700, 431], on: backend)
        var parameter = random.normals([700, 431], on: backend)
        var (m, v) = (backend.full(x.shape, 0), backend.full(x.shape, 0))
        backend.adamW(&parameter, gradient: x, m: &m, v: &v, .example)
        let mask = backend.dropoutMask([1 << 20], Dropout(rate: 0.1, key: 5))
        let tensors = [
          backend.reduce(.sum, x, axis: 0), backend.reduce(.sum, x, axis: 1),
          backend.reduce(.maximum, x, axis: 0), x.argMax(), x.logSoftmax(), mask, parameter, m, v,
          x.topK(9).indices, backend.random(.normal, [1 << 18], key: 6),
        ]
        return tensors.map(bits) + [
          [UInt32(truncatingIfNeeded: backend.sumOfSquares(x).bitPattern)]
        ]
      }
      #expect(outcomes[1] == outcomes[0])
      #expect(outcomes[2] == outcomes[0])
    }
  }

  @Test func trainingGivesTheSameLossForAnyNumberOfThreads() async {
    await #expect(processExitsWith: .success) {
      for precision in Precision.allCases {
        let losses = [1, 2, 3].map { threads in
          Threads.count = threads
          let model = TrainedModel(on: CPUBackend.shared, precision)
          return (0..<5).map { _ in model.step() }
        }
        #expect(Set(losses[0]).count == 5)
        #expect(losses[1] == losses[0])
        #expect(losses[2] == losses[0])
      }
    }
  }
}

private func bits(_ x: Tensor) -> [UInt32] { x.floats().map(\.bitPattern) }
