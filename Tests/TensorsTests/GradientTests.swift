import SeqaeRandom
import SeqaeTensors
import TestSupport
import Testing

/// Every differentiable operation against central differences, in double precision.
@Suite struct GradientTests {
  private let backend = ReferenceBackend()
  private let random = Random(seed: 41)

  private func normal(_ shape: Shape) -> Tensor { random.normals(shape, on: backend) }

  private func positive(_ shape: Shape) -> Tensor {
    Tensor(random.uniforms(shape.count, in: 0.5...2), shape, on: backend)
  }

  /// Every call draws from the same point again, as finite differences need.
  private func training() -> Mode { .training(Random(seed: 5)) }

  // MARK: Arithmetic

  @Test(
    arguments: [
      ([3, 4], [3, 4]), ([2, 3, 4], [4]), ([3, 1], [1, 4]), ([3, 4], []), ([], [3, 4]),
      ([2, 1, 3], [4, 1]), ([1], [5]),
    ] as [(Shape, Shape)])
  func arithmeticOfTwoTensors(_ a: Shape, _ b: Shape) {
    #expect(gradientMismatch(at: [normal(a), normal(b)]) { $0[0] + $0[1] } == nil)
    #expect(gradientMismatch(at: [normal(a), normal(b)]) { $0[0] - $0[1] } == nil)
    #expect(gradientMismatch(at: [normal(a), normal(b)]) { $0[0] * $0[1] } == nil)
    #expect(gradientMismatch(at: [normal(a), positive(b)]) { $0[0] / $0[1] } == nil)
  }

  @Test func arithmeticWithNumbers() {
    let x = normal([3, 4])
    #expect(gradientMismatch(at: [x]) { $0[0] + 2 } == nil)
    #expect(gradientMismatch(at: [x]) { 2 + $0[0] } == nil)
    #expect(gradientMismatch(at: [x]) { $0[0] - 2 } == nil)
    #expect(gradientMismatch(at: [x]) { 2 - $0[0] } == nil)
    #expect(gradientMismatch(at: [x]) { $0[0] * 3 } == nil)
    #expect(gradientMismatch(at: [x]) { 3 * $0[0] } == nil)
    #expect(gradientMismatch(at: [x]) { $0[0] / 3 } == nil)
  }

  @Test func functionsOfOneVariable() {
    #expect(gradientMismatch(at: [normal([3, 4])]) { $0[0].exp() } == nil)
    #expect(gradientMismatch(at: [positive([3, 4])]) { $0[0].log() } == nil)
    #expect(gradientMismatch(at: [positive([3, 4])]) { $0[0].squareRoot() } == nil)
    #expect(gradientMismatch(at: [normal([3, 4])]) { $0[0].tanh() } == nil)
    #expect(gradientMismatch(at: [normal([3, 4])]) { $0[0].sigmoid() } == nil)
    #expect(gradientMismatch(at: [normal([3, 4])]) { $0[0].gelu() } == nil)
  }

  // MARK: Views and reductions

