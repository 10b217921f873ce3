import SeqaeRandom
import SeqaeTensors
import TestSupport
import Testing

/// Operations that take several layers at once: their gradients, and that they are what they are made of.
@Suite struct BlockTests {
  private let backend = ReferenceBackend()
  private let random = Random(seed: 31)

  private func normal(_ shape: Shape) -> Tensor { random.normals(shape, on: backend) }

  @Test(arguments: [AttentionMask.none, .causal, .padding([4, 2]), .causalPadding([3, 4])])
  func gradientsOfPackedAttention(_ mask: AttentionMask) {
    #expect(
      gradientMismatch(at: [normal([2, 4, 12])]) {
        selfAttention(
          $0[0], heads: 2, mask: mask, dropout: 0.2, .training(Random(seed: 5)))
      } == nil)
    #expect(
      gradientMismatch(at: [normal([2, 3, 4]), normal([2, 4, 8])]) {
        crossAttention($0[0], $0[1], heads: 2, mask: mask, dropout: 0, .inference)
      } == nil)
  }

  @Test(arguments: Activation.allCases)
  func gradientsOfFeedForwardNetworks(_ activation: Activation) {
    let operands = [normal([2, 3, 4]), normal([5, 4]), normal([5]), normal([3, 5]), normal([3])]
    #expect(
      gradientMismatch(at: operands) {
        feedForward($0[0], ($0[1], $0[2]), activation, ($0[3], $0[4]))
      } == nil)
  }

  @Test(arguments: Precision.allCases)
  func packedAttentionIsAttentionOfItsParts(_ precision: Precision) {
    let backend = CPUBackend.shared
    let qkv = random.normals([3, 37, 3 * 96], on: backend).rounded(to: precision)
    let heads = qkv.split(into: 3, -1).map { part in
      part.reshaped([3, 37, 3, 32]).transposed(1, 2)
    }
    let mask = AttentionMask.causalPadding([37, 5, 20])
    let apart = attention(heads[0], heads[1], heads[2], mask: mask, dropout: 0, .inference)
    let together = selfAttention(qkv, heads: 3, mask: mask, dropout: 0, .inference)
    #expect(together.dtype == precision.dtype)
    #expect(
      mismatch(together, apart.transposed(1, 2).reshaped([3, 37, 96]), within: .exact) == nil)
  }

  @Test(arguments: Precision.allCases, [Activation.identity, .gelu, .relu, .tanh])
  func feedForwardNetworksAreTwoDenseLayers(_ precision: Precision, _ activation: Activation) {
    let operands = ([[60, 48], [96, 48], [96], [40, 96], [40]] as [Shape]).map {
      Parameter("operand", random.normals($0, on: CPUBackend.shared))
    }
    func gradients(_ body: ([Tensor]) -> Tensor) -> [Tensor] {
      let (_, gradients) = withGradients {
        withPrecision(precision) {
          let y = body(operands.map { $0.tensor })
          return (y * y).sum()
        }
      }
      return operands.compactMap { gradients[$0] }
    }
    let whole = gradients { feedForward($0[0], ($0[1], $0[2]), activation, ($0[3], $0[4])) }
    let parts = gradients {
      linear(linear($0[0], $0[1], $0[2], activation: activation), $0[3], $0[4])
    }
    #expect(whole.count == 5)
    for (whole, parts) in zip(whole, parts) {
      #expect(whole.dtype == .float32)
      let tolerance = precision == .bfloat16 ? Tolerance.bfloat16(parts) : .rounding
      #expect(mismatch(whole, parts, within: tolerance) == nil)
    }
  }

  @Test func roundingKeepsWhatBfloat16CanHold() {
    let x = Random(seed: 3).normals([33, 17], on: CPUBackend.shared)
    let rounded = x.rounded(to: .bfloat16)
    #expect(rounded.dtype == .bfloat16)
    // Eight significant bits: the nearest number is at most 2⁻⁹ of the next power of two away.
    #expect(mismatch(rounded, x, within: Tolerance(relative: 0x1p-8)) == nil)
    #expect(mismatch(rounded.rounded(to: .float32), rounded, within: .exact) == nil)
    #expect(rounded.floats().map { $0.bitPattern & 0xFFFF }.allSatisfy { $0 == 0 })
    let special = Tensor([.nan, .infinity, -.infinity, -0.0, 0x1.01p0, 0x1.03p0, 3.4e38], [7])
      .rounded(to: .bfloat16).floats()
    #expect(special[0].isNaN)
    #expect(special[1...] == [.infinity, -.infinity, -0.0, 1, 0x1.04p0, .infinity])
  }

  @Test func numbersDoNotWidenWhatIsRounded() {
    let x = Random(seed: 4).normals([5, 6], on: CPUBackend.shared).rounded(to: .bfloat16)
    let wide = x.rounded(to: .float32)
    for (found, expected) in [
      (x.clamped(min: -0.3, max: 0.7), wide.clamped(min: -0.3, max: 0.7)), (3 / x, 3 / wide),
    ] {
      #expect(found.dtype == .bfloat16)
      #expect(mismatch(found, expected, within: Tolerance(relative: 0x1p-8)) == nil)
    }
  }

  @Test func aMatrixArrivesRoundedAndItsGradientIsNot() {
    let weight = Parameter("weight", random.normals([4, 3], on: CPUBackend.shared))
    let bias = Parameter("bias", random.normals([4], on: CPUBackend.shared))
    let x = random.normals([5, 3], on: CPUBackend.shared)
    let (_, gradients) = withGradients {
      withPrecision(.bfloat16) {
        #expect(weight.tensor.dtype == .bfloat16)
        #expect(bias.tensor.dtype == .float32)
        return linear(x, weight.tensor, bias.tensor).sum()
      }
    }
    #expect(weight.tensor.dtype == .float32)
    #expect(gradients[weight]?.dtype == .float32)
    #expect(gradients[bias]?.dtype == .float32)
    weight.update { $0 = $0 * 2 }
    withPrecision(.bfloat16) {
      #expect(
        mismatch(
          weight.tensor, withPrecision(.float32) { weight.tensor }.rounded(to: .bfloat16),
          within: .exact) == nil)
    }
  }
}
