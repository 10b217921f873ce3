import SeqaeRandom
import SeqaeTensors
import TestSupport
import Testing

@Suite struct AttentionBiasTests {
  private let close = Tolerance(absolute: 2e-6, relative: 1e-5)

  @Test(
    arguments: [.none, .causal, .padding([6, 3]), .padding([0, 6]), .causalPadding([6, 2])]
      as [AttentionMask], [[2, 4, 6], [1, 2, 4, 6], [2, 2, 4, 6]] as [Shape])
  func gradients(_ mask: AttentionMask, _ bias: Shape) {
    let backend = ReferenceBackend()
    let random = Random(seed: 59)
    let shapes: [Shape] = [[2, 2, 4, 3], [2, 2, 6, 3], [2, 2, 6, 3], bias]
    let inputs = shapes.map { random.normals($0, on: backend) }
    for rate in [0, 0.3] as [Float] {
      #expect(
        gradientMismatch(at: inputs) {
          attention(
            $0[0], $0[1], $0[2], bias: $0[3], scale: 0.8, mask: mask, dropout: rate,
            .training(Random(seed: 5)))
        } == nil)
    }
  }

  // A bias of zeros is none; one of the same number for every key changes no softmax.
  @Test(arguments: [AttentionMask.none, .causal, .padding([9, 4])])
  func aBiasThatDistinguishesNoKeysChangesNothing(_ mask: AttentionMask) {
    for backend in [CPUBackend.shared as any Backend, ReferenceBackend()] {
      let random = Random(seed: 31)
      let q = random.normals([2, 3, 5, 8], on: backend)
      let k = random.normals([2, 3, 9, 8], on: backend)
      let v = random.normals([2, 3, 9, 8], on: backend)
      let bias = random.normals([1, 3, 5, 1], on: backend).broadcast(to: [1, 3, 5, 9])
      let mode = Mode.training(Random(seed: 2))
      let plain = attention(q, k, v, mask: mask, dropout: 0.2, mode)
      let same = Mode.training(Random(seed: 2))
      let biased = attention(q, k, v, bias: bias, mask: mask, dropout: 0.2, same)
      #expect(mismatch(biased, plain, within: close) == nil)
      let scaled = attention(
        q, k, v, scale: 1 / Float(8).squareRoot(), mask: mask, dropout: 0, .inference)
      let unscaled = attention(q, k, v, mask: mask, dropout: 0, .inference)
      #expect(mismatch(scaled, unscaled, within: close) == nil)
    }
  }

  @Test func whatIsMaskedMayHaveAnyBias() {
    for backend in [CPUBackend.shared as any Backend, ReferenceBackend()] {
      let random = Random(seed: 32)
      let (q, k) = (
        random.normals([1, 2, 4, 8], on: backend), random.normals([1, 2, 4, 8], on: backend)
      )
      let bias = random.normals([2, 4, 4], on: backend)
      let wild =
        bias
        + Tensor(
          [0, 1e9, 1e9, 1e9, 0, 0, 1e9, 1e9, 0, 0, 0, 1e9, 0, 0, 0, 0], [4, 4], on: backend)
      func y(_ bias: Tensor) -> Tensor {
        attention(q, k, k, bias: bias, mask: .causal, dropout: 0, .inference)
      }
      #expect(mismatch(y(wild), y(bias), within: close) == nil)
    }
  }
}
