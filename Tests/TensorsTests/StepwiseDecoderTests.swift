import SeqaeRandom
import SeqaeTensors
import TestSupport
import Testing

/// Decoder layers one position at a time: the kernels beside the operations that a step is made of, in float64.
@Suite struct StepwiseDecoderTests {
  private static let steps = 19

  /// Layers of drawn weights on both backends, and texts to read.
  private struct Drawn {
    let width: Int
    let heads: Int
    let lengths = [5, 17, 1]
    private let random: Random
    private let reads: Bool
    private let form: (Tensor) -> Matrix

    init(width: Int, heads: Int, reads: Bool, _ form: @escaping (Tensor) -> Matrix) {
      (self.width, self.heads, self.reads, self.form) = (width, heads, reads, form)
      random = Random(seed: 11)
    }

    private func tensor(_ name: String, _ shape: Shape, scale: Float, shift: Float = 0) -> [Float] {
      random.child(name).normals(shape, on: CPUBackend.shared).floats().map { $0 * scale + shift }
    }

    private func map(_ name: String, _ inputs: Int, _ outputs: Int, _ backend: any Backend)
      -> StepLayer.Map
    {
      let weight = Tensor(
        tensor(name, [outputs, inputs], scale: 1 / Float(inputs).squareRoot()), [outputs, inputs])
      // What is rounded is rounded for both.
      let matrix = form(weight)
      let bias = Tensor(tensor(name + "b", [outputs], scale: 0.3), [outputs], on: backend)
      guard backend !== CPUBackend.shared else { return (matrix, bias) }
      let real =
        switch matrix {
        case .real(let tensor): tensor.rounded(to: .float32)
        case .quantized(let matrix): matrix.dequantized(on: CPUBackend.shared)
        }
      return (.real(Tensor(real.floats(), real.shape, on: backend)), bias)
    }

    private func norm(_ name: String, _ backend: any Backend) -> StepLayer.Norm {
      StepLayer.Norm(
        gain: Tensor(tensor(name, [width], scale: 0.2, shift: 1), [width], on: backend),
        bias: Tensor(tensor(name + "b", [width], scale: 0.2), [width], on: backend), epsilon: 1e-5)
    }

    func decoder(_ backend: any Backend) -> any StepwiseDecoder {
      let layers = ["first", "second"].map { name in
        StepLayer(
          selfNorm: norm(name + "n", backend),
          projections: ["q", "k", "v"].map { map(name + $0, width, width, backend) },
          selfOutput: map(name + "o", width, width, backend),
          reading: reads
            ? .init(
              norm: norm(name + "rn", backend), queries: map(name + "rq", width, width, backend),
              output: map(name + "ro", width, width, backend)) : nil,
          feedForwardNorm: norm(name + "fn", backend),
          feedForward: (
            map(name + "e", width, 3 * width, backend), map(name + "c", 3 * width, width, backend)
          ))
      }
      return backend.stepwiseDecoder(layers, heads: heads, norm: norm("last", backend))
    }

    /// What is read, of numbers that bfloat16 has; on the CPU in that if asked.
    func source(_ backend: any Backend, isNarrow: Bool = false) -> StepSource? {
      guard reads else { return nil }
      let longest = lengths.max() ?? 0
      let shape: Shape = [lengths.count, longest, 2 * width]
      let texts = ["first", "second"].map { name in
        let narrow = Tensor(tensor(name + "kv", shape, scale: 1), shape).rounded(to: .bfloat16)
        return isNarrow ? narrow : Tensor(narrow.floats(), shape, on: backend)
      }
      return StepSource(texts, lengths: lengths)
    }

    func input(_ step: Int, rows: Int, _ backend: any Backend) -> Tensor {
      Tensor(tensor("x\(step)", [rows, width], scale: 1), [rows, width], on: backend)
    }
  }

