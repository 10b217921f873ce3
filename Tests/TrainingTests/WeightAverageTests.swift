import SeqaeFiles
import SeqaeLayers
import SeqaeTensors
import SeqaeTraining
import TestSupport
import Testing

private func near(_ a: [Float], _ b: [Double]) -> Bool {
  a.count == b.count && zip(a, b).allSatisfy { abs(Double($0) - $1) < 1e-6 }
}

/// What a run of the moving average did, step for step.
private struct Trace {
  /// The weights after each step, before the first at 0.
  var weights: [[Float]] = []
  /// What was judged, and what of it was written.
  var judged: [[Float]] = []
  var written: [[Float]] = []
}

/// Trains with an average, judged after every step.
private func traced(
  _ decay: Double, judging: @escaping ([Float]) throws(Failure) -> [Metric]?
) throws -> (Fixture, Trace, Result<TrainingOutcome, any Error>) {
  var fixture = Fixture()
  fixture.configuration.averageDecay = decay
  fixture.configuration.validationSteps = 1
  let model = try Regression()
  var trace = Trace(weights: [model.values])
  let hooks = TrainerHooks(
    better: .lower,
    validate: { () throws(Failure) in
      trace.judged.append(model.values)
      return try judging(model.values)
    }, write: { _ in trace.written.append(model.values) })
  var trainer = fixture.trainer(
    model, try RunDirectory.create(fixture.runPath), hooks: hooks,
    shouldStop: {
      trace.weights.append(model.values)
      return false
    })
  let outcome = Result { try trainer.train() }
  trace.weights.append(model.values)
  return (fixture, trace, outcome)
}

@Test(arguments: [0.999, 0.5])
func theMovingAverageIsJudgedAndWrittenAndTrainingIsAsWithoutIt(_ decay: Double) throws {
  let (_, plain, _) = try traced(0) { values in [Metric("size", Double(abs(values[0])))] }
  let (fixture, trace, outcome) = try traced(decay) { values in
    [Metric("size", Double(abs(values[0])))]
  }
  #expect(try outcome.get() == .finished)
  #expect(trace.weights.map { $0.map(\.bitPattern) } == plain.weights.map { $0.map(\.bitPattern) })
  // ā ← d ā + (1 − d) w, d = min(decay, (1 + n) / (10 + n)) after n steps.
  var average = trace.weights[0].map { Double($0) }
  for step in 1...25 {
    let n = Double(step - 1)
    let d = min(decay, (1 + n) / (10 + n))
    average = zip(average, trace.weights[step]).map { d * $0 + (1 - d) * Double($1) }
    #expect(near(trace.judged[step - 1], average), "step \(step)")
  }
  #expect(plain.judged != trace.judged)
  // What is written is what was judged.
  #expect(trace.written.count > 1 && trace.written.allSatisfy { trace.judged.contains($0) })
  let saved = try Checkpoint(fixture.folder("run/checkpoints/latest/average.safetensors"))
  #expect(try saved.tensor("weight").floats() + saved.tensor("bias").floats() == trace.judged.last)
  let weights = try Checkpoint(fixture.folder("run/checkpoints/latest/model.safetensors"))
  #expect(try weights.tensor("weight").floats() == Array(trace.weights[25].dropLast()))
}

