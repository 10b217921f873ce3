import SeqaeFiles
import SeqaeLayers
import SeqaeRandom
import SeqaeTensors
import SeqaeTraining
import TestSupport
import Testing

/// A least-squares GAN of a few weights (Mao et al. 2017): the generator shifts and scales noise, the
/// critic judges x by a x² + b x + c.
private struct Adversaries: Model {
  struct Batch: Sendable {
    let real: [Float]
    let noise: [Float]
  }

  let generator: Parameter  // [2]
  let critic: [Parameter]  // a, b, c: [1, 1]
  let average: Parameter  // of what the generator made
  var parameters: [Parameter] { [generator] + critic }
  var state: [Parameter] { parameters + [average] }

  init(seed: UInt64 = 1) throws {
    let root = ParameterStore(.fresh(Random(seed: seed))).root
    generator = try root.parameter("generator", [2], .normal(deviation: 0.3))
    critic = try ["a", "b", "c"].map {
      try root.parameter("critic.\($0)", [1, 1], .normal(deviation: 0.3))
    }
    average = Parameter("average", Tensor([0], [1]), isTrainable: false)
  }

  func objectives(_ batch: Batch, _ mode: Mode) -> [Objective] {
    let count = batch.noise.count
    func made() -> Tensor {
      let ones = [Float](repeating: 1, count: count)
      let inputs = Tensor(zip(batch.noise, ones).flatMap { [$0, $1] }, [count, 2])
      return (inputs * generator.tensor).sum(1)  // [B, 1]
    }
    func judged(_ x: Tensor) -> Tensor {
      let (a, b, c) = (critic[0].tensor, critic[1].tensor, critic[2].tensor)
      return x.square() * a + x * b + c
    }
    return [
      Objective("critic", critic, rate: 2) {
        let real = judged(dropout(Tensor(batch.real, [count, 1]), 0.2, mode)) - 1
        return Loss(
          real.square().mean() + judged(made().detached()).square().mean(),
          terms: [("on_real", real.square().mean().item())])
      },
      Objective("generator", [generator]) {
        let x = made()
        var statistics = Statistics()
        statistics.add(x.mean().detached().reshaped([1]), to: average, share: 0.1)
        return Loss((judged(x) - 1).square().mean(), statistics: statistics)
      },
    ]
  }

  var values: [UInt32] { state.flatMap { $0.tensor.floats().map(\.bitPattern) } }
}

private func batches() -> [TrainingBatch<Adversaries.Batch>] {
  let random = Random(seed: 4)
  return (0..<7).map { _ in
    TrainingBatch(
      Adversaries.Batch(real: random.normals(8).map { 0.5 * $0 + 2 }, noise: random.normals(8)),
      tokens: 8)
  }
}

extension Fixture {
  fileprivate func trainer(
    _ model: Adversaries, _ run: RunDirectory, stoppingAfter step: Int? = nil
  ) -> Trainer<Adversaries, ListedBatches<Adversaries.Batch>> {
    let counter = Counter()
    return Trainer(
      model, ListedBatches(batches()), configuration, run: run,
      hooks: TrainerHooks(validate: { () throws(Failure) in [] }, write: { _ in }),
      progress: Progress(.silent), shouldStop: { step.map { counter.reaches($0) } ?? false })
  }
}

@Test func objectivesOfAStepTakeTurnsAsWithAnOptimizerEach() throws {
  var fixture = Fixture()
  fixture.configuration.steps = 12
  let model = try Adversaries()
  let before = model.values
  var trainer = fixture.trainer(model, try RunDirectory.create(fixture.runPath))
  #expect(try trainer.train() == .finished)

  let expected = try Adversaries()
  var optimizers = [AdamW(), AdamW()]
  for step in 1...12 {
    let batch = batches()[(step - 1) % 7].batch
    let random = Random(seed: 7).child("dropout").child(UInt64(step))
    let rate = fixture.configuration.schedule.rate(step: step, fraction: Double(step - 1) / 12)
    for (index, objective) in expected.objectives(batch, .training(random)).enumerated() {
      let (loss, gradients) = withGradients { objective.loss() }
      _ = optimizers[index].step(
        [expected.critic, [expected.generator]][index], gradients,
        rate: Float(rate * [2, 1][index]), maximumNorm: 1)
      loss.statistics.absorb()
    }
  }
  #expect(model.values == expected.values)
  #expect(zip(model.values, before).allSatisfy { $0 != $1 })
  let line = try #require(try fixture.folder.log().last { $0["loss"] != nil })
  let (critic, generator) = (line["critic"]?.doubleValue, line["generator"]?.doubleValue)
  let sum = try #require(critic) + #require(generator)
  #expect(abs(sum - (line["loss"]?.doubleValue ?? 0)) < 1e-9)
  #expect(line["on_real"]?.doubleValue != nil)
}

@Test(arguments: [1, 2], [1, 6])
func severalObjectivesResumeBitForBit(_ accumulation: Int, _ stop: Int) throws {
  var whole = Fixture()
  whole.configuration.steps = 12
  whole.configuration.accumulationSteps = accumulation
  let wholeModel = try Adversaries()
  var trainer = whole.trainer(wholeModel, try RunDirectory.create(whole.runPath))
  #expect(try trainer.train() == .finished)

  var parted = Fixture()
  parted.configuration = whole.configuration
  var first = parted.trainer(
    try Adversaries(), try RunDirectory.create(parted.runPath), stoppingAfter: stop)
  #expect(try first.train() == .interrupted)
  let model = try Adversaries(seed: 99)
  let (run, saved) = try RunDirectory.resume(parted.runPath)
  var second = parted.trainer(model, run)
  try second.resume(from: try #require(saved))
  #expect(try second.train() == .finished)
  #expect(model.values == wholeModel.values)
  for name in ["model.safetensors", "optimizer.safetensors"] {
    let file = "run/checkpoints/step-12/\(name)"
    #expect(try parted.folder.bytes(file) == whole.folder.bytes(file), "\(name)")
  }
}
