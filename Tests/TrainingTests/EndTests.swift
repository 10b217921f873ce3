import SeqaeFiles
import SeqaeLayers
import SeqaeTensors
import SeqaeTraining
import TestSupport
import Testing

/// Hooks that answer with one value after another.
private func hooks(_ values: [Double]) -> TrainerHooks {
  var left = values
  return TrainerHooks(
    better: .lower, validate: { () throws(Failure) in [Metric("value", left.removeFirst())] },
    write: { _ in })
}

// MARK: - Patience

@Test(arguments: [nil, 9, 13, 16])
func aRunEndsWhereNoBetterModelIsFound(_ stop: Int?) throws {
  var fixture = Fixture()  // judged after every fourth step of 25
  fixture.configuration.patience = 2
  let values = [5.0, 4, 4, 4.5, 1, 1]
  let counter = Counter()
  var trainer = fixture.trainer(
    try Regression(), try RunDirectory.create(fixture.runPath), hooks: hooks(values),
    shouldStop: { stop.map { counter.reaches($0) } ?? false })
  let outcome = try trainer.train()
  #expect(outcome == (stop == nil ? .finished : .interrupted))
  if let stop {
    let (run, saved) = try RunDirectory.resume(fixture.runPath)
    var second = fixture.trainer(
      try Regression(seed: 99), run, hooks: hooks(Array(values.dropFirst((stop - 1) / 4))))
    try second.resume(from: try #require(saved))
    #expect(try second.train() == .finished)
    #expect(second.step == 16)
  } else {
    #expect(trainer.step == 16)
  }
  let steps = try fixture.folder.log().compactMap {
    $0["validation"] == nil ? nil : $0["step"]?.intValue
  }
  #expect(steps == [4, 8, 12, 16])
}

@Test func patienceThatIsNotLostLetsTheRunReachItsLimit() throws {
  var fixture = Fixture()
  fixture.configuration.patience = 2
  var trainer = fixture.trainer(
    try Regression(), try RunDirectory.create(fixture.runPath),
    hooks: hooks([5, 6, 4, 4, 3, 3, 3]))
  #expect(try trainer.train() == .finished)
  #expect(trainer.step == 25)
}

// MARK: - Finished runs

@Test(arguments: [false, true])
func aFinishedRunThatIsResumedWritesNothing(_ isTimed: Bool) throws {
  var fixture = Fixture()
  fixture.configuration.checkpointMinutes = 0
  fixture.configuration.averagedCheckpoints = 2
  if isTimed { (fixture.configuration.steps, fixture.configuration.minutes) = (nil, 1) }
  var time = 0.0
  func plain(_ model: Regression) -> TrainerHooks {
    TrainerHooks(
      better: .lower,
      validate: { () throws(Failure) in
        time += 5  // kept free at the end, so that the run ends before its limit
        return [Metric("size", Double(abs(model.values[0])))]
      },
      write: { (folder: String) throws(Failure) in
        try AtomicFile.write(Path.join(folder, "model.safetensors"), bytes: [1])
      })
  }
  func step() -> Bool {
    time += 1
    return false
  }
  let model = try Regression()
  var trainer = fixture.trainer(
    model, try RunDirectory.create(fixture.runPath), hooks: plain(model), now: { time },
    shouldStop: step)
  #expect(try trainer.train() == .finished)
  let before = try fixture.folder.everything("run")
  let (run, saved) = try RunDirectory.resume(fixture.runPath)
  let again = try Regression(seed: 50)
  var second = fixture.trainer(again, run, hooks: plain(again), now: { time }, shouldStop: step)
  try second.resume(from: try #require(saved))
  #expect(try second.train() == .finished)
  #expect(second.step == trainer.step && second.step > 8)
  #expect(again.values == model.values)
  #expect(try fixture.folder.everything("run") == before)
}

@Test func aFinishedRunGoesOnToANewLimitLikeOneThatHadItFromTheStart() throws {
  var fixture = Fixture()
  fixture.configuration.schedule.decay = .constant
  var whole = Fixture()
  whole.configuration = fixture.configuration
  fixture.configuration.steps = 11
  var first = fixture.trainer(try Regression(), try RunDirectory.create(fixture.runPath))
  #expect(try first.train() == .finished)
  fixture.configuration.steps = 25
  let (run, saved) = try RunDirectory.resume(fixture.runPath)
  var second = fixture.trainer(try Regression(seed: 99), run)
  try second.resume(from: try #require(saved))
  #expect(try second.train() == .finished)
  var trainer = whole.trainer(try Regression(), try RunDirectory.create(whole.runPath))
  _ = try trainer.train()
  for name in ["model.safetensors", "optimizer.safetensors"] {
    let file = "run/checkpoints/step-25/\(name)"
    #expect(try fixture.folder.bytes(file) == whole.folder.bytes(file), "\(name)")
  }
}

// MARK: - Before the first checkpoint

@Test func aRunKilledBeforeItsFirstCheckpointGoesOnFromTheBeginning() throws {
  let whole = Fixture()
  var trainer = whole.trainer(try Regression(), try RunDirectory.create(whole.runPath))
  _ = try trainer.train()

  let killed = Fixture()
  let counter = Counter()
  let failing = TrainerHooks(
    better: .lower,
    validate: { () throws(Failure) in
      if counter.reaches(3) { throw Failure(.io, "killed") }
      return [Metric("size", 7)]
    },
    write: { (folder: String) throws(Failure) in
      try AtomicFile.write(Path.join(folder, "model.safetensors"), bytes: [2])
    })
  var first = killed.trainer(
    try Regression(), try RunDirectory.create(killed.runPath), hooks: failing)
  #expect(throws: Failure.self) { try first.train() }
  #expect(killed.folder.lines("run/log.jsonl").count == 14)
  let (run, saved) = try RunDirectory.resume(killed.runPath)
  #expect(saved == nil)
  var second = killed.trainer(try Regression(), run)
  #expect(try second.train() == .finished)
  let (wholeLog, killedLog) = (try whole.folder.log(), try killed.folder.log())
  #expect(wholeLog == killedLog)
  for name in ["checkpoints/step-25/model.safetensors", "model.safetensors"] {
    #expect(try killed.folder.bytes("run/" + name) == whole.folder.bytes("run/" + name), "\(name)")
  }
}

// MARK: - The best model

@Test func theBestModelIsKeptApartFromTheLast() throws {
  let fixture = Fixture()
  let model = try Regression()
  let counter = Counter()
  var weights: [[Float]] = []
  let keeping = TrainerHooks(
    better: .higher,
    validate: { () throws(Failure) in
      weights.append(model.values)
      counter.count += 1
      return [Metric("value", [1.0, 5, 4, 3, 2, 1, 0][counter.count - 1])]
    },
    write: { (folder: String) throws(Failure) in
      try Checkpoint.write(
        Path.join(folder, "model.safetensors"), model.parameters.map { ($0.name, $0.tensor) })
    })
  var trainer = fixture.trainer(
    model, try RunDirectory.create(fixture.runPath), hooks: keeping)
  _ = try trainer.train()
  func values(_ file: String) throws -> [Float] {
    let checkpoint = try Checkpoint(fixture.folder(file))
    return try checkpoint.tensor("weight").floats() + checkpoint.tensor("bias").floats()
  }
  #expect(try values("run/model.safetensors") == weights[1])
  #expect(try values("run/checkpoints/latest/model.safetensors") == weights[6])
}