@Test(arguments: [true, false])
func aValidationThatStopsOrFailsLeavesTheWeightsInTheirPlace(_ fails: Bool) throws {
  let (_, plain, _) = try traced(0) { _ in [Metric("size", 1)] }
  let counter = Counter()
  let (fixture, trace, outcome) = try traced(0.9) { _ throws(Failure) in
    guard counter.reaches(6) else { return [Metric("size", 1)] }
    if fails { throw Failure(.io, "no device") }
    return nil
  }
  // The weights are those after step 6, with nothing of the average in them.
  #expect(trace.weights.last == plain.weights[6])
  #expect(trace.judged.last != trace.weights.last)
  guard !fails else {
    #expect(throws: Failure.self) { try outcome.get() }
    return
  }
  #expect(try outcome.get() == .interrupted)
  let model = try Regression(seed: 99)
  let (run, saved) = try RunDirectory.resume(fixture.runPath)
  var second = fixture.trainer(model, run)
  try second.resume(from: try #require(saved))
  _ = try second.train()
  #expect(model.values.map(\.bitPattern) == plain.weights[25].map(\.bitPattern))
}

@Test func aCheckpointWithoutItsAverageIsRefused() throws {
  let (fixture, _, _) = try traced(0.9) { _ in [Metric("size", 1)] }
  let (run, saved) = try RunDirectory.resume(fixture.runPath)
  let folder = try #require(saved)
  try Path.removeTree(Path.join(folder.path, "average.safetensors"))
  var resumed = fixture.trainer(try Regression(), run)
  let failure = #expect(throws: Failure.self) { try resumed.resume(from: folder) }
  #expect(failure?.message.contains("average.safetensors") == true)
}

// MARK: - The mean of checkpoints

@Test(arguments: [(3, true), (3, false), (40, true), (1, true)])
func theMeanOfTheLastCheckpointsIsKeptIfItIsTheBest(_ count: Int, _ isBetter: Bool) throws {
  var fixture = Fixture()
  fixture.configuration.steps = 6
  fixture.configuration.validationSteps = 2
  fixture.configuration.checkpointMinutes = 0  // after each step
  fixture.configuration.averagedCheckpoints = count
  let model = try Regression()
  var (weights, judged, written): ([[Float]], [[Float]], [[Float]]) = ([], [], [])
  let hooks = TrainerHooks(
    better: .higher,
    validate: { () throws(Failure) in
      judged.append(model.values)
      // After steps 2, 4, 6, and of the mean.
      return [Metric("score", [1, 3, 2, isBetter ? 4 : 2.5][judged.count - 1])]
    }, write: { _ in written.append(model.values) })
  var trainer = fixture.trainer(
    model, try RunDirectory.create(fixture.runPath), hooks: hooks,
    shouldStop: {
      weights.append(model.values)
      return false
    })
  #expect(try trainer.train() == .finished)
  #expect(model.values == weights[5])
  let last = try #require(try fixture.folder.log().last)
  guard count > 1 else {
    #expect(judged.count == 3 && last["weights"] == nil)
    return
  }
  let used = min(count, 6)
  #expect(judged.count == 4)
  let mean = (0..<model.values.count).map { index in
    weights.suffix(used).reduce(0) { $0 + Double($1[index]) } / Double(used)
  }
  #expect(near(judged[3], mean))
  #expect(last["weights"] == JSON("mean of \(used) checkpoints"))
  #expect(last["best"] == .bool(isBetter))
  #expect(written == [judged[0], judged[1]] + (isBetter ? [judged[3]] : []))
  let run = try RunDirectory.resume(fixture.runPath).run
  #expect(try run.savedSteps().map(\.step) == Array((7 - used)...6))
}

@Test func aMeanThatWasNotJudgedIsMadeUpForWhenTheRunGoesOn() throws {
  var fixture = Fixture()
  fixture.configuration.steps = 4
  fixture.configuration.checkpointMinutes = 0
  fixture.configuration.averagedCheckpoints = 3
  func run(_ answers: [Double?], _ body: (TrainerHooks) throws -> TrainingOutcome) throws
    -> TrainingOutcome
  {
    var left = answers
    return try body(
      TrainerHooks(
        validate: { () throws(Failure) in left.removeFirst().map { [Metric("score", $0)] } },
        write: { _ in }))
  }
  let model = try Regression()
  let first = try run([1, nil]) { hooks in
    var trainer = fixture.trainer(model, try RunDirectory.create(fixture.runPath), hooks: hooks)
    return try trainer.train()
  }
  #expect(first == .interrupted)
  for (answers, lines) in [([2.0], 6), ([], 6)] {
    let outcome = try run(answers) { hooks in
      let (directory, saved) = try RunDirectory.resume(fixture.runPath)
      var trainer = fixture.trainer(try Regression(seed: 99), directory, hooks: hooks)
      try trainer.resume(from: try #require(saved))
      return try trainer.train()
    }
    #expect(outcome == .finished)
    // Four steps, a validation, and the mean once.
    #expect(try fixture.folder.log().count == lines)
  }
}