  /// The states of all steps, rows changing places and leaving on the way.
  private func states(
    _ drawn: Drawn, _ backend: any Backend, readsNarrow: Bool = false
  ) -> [Tensor] {
    let decoder = drawn.decoder(backend)
    var memory = StepMemory(rows: drawn.lengths.count)
    var source = drawn.source(backend, isNarrow: readsNarrow)
    var rows = drawn.lengths.count
    return (0..<Self.steps).map { step in
      if let chosen = [4: [1, 1, 0, 2], 9: [3, 0], 12: [1, 0, 1, 0, 1]][step] {
        memory.select(chosen)
        source?.select(chosen)
        rows = chosen.count
      }
      return decoder(drawn.input(step, rows: rows, backend), &memory, source)
    }
  }

  @Test(arguments: [(64, 2), (24, 3), (16, 4), (80, 5), (320, 4)], [true, false])
  func stepsInFloat32AreThoseOfTheOperations(_ sizes: (width: Int, heads: Int), _ reads: Bool) {
    let drawn = Drawn(width: sizes.width, heads: sizes.heads, reads: reads) { .real($0) }
    let found = states(drawn, CPUBackend.shared)
    let expected = states(drawn, ReferenceBackend())
    for (found, expected) in zip(found, expected) {
      #expect(mismatch(found, expected, within: Tolerance(absolute: 2e-5, relative: 2e-5)) == nil)
    }
  }

  /// Weights are what they are for both, so that rows and what is remembered make the difference: eight bits of a number.
  @Test(arguments: [WeightPrecision.bfloat16, .int8])
  func stepsInFewerBitsAreNear(_ precision: WeightPrecision) {
    let drawn = Drawn(width: 64, heads: 2, reads: true) {
      precision == .int8 ? .quantized(QuantizedMatrix($0)) : .real($0.rounded(to: .bfloat16))
    }
    let found = states(drawn, CPUBackend.shared, readsNarrow: true)
    let expected = states(drawn, ReferenceBackend())
    for (found, expected) in zip(found, expected) {
      let pairs = zip(found.doubles(), expected.doubles())
      let error = pairs.reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      // Norms of states are near 1.
      #expect((error / Double(found.shape.count)).squareRoot() < 0.05)
      #expect(found.dtype == .float32)
    }
  }

  @Test func aRowDoesNotDependOnItsNeighboursNorOnThreads() {
    let width = 320
    let drawn = Drawn(width: width, heads: 4, reads: true) { .real($0) }
    let decoder = drawn.decoder(CPUBackend.shared)
    func last(_ rows: [Int]) -> [Float] {
      var memory = StepMemory(rows: rows.count)
      guard var source = drawn.source(CPUBackend.shared) else { return [] }
      source.select(rows)
      var states: [Float] = []
      for step in 0..<Self.steps {
        let all = drawn.input(step, rows: 3, CPUBackend.shared).floats()
        let own = rows.flatMap { all[$0 * width..<($0 + 1) * width] }
        states = decoder(Tensor(own, [rows.count, width]), &memory, source).floats()
      }
      return states
    }
    let alone = last([2])
    // So many that norms, attention and whole parts are shared among threads.
    let rows = (0..<70).map { (2 + $0) % 3 }
    let beside = last(rows)
    for row in rows.indices where rows[row] == 2 {
      for (one, other) in zip(alone, beside[row * width..<(row + 1) * width]) {
        #expect(abs(one - other) < 2e-5)
      }
    }
    let threads = Threads.count
    Threads.count = 1
    let serial = last(rows)
    Threads.count = threads
    #expect(serial == beside)
  }

  @Test func aCopyOfAMemoryIsNotChangedByTheOriginal() {
    let drawn = Drawn(width: 64, heads: 2, reads: false) { .real($0) }
    let decoder = drawn.decoder(CPUBackend.shared)
    func input(_ step: Int) -> Tensor { drawn.input(step, rows: 1, CPUBackend.shared) }
    var memory = StepMemory(rows: 1)
    _ = decoder(input(0), &memory, nil)
    var copy = memory
    _ = decoder(input(1), &memory, nil)
    _ = decoder(input(2), &copy, nil)  // another second position
    var again = memory
    let (first, other) = (decoder(input(3), &memory, nil), decoder(input(3), &copy, nil))
    #expect(decoder(input(3), &again, nil).floats() == first.floats())
    #expect(first.floats() != other.floats())
  }
}
