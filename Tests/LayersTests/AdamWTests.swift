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
  #expect(parameter.tensor.floats() == [1, 2] && optimizer.steps == 0)
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
  try Checkpoint.write(folder("optimizer.safetensors"), optimizer.state)
  var restored = AdamW()
  let checkpoint = try Checkpoint(folder("optimizer.safetensors"))
  try restored.restore(checkpoint, [second], steps: optimizer.steps)
  for gradient in steps[2...] {
    _ = optimizer.step([first], gradients([first], [gradient]), rate: 0.1, maximumNorm: nil)
    _ = restored.step([second], gradients([second], [gradient]), rate: 0.1, maximumNorm: nil)
  }
  #expect(first.tensor.floats() == second.tensor.floats())
  #expect(throws: Failure.self) { try restored.restore(checkpoint, [], steps: 2) }
  #expect(throws: Failure.self) { try restored.restore(checkpoint, [second], steps: Int.max) }
  let other = Parameter("v", values)
  #expect(throws: Failure.self) { try restored.restore(checkpoint, [second, other], steps: 2) }
}
