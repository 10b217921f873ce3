import SeqaeRandom
import SeqaeTensors
import TestSupport
import Testing

/// Elementwise functions and losses against central differences, in double precision.
@Suite struct FunctionGradientTests {
  private let backend = ReferenceBackend()
  private let random = Random(seed: 43)

  private func normal(_ shape: Shape) -> Tensor { random.normals(shape, on: backend) }

  @Test func functionsOfOneVariable() {
    let functions: [(Tensor) -> Tensor] = [
      { $0.gelu(.tanh) }, { $0.relu() }, { $0.silu() }, { $0.softplus() }, { $0.absolute() },
      { $0.square() }, { $0.sin() }, { $0.cos() }, { $0.clamped(min: -0.5, max: 0.5) },
      { $0.square().power(0.75) },
    ]
    for (number, function) in functions.enumerated() {
      #expect(gradientMismatch(at: [normal([3, 4])]) { function($0[0]) } == nil, "\(number)")
    }
  }

  @Test(arguments: [([3, 4], [3, 4]), ([2, 3, 4], [4]), ([3, 1], [1, 4])] as [(Shape, Shape)])
  func choices(_ a: Shape, _ b: Shape) {
    let inputs = [normal(a), normal(b)]
    #expect(gradientMismatch(at: inputs) { maximum($0[0], $0[1]) } == nil)
    #expect(gradientMismatch(at: inputs) { minimum($0[0], $0[1]) } == nil)
    let mask = greater(normal(a), 0)
    #expect(gradientMismatch(at: inputs) { select(mask, $0[0], $0[1]) } == nil)
  }

  @Test(arguments: [LossReduction.none, .sum, .mean])
  func losses(_ reduction: LossReduction) {
    let inputs = [normal([3, 4]), normal([3, 4])]
    let losses: [(Tensor, Tensor) -> Tensor] = [
      { mseLoss($0, targets: $1, reduction: reduction) },
      { l1Loss($0, targets: $1, reduction: reduction) },
      { smoothL1Loss($0, targets: $1, beta: 0.8, reduction: reduction) },
      { binaryCrossEntropy(logits: $0, targets: $1, reduction: reduction) },
      {
        binaryCrossEntropy(
          probabilities: $0.sigmoid(), targets: $1.sigmoid(), reduction: reduction)
      },
    ]
    for (number, loss) in losses.enumerated() {
      #expect(gradientMismatch(at: inputs) { loss($0[0], $0[1]) } == nil, "\(number)")
    }
  }

  @Test(arguments: [LossReduction.none, .sum, .mean], [0, 0.1] as [Float])
  func crossEntropies(_ reduction: LossReduction, _ smoothing: Float) {
    let targets = Tensor(integers: [3, -100, 0, 8, 3], [5], on: backend)
    let weights = Tensor([1, 2, 0.5, 0, 3], [5], on: backend)
    #expect(
      gradientMismatch(at: [normal([5, 9])]) {
        crossEntropy($0[0], targets: targets, smoothing: smoothing, reduction: reduction)
      } == nil)
    #expect(
      gradientMismatch(at: [normal([5, 9])]) {
        crossEntropy(
          $0[0], targets: targets, smoothing: smoothing, weights: weights, reduction: reduction)
      } == nil)
  }

  @Test func crossEntropyOfIgnoredTargetsOnlyIsZero() {
    for backend in [CPUBackend.shared as any Backend, backend] {
      let x = Parameter("x", random.normals([2, 4], on: backend))
      let targets = Tensor(integers: [-100, -100], [2], on: backend)
      let (loss, gradients) = withGradients { crossEntropy(x.tensor, targets: targets) }
      #expect(loss.item() == 0)
      #expect(gradients[x]?.doubles().allSatisfy { $0 == 0 } == true)
    }
  }

  @Test func divergences() {
    let inputs = [normal([3, 4]), normal([3, 4]), normal([3, 4]), normal([4])]
    #expect(
      gradientMismatch(at: Array(inputs[..<2])) { gaussianKL(mean: $0[0], logVariance: $0[1]) }
        == nil)
    #expect(
      gradientMismatch(at: inputs) { gaussianKL(($0[0], $0[1]), from: ($0[2], $0[3])) } == nil)
  }

  // KL(q ‖ p) of a diagonal q from N(0, 1) is the other function's; of q from itself it is 0.
  @Test func divergencesAgree() {
    let (mean, logVariance) = (normal([5, 6]), normal([5, 6]))
    let zero = backend.full([6], 0)
    #expect(
      mismatch(
        gaussianKL((mean, logVariance), from: (zero, zero)),
        gaussianKL(mean: mean, logVariance: logVariance),
        within: Tolerance(absolute: 1e-12, relative: 1e-12)) == nil)
    let own = gaussianKL((mean, logVariance), from: (mean, logVariance))
    #expect(own.doubles().allSatisfy { abs($0) < 1e-12 })
  }

  @Test func derivativesFarFromZero() {
    let steps = (0...4_000).map { Float($0 - 2_000) / 20 }  // −100 … 100
    let functions: [UnaryFunction] = [
      .sine, .cosine, .absolute, .square, .relu, .silu, .softplus, .gelu, .geluTanh,
    ]
    for function in functions {
      let outcomes = [CPUBackend.shared as any Backend, backend].map { backend in
        let x = Tensor(steps, [steps.count], on: backend)
        return backend.mapBackward(function, backend.full(x.shape, 1), x)
      }
      #expect(
        mismatch(outcomes[0], outcomes[1], within: Tolerance(absolute: 1e-6, relative: 1e-6))
          == nil, "\(function)")
    }
  }

  @Test func lossesOfCertainPredictionsAreFinite() {
    let logits = Tensor([-200, -200, 200, 200], [4])
    let targets = Tensor([0, 1, 0, 1], [4])
    let loss = binaryCrossEntropy(logits: logits, targets: targets, reduction: .none)
    #expect(loss.floats() == [0, 200, 200, 0])
    let probabilities = Tensor([0, 0, 1, 1], [4])
    let bounded = binaryCrossEntropy(
      probabilities: probabilities, targets: targets, reduction: .none)
    #expect(bounded.floats() == [0, 100, 100, 0])
  }

  @Test func aNaNIsNotLostInAChoice() {
    for backend in [CPUBackend.shared as any Backend, backend] {
      let a = Tensor([.nan, 1, .nan], [3], on: backend)
      let b = Tensor([1, .nan, .nan], [3], on: backend)
      #expect(maximum(a, b).floats().allSatisfy { $0.isNaN })
      #expect(minimum(a, b).floats().allSatisfy { $0.isNaN })
      #expect(a.relu().floats()[0].isNaN)
    }
  }
}
