import SeqaeFiles
import SeqaeLayers
import SeqaeRandom
import SeqaeTensors
import TestSupport
import Testing

private let close = Tolerance(absolute: 1e-5, relative: 1e-5)

/// PyTorch's nn.BatchNorm2d over two batches and then at inference; see Tests/Fixtures/ops/core.md.
@Test func batchNormKeepsTheRunningAveragesThatPyTorchKeeps() throws {
  let fixture = try Fixture("ops/core.safetensors")
  func tensor(_ name: String) throws -> Tensor {
    try fixture.tensor("batchNormLayer.\(name)", on: CPUBackend.shared)
  }
  let folder = ScratchFolder()
  let path = folder("norm.safetensors")
  try Checkpoint.write(
    path,
    [
      ("bn.weight", try tensor("weight")), ("bn.bias", try tensor("bias")),
      ("bn.running_mean", Tensor([0, 0, 0, 0], [4])),
      ("bn.running_var", Tensor([1, 1, 1, 1], [4])),
      ("bn.num_batches_tracked", Tensor([0], [])),
    ])
  let store = ParameterStore(.checkpoint(try Checkpoint(path)))
  let norm = try BatchNorm(4, in: store.root / "bn")
  try store.finish()
  let training = Mode.training(Random(seed: 1))
  for step in 1...2 {
    let (y, statistics) = norm(try tensor("x\(step)"), training)
    #expect(mismatch(y, try tensor("y\(step)"), within: close) == nil)
    let (mean, variance) = (store.state[2].tensor, store.state[3].tensor)
    statistics.absorb()
    #expect(store.state[2].tensor.floats() != mean.floats(), "a call that absorbs is none")
    #expect(store.state[3].tensor.floats() != variance.floats())
    #expect(
      mismatch(store.state[2].tensor, try tensor("runningMean\(step)"), within: close) == nil)
    #expect(
      mismatch(store.state[3].tensor, try tensor("runningVariance\(step)"), within: close) == nil)
  }
  let (y, none) = norm(try tensor("x2"), .inference)
  #expect(mismatch(y, try tensor("inference"), within: close) == nil)
  none.absorb()
  #expect(mismatch(store.state[2].tensor, try tensor("runningMean2"), within: close) == nil)
}

@Test func runningAveragesAreSavedButNotTrained() throws {
  let store = ParameterStore(.fresh(Random(seed: 1)))
  let norm = try BatchNorm(3, in: store.root / "bn")
  #expect(store.parameters.map(\.name) == ["bn.weight", "bn.bias"])
  #expect(
    store.state.map(\.name)
      == ["bn.weight", "bn.bias", "bn.running_mean", "bn.running_var"])
  let x = Random(seed: 2).normals([4, 3, 2], on: CPUBackend.shared)
  let (_, gradients) = withGradients { norm(x, .inference).y.square().sum() }
  #expect(gradients.count == 2)
  var optimizer = AdamW()
  let averages = store.state[2...].map { $0.tensor.floats() }
  _ = optimizer.step(store.state, gradients, rate: 0.1, maximumNorm: nil)
  #expect(store.state[2...].map { $0.tensor.floats() } == averages)
  #expect(optimizer.state(of: store.state).count == 6)  // moments and count of two parameters
}

@Test func aCheckpointLacksNoRunningAverage() throws {
  let folder = ScratchFolder()
  let path = folder("norm.safetensors")
  let store = ParameterStore(.fresh(Random(seed: 1)))
  let norm = try BatchNorm(3, in: store.root / "bn")
  let x = Random(seed: 2).normals([4, 3, 2], on: CPUBackend.shared)
  norm(x, .training(Random(seed: 3))).statistics.absorb()
  try Checkpoint.write(path, store.state.map { ($0.name, $0.tensor) })
  let restored = ParameterStore(.checkpoint(try Checkpoint(path)))
  let other = try BatchNorm(3, in: restored.root / "bn")
  try restored.finish()
  #expect(other(x, .inference).y.floats() == norm(x, .inference).y.floats())
}

@Test func normsStartByGivingUnitVariance() throws {
  let store = ParameterStore(.fresh(Random(seed: 1)))
  let group = try GroupNorm(2, channels: 6, in: store.root / "group")
  let root = try RMSNorm(7, in: store.root / "root")
  let x = Random(seed: 2).normals([4, 6, 7], on: CPUBackend.shared) * 5 + 1
  let groups = group(x).reshaped([4, 2, 21])
  #expect(mismatch(groups.mean(-1), groups.mean(-1) * 0, within: close) == nil)
  #expect(
    groups.variance([-1], correction: 0).doubles().allSatisfy { abs($0 - 1) < 1e-4 })
  #expect(root(x).square().mean(-1).doubles().allSatisfy { abs($0 - 1) < 1e-4 })
}

@Test func gradientsOfNormsAreTheirDerivatives() throws {
  let reference = ReferenceBackend()
  let store = ParameterStore(.fresh(Random(seed: 9)), on: reference)
  let batch = try BatchNorm(4, in: store.root / "batch")
  let group = try GroupNorm(2, channels: 4, in: store.root / "group")
  let root = try RMSNorm(5, in: store.root / "root")
  let x = Random(seed: 10).normals([3, 4, 5], on: reference)
  #expect(
    gradientMismatch(store.parameters) {
      root(group(batch(x, .training(Random(seed: 1))).y).square() + 1)
    } == nil)
}