  @Test func views() {
    #expect(gradientMismatch(at: [normal([3, 4])]) { $0[0].reshaped([2, 6]) } == nil)
    #expect(gradientMismatch(at: [normal([3, 4])]) { $0[0].transposed().reshaped([2, 6]) } == nil)
    #expect(gradientMismatch(at: [normal([2, 3, 4])]) { $0[0].transposed(0, 2) } == nil)
    #expect(gradientMismatch(at: [normal([2, 5, 4])]) { $0[0].sliced(1, 1..<4) } == nil)
    #expect(
      gradientMismatch(at: [normal([2, 5, 4])]) {
        $0[0].transposed().sliced(-1, 1..<4) * $0[0].sliced(1, 0..<3).transposed()
      }
        == nil)
  }

  @Test func reductions() {
    #expect(gradientMismatch(at: [normal([2, 3, 4])]) { $0[0].sum() } == nil)
    #expect(gradientMismatch(at: [normal([2, 3, 4])]) { $0[0].mean() } == nil)
    for axis in -1..<3 {
      #expect(gradientMismatch(at: [normal([2, 3, 4])]) { $0[0].sum(axis) } == nil)
    }
    #expect(gradientMismatch(at: [normal([2, 3, 4])]) { $0[0].logSoftmax() } == nil)
  }

  // MARK: Products

  @Test func products() {
    #expect(
      gradientMismatch(at: [normal([3, 5]), normal([5, 4])]) { matmul($0[0], $0[1]) } == nil)
    #expect(
      gradientMismatch(at: [normal([2, 2, 3, 5]), normal([2, 2, 5, 4])]) { matmul($0[0], $0[1]) }
        == nil)
    #expect(
      gradientMismatch(at: [normal([5, 3]), normal([4, 5])]) {
        matmul($0[0].transposed(), $0[1].transposed())
      }
        == nil)
    // d(x·x) = dx·x + x·dx: both operands are one value.
    #expect(gradientMismatch(at: [normal([4, 4])]) { matmul($0[0], $0[0]) } == nil)
  }

  @Test(arguments: [[5], [4, 5], [2, 3, 5]] as [Shape], Activation.allCases)
  func denseLayers(_ shape: Shape, _ activation: Activation) {
    let (x, weight, bias) = (normal(shape), normal([6, 5]), normal([6]))
    #expect(
      gradientMismatch(at: [x, weight, bias]) {
        linear($0[0], $0[1], $0[2], activation: activation)
      } == nil)
    #expect(
      gradientMismatch(at: [x, weight]) { linear($0[0], $0[1], nil, activation: activation) } == nil
    )
    // One weight twice, as tied layers have it.
    #expect(
      gradientMismatch(at: [normal([4, 5]), normal([5, 5])]) {
        linear(linear($0[0], $0[1], nil, activation: activation), $0[1], nil)
      } == nil)
  }

  // MARK: Normalization, dropout, embedding

  @Test func layerNorms() {
    let (gain, bias) = (normal([6]), normal([6]))
    #expect(
      gradientMismatch(at: [normal([2, 3, 6]), gain, bias]) {
        layerNorm($0[0], gain: $0[1], bias: $0[2], epsilon: 1e-3)
      } == nil)
  }

  @Test(arguments: [0, 0.3] as [Float])
  func residualNorms(_ rate: Float) {
    let inputs = [normal([4, 6]), normal([4, 6]), normal([6]), normal([6])]
    func block(_ x: [Tensor]) -> (sum: Tensor, normalized: Tensor) {
      residualNorm(x[0], x[1], dropout: rate, gain: x[2], bias: x[3], epsilon: 1e-3, training())
    }
    #expect(gradientMismatch(at: inputs) { block($0).normalized } == nil)
    #expect(gradientMismatch(at: Array(inputs[..<2])) { block($0 + inputs[2...]).sum } == nil)
    #expect(
      gradientMismatch(at: inputs) {
        let (sum, normalized) = block($0)
        return sum * sum + normalized
      } == nil)
  }

  @Test func dropouts() {
    #expect(
      gradientMismatch(at: [normal([4, 6])]) { dropout($0[0] * $0[0], 0.4, training()) } == nil)
    for (shape, axis) in [([2, 3, 6], -1), ([2, 6, 3, 2], 1)] as [(Shape, Int)] {
      #expect(
        gradientMismatch(at: [normal(shape)]) {
          spatialDropout($0[0].square(), channels: axis, 0.4, training())
        } == nil)
    }
  }

  @Test func embeddingsWithRepeatedIds() {
    let ids = Tensor(integers: [3, 0, 3, 6, 1, 3], [2, 3], on: backend)
    #expect(gradientMismatch(at: [normal([7, 4])]) { embedding($0[0], ids, scale: 1.7) } == nil)
    // The table is used as the output projection too.
    #expect(
      gradientMismatch(at: [normal([7, 4])]) {
        linear(embedding($0[0], ids, scale: 1.7).tanh(), $0[0], nil)
      } == nil)
  }

  // MARK: Attention and loss

  @Test(
    arguments: [
      .none, .causal, .padding([6, 3]), .padding([0, 6]), .causalPadding([6, 2]),
    ] as [AttentionMask], [0, 0.3] as [Float])
  func attentions(_ mask: AttentionMask, _ rate: Float) {
    let inputs = [normal([2, 2, 4, 3]), normal([2, 2, 6, 3]), normal([2, 2, 6, 3])]
    #expect(
      gradientMismatch(at: inputs) {
        attention($0[0], $0[1], $0[2], mask: mask, dropout: rate, training())
      } == nil)
    // Self-attention: queries, keys and values are one value, and the heads are split and joined.
    #expect(
      gradientMismatch(at: [normal([2, 6, 8])]) {
        let heads = $0[0].reshaped([2, 6, 2, 4]).transposed(1, 2)
        return attention(heads, heads, heads, mask: mask, dropout: rate, training())
          .transposed(1, 2).reshaped([2, 6, 8])
      } == nil)
  }

  @Test(arguments: [0, 0.1] as [Float])
  func crossEntropies(_ smoothing: Float) {
    let targets = Tensor(integers: [3, -100, 0, 8, 3, -100], [6], on: backend)
    let (x, weight, bias) = (normal([6, 5]), normal([9, 5]), normal([9]))
    #expect(
      gradientMismatch(at: [x, weight, bias]) {
        linearCrossEntropy($0[0], $0[1], $0[2], targets: targets, smoothing: smoothing)
      } == nil)
    #expect(
      gradientMismatch(at: [x, weight]) {
        linearCrossEntropy($0[0], $0[1], nil, targets: targets, smoothing: smoothing) * -2.5
      } == nil)
    let ids = Tensor(integers: [1, 2, 2, 0, 5, 8], [6], on: backend)
    #expect(
      gradientMismatch(at: [weight]) {  // tied
        linearCrossEntropy(
          embedding($0[0], ids).tanh(), $0[0], nil, targets: targets, smoothing: smoothing)
      } == nil)
  }

  @Test func aLossOfIgnoredTargetsOnlyIsZeroWithoutGradients() {
    let targets = Tensor(integers: [-100, -100], [2], on: backend)
    let weight = Parameter("weight", normal([9, 5]))
    let (loss, gradients) = withGradients {
      linearCrossEntropy(normal([2, 5]), weight.tensor, nil, targets: targets)
    }
    #expect(loss.item() == 0)
    #expect(gradients[weight]?.doubles().allSatisfy { $0 == 0 } == true)
  }

  // MARK: The check itself

  @Test func aWrongGradientIsFound() {
    let x = normal([3, 4])
    let wrong = gradientMismatch(at: [x]) { inputs in
      .recorded([inputs[0]], inputs[0].detached() * 2) { dy, into in into.add(0, dy * 2.001) }
    }
    #expect(wrong != nil)
    #expect(gradientMismatch(at: [x, x]) { $0[0] } != nil)
    #expect(gradientMismatch(at: [x, x]) { $0[0] + $0[1] * 0 } != nil)
  }
}
