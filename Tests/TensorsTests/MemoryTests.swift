import SeqaeRandom
import SeqaeTensors
import TestSupport
import Testing

/// The CPU has one pool for the whole process, so what counts its bytes runs in a process of its own.
@Suite struct MemoryTests {
  @Test func aStepReturnsAllItsMemory() async {
    await #expect(processExitsWith: .success) {
      let pool = CPUBackend.shared.pool
      for precision in Precision.allCases {
        let model = TrainedModel(on: CPUBackend.shared, precision)
        var live: [Int] = []
        var allocated: [Int] = []
        for _ in 0..<6 {
          model.step()
          live.append(pool.statistics.liveBytes)
          allocated.append(pool.statistics.systemAllocations)
        }
        #expect(live[0] > 0)
        #expect(Set(live).count == 1, "\(precision): bytes in use after each step: \(live)")
        // The second step may still ask for a block or two: the first had no moments at its start.
        #expect(
          Set(allocated[1...]).count == 1, "\(precision): blocks asked of the system: \(allocated)")
      }
    }
  }

  @Test func sizesThatComeOnceDoNotStayForGood() {
    let backend = ReferenceBackend()
    var sizes: [Int] = []  // of twenty size classes
    for power in 0..<10 {
      for half in [2, 3] {
        let tensor = backend.full([(2048 * half) << power], 1)
        sizes.append(tensor.shape.count * DType.float64.byteCount)
      }
    }
    let (total, largest) = (sizes.reduce(0, +), sizes.max() ?? 0)
    let kept = backend.pool.statistics.keptBytes
    #expect(total > 3 * largest)  // what would be kept if nothing were given back
    #expect(kept > 0 && kept <= 2 * largest)
    #expect(backend.pool.statistics.liveBytes == 0)
  }

  /// Batches of many lengths, as inference has them: what was once asked for serves the next.
  @Test func sizesThatAreNearlyTheSameShareBlocks() {
    let backend = ReferenceBackend()
    let random = Random(seed: 1)
    func batch() {
      let tokens = 300 + random.integer(below: 200)
      let parts = (1...6).map { backend.full([tokens * 64 * $0], 1) }
      #expect(parts.allSatisfy { $0.shape.count > 0 })
    }
    for _ in 0..<100 { batch() }
    let before = backend.pool.statistics.systemAllocations
    for _ in 0..<100 { batch() }
    #expect(backend.pool.statistics.systemAllocations - before < 20)
    #expect(backend.pool.statistics.liveBytes == 0)
  }

  /// What is kept is what was wanted last.
  @Test func sizesThatCameLastStay() {
    let backend = ReferenceBackend()
    // Far more than is kept, all of other sizes than what follows.
    for step in 0..<64 { _ = backend.full([(1 << 20) + step * (1 << 16)], 1) }
    func batch() { _ = (1...4).map { backend.full([$0 << 12], 1) } }
    batch()
    let before = backend.pool.statistics.systemAllocations
    for _ in 0..<50 { batch() }
    #expect(backend.pool.statistics.systemAllocations == before)
  }

  @Test func whatIsLetGoReturnsToThePool() {
    let backend = ReferenceBackend()
    let before = backend.pool.statistics.liveBytes
    do {
      let model = TrainedModel(on: backend)
      model.step()
      #expect(backend.pool.statistics.liveBytes > before)
    }
    #expect(backend.pool.statistics.liveBytes == before)
  }

  @Test func aKeptLossHoldsNoGraph() {
    let backend = ReferenceBackend()
    let x = Parameter("x", Random(seed: 1).normals([100, 100], on: backend))
    let before = backend.pool.statistics.liveBytes
    var losses: [Tensor] = []
    for _ in 0..<10 {
      losses.append(withGradients { (x.tensor * x.tensor).exp().sum() }.loss)
    }
    #expect(backend.pool.statistics.liveBytes == before + 10 * DType.float64.byteCount)
    #expect(losses.allSatisfy { $0.item() == losses[0].item() })
  }

  @Test func aRecordedTensorThatEscapesHoldsOnlyItself() {
    let backend = ReferenceBackend()
    let x = Parameter("x", Random(seed: 1).normals([10, 10], on: backend))
    let before = backend.pool.statistics.liveBytes
    var escaped: Tensor?
    _ = withGradients {
      let y = (x.tensor * x.tensor).exp()
      escaped = y.sum(0)
      return y.sum()
    }
    #expect(escaped?.shape == [1, 10])
    #expect(backend.pool.statistics.liveBytes == before + 10 * DType.float64.byteCount)
  }

  @Test func recordsAreDroppedWhileTheTapeIsWalked() {
    let backend = ReferenceBackend()
    let x = Parameter("x", Random(seed: 1).normals([1000], on: backend))
    let size = 1000 * DType.float64.byteCount
    let before = backend.pool.statistics.liveBytes
    var atTheTop = 0
    var atTheBottom = 0
    _ = withGradients {
      let first = Tensor.recorded([x.tensor], x.tensor.detached() + 0) { dy, into in
        atTheBottom = backend.pool.statistics.liveBytes - before
        into.add(0, dy)
      }
      // Each exp keeps its result for its pullback.
      let y = (0..<50).reduce(first) { y, _ in (y * 0.01).exp() }
      atTheTop = backend.pool.statistics.liveBytes - before
      return y.sum()
    }
    #expect(atTheTop >= 50 * size)
    #expect(atTheBottom <= 4 * size)
  }
}

