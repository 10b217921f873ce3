import Glibc
import SeqaeFiles
import SeqaeLayers
import SeqaeRandom
import SeqaeTensors
import TestSupport
import Testing

/// A loss whose gradient is what the test wants: Σ g · p.
private func gradients(_ parameters: [Parameter], _ wanted: [Tensor]) -> Gradients {
  withGradients {
    zip(parameters, wanted).map { ($0.tensor * $1).sum() }.reduce(Tensor([0], [])) { $0 + $1 }
  }.gradients
}

/// A matrix decays and a vector does not: the fixture's two parameters.
@Test func clippedStepsEqualPyTorch() throws {
  let fixture = try Fixture("ops/ops.safetensors")
  let backend = CPUBackend.shared
  let case_ = "adamw.groups"
  func real(_ name: String) throws -> Tensor {
    try fixture.tensor("\(case_).\(name)", on: backend)
  }
  func number(_ name: String) throws -> Float { Float(try real(name).item()) }
  let parameters = [
    Parameter("p", try real("p0")), Parameter("q", try real("q0")),
  ]
  var configuration = AdamW.Configuration()
  configuration.beta1 = try number("beta1")
  configuration.beta2 = try number("beta2")
  configuration.epsilon = try number("epsilon")
  configuration.weightDecay = Float(try real("weightDecay").doubles()[0])
  var optimizer = AdamW(configuration)
  let tolerance = Tolerance(absolute: 1e-6, relative: 1e-6)
  for step in 1...3 {
    let norm = optimizer.step(
      parameters,
      gradients(parameters, [try real("grad.p\(step)"), try real("grad.q\(step)")]),
      rate: try number("learningRate"), maximumNorm: try number("maximumNorm"))
    let expected = try real("norm\(step)").item()
    #expect(abs(norm - expected) <= 1e-6 * expected)
    for parameter in parameters {
      let wanted = try real("\(parameter.name)\(step)")
      #expect(mismatch(parameter.tensor, wanted, within: tolerance) == nil, "step \(step)")
    }
  }
}

@Test func aGradientThatIsNoNumberMovesNothing() {
  let parameter = Parameter("p", Tensor([1, 2], [2]))
  var optimizer = AdamW()
  let norm = optimizer.step(
    [parameter], gradients([parameter], [Tensor([.nan, 1], [2])]), rate: 1, maximumNorm: 1)
  #expect(!norm.isFinite)
  #expect(parameter.tensor.floats() == [1, 2] && optimizer.steps(of: parameter) == 0)
}

@Test func restoredMomentsGoOnAsTheOriginalOnes() throws {
  let random = Random(seed: 3)
  let values = random.normals([4, 3], on: CPUBackend.shared)
  let first = Parameter("w", values)
  let second = Parameter("w", values)  // takes up where the first stands
  let steps = (0..<4).map { _ in random.normals([4, 3], on: CPUBackend.shared) }
  var optimizer = AdamW()
  for gradient in steps[..<2] {
    _ = optimizer.step([first], gradients([first], [gradient]), rate: 0.1, maximumNorm: nil)
  }
  second.update { $0 = CPUBackend.shared.copy(first.tensor) }
  let folder = ScratchFolder()
  try Checkpoint.write(folder("optimizer.safetensors"), optimizer.state(of: [first]))
  var restored = AdamW()
  let checkpoint = try Checkpoint(folder("optimizer.safetensors"))
  try restored.restore(checkpoint, [second])
  #expect(restored.steps(of: second) == 2)
  for gradient in steps[2...] {
    _ = optimizer.step([first], gradients([first], [gradient]), rate: 0.1, maximumNorm: nil)
    _ = restored.step([second], gradients([second], [gradient]), rate: 0.1, maximumNorm: nil)
  }
  #expect(first.tensor.floats() == second.tensor.floats())
  #expect(throws: Failure.self) { try restored.restore(checkpoint, []) }
  let other = Parameter("v", values)
  #expect(throws: Failure.self) { try restored.restore(checkpoint, [second, other]) }
}

@Test(arguments: [-1, 0.5, 16_777_218] as [Float])
func aCountOfStepsThatIsNoneIsRefused(_ count: Float) throws {
  let parameter = Parameter("w", Tensor([1, 2], [2]))
  let folder = ScratchFolder()
  var state = AdamW().state(of: [parameter])
  state[2].tensor = Tensor([count], [])
  try Checkpoint.write(folder("optimizer.safetensors"), state)
  var optimizer = AdamW()
  let checkpoint = try Checkpoint(folder("optimizer.safetensors"))
  let failure = #expect(throws: Failure.self) { try optimizer.restore(checkpoint, [parameter]) }
  #expect(failure?.kind == .data)
  #expect(failure?.message.contains("w.step") == true)
}

@Test func objectivesWithParametersOfTheirOwnMoveAsWithOptimizersOfTheirOwn() {
  let random = Random(seed: 5)
  let values = (0..<2).map { _ in random.normals([3, 2], on: CPUBackend.shared) }
  let shared = zip(["p", "q"], values).map { Parameter($0, $1) }
  let alone = zip(["p", "q"], values).map { Parameter($0, CPUBackend.shared.copy($1)) }
  var optimizer = AdamW()
  var own = [AdamW(), AdamW()]
  for step in 0..<12 {
    // The second has a step in three.
    for index in 0..<2 where index == 0 || step % 3 == 2 {
      let gradient = random.normals([3, 2], on: CPUBackend.shared)
      _ = optimizer.step(
        [shared[index]], gradients([shared[index]], [gradient]), rate: 0.1, maximumNorm: 1)
      _ = own[index].step(
        [alone[index]], gradients([alone[index]], [gradient]), rate: 0.1, maximumNorm: 1)
    }
  }
  for (one, other) in zip(shared, alone) {
    #expect(one.tensor.floats().map(\.bitPattern) == other.tensor.floats().map(\.bitPattern))
  }
  #expect(shared.map { optimizer.steps(of: $0) } == [12, 4])
}

/// p ← p − η (m̂ / (√v̂ + ε) + λ p) with m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ), t the parameter's own
/// steps: PyTorch's `step` in the state of each parameter.
@Test func aParameterWithoutAGradientRestsAndCountsItsOwnSteps() {
  let often = Parameter("often", Tensor([0.5], [1, 1]))
  let seldom = Parameter("seldom", Tensor([0.5], [1, 1]))
  var optimizer = AdamW()
  let (b1, b2, rate, decay) = (0.9, 0.98, 0.05, 0.01)
  var (p, m, v, t) = (0.5, 0.0, 0.0, 0.0)
  for step in 0..<20 {
    let gradient = 0.3 - 0.1 * Double(step % 4)
    let moved = step % 4 == 1 ? [often, seldom] : [often]
    let before = seldom.tensor.floats()
    _ = optimizer.step(
      [often, seldom], gradients(moved, moved.map { _ in Tensor([Float(gradient)], [1, 1]) }),
      rate: Float(rate), maximumNorm: nil)
    guard moved.count == 2 else {
      #expect(seldom.tensor.floats() == before)
      continue
    }
    t += 1
    m = b1 * m + (1 - b1) * gradient
    v = b2 * v + (1 - b2) * gradient * gradient
    let (first, second) = (1 - pow(b1, t), 1 - pow(b2, t))
    p -= rate * (m / first / ((v / second).squareRoot() + 1e-8) + decay * p)
    #expect(abs(Double(seldom.tensor.floats()[0]) - p) < 1e-5)
  }
  #expect(optimizer.steps(of: often) == 20 && optimizer.steps(of: seldom) == 5)
}
