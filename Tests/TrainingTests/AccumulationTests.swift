import SeqaeFiles
import SeqaeLayers
import SeqaeRandom
import SeqaeTensors
import SeqaeTraining
import TestSupport
import Testing

private typealias Batches = [TrainingBatch<Regression.Batch>]

/// Batches of different sizes.
private func batches(_ count: Int) -> Batches {
  let random = Random(seed: 21)
  return (0..<count).map { number in
    let size = [2, 9, 4, 1, 6][number % 5]
    let x = random.normals(size * Regression.features)
    let y = (0..<size).map { x[$0 * Regression.features] * 2 + 1 }
    return TrainingBatch(Regression.Batch(x: x, y: y), tokens: size)
  }
}

/// Each `count` batches as one.
private func joined(_ batches: Batches, by count: Int) -> Batches {
  stride(from: 0, to: batches.count, by: count).map { start in
    let parts = batches[start..<start + count]
    return TrainingBatch(
      Regression.Batch(x: parts.flatMap(\.batch.x), y: parts.flatMap(\.batch.y)),
      tokens: parts.reduce(0) { $0 + $1.tokens })
  }
}

extension Fixture {
  fileprivate func trainer(
    _ model: Regression, _ batches: Batches, shouldStop: @escaping () -> Bool = { false }
  ) throws -> Trainer<Regression, ListedBatches<Regression.Batch>> {
    Trainer(
      model, ListedBatches(batches), configuration, run: try RunDirectory.create(runPath),
      hooks: TrainerHooks(validate: { () throws(Failure) in [] }, write: { _ in }),
      progress: Progress(.silent), shouldStop: shouldStop)
  }
}

@Test(arguments: [2, 3, 6])
func aStepOfSeveralBatchesIsThatOfOneOfThemAll(_ count: Int) throws {
  let all = batches(30)
  func train(_ batches: Batches, accumulating count: Int) throws -> (Regression, [JSON]) {
    var fixture = Fixture()
    fixture.configuration.steps = 10
    fixture.configuration.accumulationSteps = count
    let model = try Regression(dropout: 0)
    var trainer = try fixture.trainer(model, batches)
    #expect(try trainer.train() == .finished)
    return (model, try fixture.folder.log())
  }
  let (parts, partsLog) = try train(all, accumulating: count)
  let (whole, wholeLog) = try train(joined(all, by: count), accumulating: 1)
  for (a, b) in zip(parts.values, whole.values) { #expect(abs(a - b) < 1e-5, "\(a) and \(b)") }
  #expect(partsLog.count == wholeLog.count)
  for (a, b) in zip(partsLog, wholeLog) {
    for key: ByteString in ["loss", "gradient_norm"] {
      guard let x = a[key]?.doubleValue, let y = b[key]?.doubleValue else { continue }
      #expect(abs(x - y) < 1e-4 * max(1, abs(y)), "\(key): \(x) and \(y)")
    }
    #expect(a["rate"] == b["rate"])
  }
}

/// Batch i of step n draws from (seed, n, i), and the first of a step what the only one would.
@Test(arguments: [1, 3])
func aStepIsTheOptimizersOnTheWeightedSumOfGradients(_ count: Int) throws {
  let all = batches(30)
  var fixture = Fixture()
  fixture.configuration.steps = 8
  fixture.configuration.accumulationSteps = count
  let model = try Regression(dropout: 0.4)
  var trainer = try fixture.trainer(model, all)
  _ = try trainer.train()

  let expected = try Regression(dropout: 0.4)
  var optimizer = AdamW()
  for step in 1...8 {
    let parts = (0..<count).map { all[((step - 1) * count + $0) % all.count] }
    let tokens = parts.reduce(0) { $0 + $1.tokens }
    var sum = Gradients()
    for (number, part) in parts.enumerated() {
      let random = Random(seed: 7).child("dropout").child(UInt64(step))
      let own = number == 0 ? random : random.child(UInt64(number))
      let objective = expected.objectives(part.batch, .training(own))[0]
      let (_, gradients) = withGradients { objective.loss() }
      for parameter in expected.parameters {
        guard let gradient = gradients[parameter] else { continue }
        let weighted = gradient * (Float(part.tokens) / Float(tokens))
        sum[parameter] = sum[parameter].map { $0 + weighted } ?? weighted
      }
    }
    let rate = fixture.configuration.schedule.rate(step: step, fraction: Double(step - 1) / 8)
    _ = optimizer.step(expected.parameters, sum, rate: Float(rate), maximumNorm: 1)
  }
  if count == 1 {
    #expect(model.values.map(\.bitPattern) == expected.values.map(\.bitPattern))
  }
  for (a, b) in zip(model.values, expected.values) { #expect(abs(a - b) < 1e-5, "\(a) and \(b)") }
}

@Test(arguments: [1, 5])
func aRunOfSeveralBatchesAStepResumesBitForBit(_ stop: Int) throws {
  func fixture() -> Fixture {
    var fixture = Fixture()
    fixture.configuration.steps = 9
    fixture.configuration.accumulationSteps = 3
    fixture.configuration.averageDecay = 0.9
    return fixture
  }
  let whole = fixture()
  var trainer = whole.trainer(try Regression(), try RunDirectory.create(whole.runPath))
  #expect(try trainer.train() == .finished)

  let parted = fixture()
  let counter = Counter()
  var first = parted.trainer(
    try Regression(), try RunDirectory.create(parted.runPath),
    shouldStop: { counter.reaches(stop) })
  #expect(try first.train() == .interrupted)
  let (run, saved) = try RunDirectory.resume(parted.runPath)
  var second = parted.trainer(try Regression(seed: 99), run)
  try second.resume(from: try #require(saved))
  #expect(try second.train() == .finished)
  for name in ["model.safetensors", "average.safetensors", "optimizer.safetensors"] {
    let file = "run/checkpoints/step-9/\(name)"
    #expect(try parted.folder.bytes(file) == whole.folder.bytes(file), "\(name)")
  }
  let (wholeLog, partedLog) = (try whole.folder.log(), try parted.folder.log())
  #expect(wholeLog == partedLog)
}

@Test func aBatchThatIsNoNumberStopsTheStepItIsIn() throws {
  var all = batches(30)
  all[13] = TrainingBatch(
    Regression.Batch(x: all[13].batch.x, y: all[13].batch.y.map { _ in .nan }), tokens: 1)
  var fixture = Fixture()
  fixture.configuration.accumulationSteps = 3
  var trainer = try fixture.trainer(try Regression(), all)
  let failure = #expect(throws: Failure.self) { try trainer.train() }
  #expect(failure?.message.hasPrefix("step 5: the gradient of weight (and the loss") == true)
  #expect(trainer.step == 4)
}