/// A small model with every kind of layer, and its optimizer's state.
final class TrainedModel {
  private let backend: any Backend
  private let precision: Precision
  private let random = Random(seed: 9)
  private let table, gain, bias, projection: Parameter
  private var m, v: [Tensor]
  private var steps = 0

  init(on backend: any Backend, _ precision: Precision = .float32) {
    self.backend = backend
    self.precision = precision
    table = Parameter("table", random.normals([50, 32], on: backend))
    gain = Parameter("gain", random.normals([32], on: backend))
    bias = Parameter("bias", random.normals([32], on: backend))
    projection = Parameter("projection", random.normals([32, 32], on: backend))
    m = [table, gain, bias, projection].map { backend.full($0.shape, 0) }
    v = [table, gain, bias, projection].map { backend.full($0.shape, 0) }
  }

  private func objective(_ ids: Tensor, _ mode: Mode) -> Tensor {
    let x = embedding(table.tensor, ids, scale: 2)  // [B, T, D]
    let h = linear(x, projection.tensor, bias.tensor, activation: .gelu)
    let heads = h.reshaped([4, 10, 4, 8]).transposed(1, 2)  // [B, H, T, E]
    let y = attention(heads, heads, heads, mask: .causal, dropout: 0.1, mode)
    let joined = y.transposed(1, 2).reshaped([4, 10, 32])
    let (sum, normalized) = residualNorm(
      x, joined, dropout: 0.1, gain: gain.tensor, bias: bias.tensor, epsilon: 1e-5, mode)
    let z = sum + dropout(normalized, 0.1, mode)
    return linearCrossEntropy(
      z.reshaped([40, 32]), table.tensor, nil, targets: ids.reshaped([40]), smoothing: 0.1)
  }

  /// One step on a batch of 4 × 10 random ids; returns the loss.
  @discardableResult func step() -> Double {
    let ids = random.integers([4, 10], below: 50, on: backend)
    let mode = Mode.training(random)
    let (loss, gradients) = withGradients { withPrecision(precision) { objective(ids, mode) } }
    steps += 1
    for (index, parameter) in [table, gain, bias, projection].enumerated() {
      guard let gradient = gradients[parameter] else { continue }
      parameter.update {
        backend.adamW(&$0, gradient: gradient, m: &m[index], v: &v[index], .example(steps))
      }
    }
    return loss.item()
  }
}
