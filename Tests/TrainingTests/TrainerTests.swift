import Glibc
import SeqaeFiles
import SeqaeLayers
import SeqaeTensors
import SeqaeTraining
import TestSupport
import Testing

/// The bytes of both weight files of the newest checkpoint.
private func savedBytes(_ folder: ScratchFolder) throws -> [[UInt8]] {
  try ["model.safetensors", "optimizer.safetensors"].map { name in
    try folder.bytes("run/checkpoints/latest/" + name)
  }
}

/// The losses of a log by step, and its validations.
private func losses(_ folder: ScratchFolder) throws -> [String] {
  try folder.lines("run/log.jsonl").map { line in
    let json = try JSON.parse(Array(line.utf8), name: "log")
    let step = json["step"]?.intValue ?? -1
    let rest: [ByteString] = ["epoch", "loss", "rate", "gradient_norm", "validation"]
    let values = rest.map {
      json[$0].map { String(decoding: $0.serialized(), as: UTF8.self) } ?? ""
    }
    return "\(step) \(values)"
  }
}

@Test func lossFallsOnWhatCanBeLearnt() throws {
  let fixture = Fixture()
  var configuration = fixture.configuration
  configuration.steps = 200
  var long = fixture
  long.configuration = configuration
  let model = try Regression()
  var trainer = long.trainer(model, try RunDirectory.create(long.runPath))
  #expect(try trainer.train() == .finished)
  let all = try fixture.folder.lines("run/log.jsonl").compactMap {
    try JSON.parse(Array($0.utf8), name: "log")["loss"]?.doubleValue
  }
  #expect(all.count == 200)
  let early = all.prefix(20).reduce(0, +) / 20
  let late = all.suffix(20).reduce(0, +) / 20
  #expect(late < early / 2)
}

@Test(arguments: [1, 7, 24])
func anInterruptedAndResumedRunEndsBitForBitLikeAWholeOne(_ stop: Int) throws {
  let whole = Fixture()
  let wholeModel = try Regression()
  var trainer = whole.trainer(wholeModel, try RunDirectory.create(whole.runPath))
  #expect(try trainer.train() == .finished)

  let parted = Fixture()
  let counter = Counter()
  var first = parted.trainer(
    try Regression(), try RunDirectory.create(parted.runPath),
    shouldStop: { counter.reaches(stop) })
  #expect(try first.train() == .interrupted)
  #expect(first.step == stop)
  // Other initial weights: all must come from the checkpoint.
  let model = try Regression(seed: 99)
  let (run, saved) = try RunDirectory.resume(parted.runPath)
  var second = parted.trainer(model, run)
  try second.resume(from: try #require(saved))
  #expect(try second.train() == .finished)

  #expect(model.values.map(\.bitPattern) == wholeModel.values.map(\.bitPattern))
  let (partedBytes, wholeBytes) = (try savedBytes(parted.folder), try savedBytes(whole.folder))
  #expect(partedBytes == wholeBytes)
  let (partedLog, wholeLog) = (try losses(parted.folder), try losses(whole.folder))
  #expect(partedLog == wholeLog)
}

@Test func aRunKilledAfterItsCheckpointRepeatsTheStepsSince() throws {
  let whole = Fixture()
  let wholeModel = try Regression()
  var trainer = whole.trainer(wholeModel, try RunDirectory.create(whole.runPath))
  _ = try trainer.train()

  // A checkpoint after each step up to 10, none after, and a failure in the validation after step 16.
  var killed = Fixture()
  killed.configuration.checkpointMinutes = 10
  var time = 0.0
  let counter = Counter()
  let hooks = TrainerHooks(
    better: .lower,
    validate: { () throws(Failure) in
      counter.count += 1
      if counter.count == 4 { throw Failure(.io, "killed") }
      if counter.count == 2 { time += 601 }  // after step 8
      return [Metric("size", 1)]
    }, write: { _ in })
  var first = killed.trainer(
    try Regression(), try RunDirectory.create(killed.runPath), hooks: hooks, now: { time })
  #expect(throws: Failure.self) { try first.train() }
  let (run, saved) = try RunDirectory.resume(killed.runPath)
  #expect(saved?.step == 8)
  let model = try Regression(seed: 99)
  var second = killed.trainer(model, run)
  try second.resume(from: try #require(saved))
  _ = try second.train()
  #expect(model.values.map(\.bitPattern) == wholeModel.values.map(\.bitPattern))
  let steps = try killed.folder.lines("run/log.jsonl").compactMap { line -> Int? in
    let json = try JSON.parse(Array(line.utf8), name: "log")
    return json["loss"] == nil ? nil : json["step"]?.intValue
  }
  #expect(steps == Array(1...25))
}

@Test func aLossThatIsNotFiniteStopsTheRunAndKeepsTheLastCheckpoint() throws {
  var fixture = Fixture()
  fixture.configuration.checkpointMinutes = 0  // after each step
  let model = try Regression()
  var trainer = fixture.trainer(model, try RunDirectory.create(fixture.runPath), poisoned: 60)
  let failure = #expect(throws: Failure.self) { try trainer.train() }
  #expect(failure?.kind == .data)
  let step = trainer.step + 1
  #expect(step > 5)
  #expect(failure?.message.contains("step \(step): ") == true)
  #expect(failure?.message.contains("nan") == true)
  let saved = try #require(try RunDirectory.resume(fixture.runPath).from)
  #expect(saved.step == step - 1)
  let weights = try Checkpoint(Path.join(saved.path, "model.safetensors"))
  #expect(try weights.tensor("weight").floats().allSatisfy { $0.isFinite })
  #expect(model.values.allSatisfy { $0.isFinite })
}

@Test func minutesLimitARunOverItsResumptionsAndTheRateReachesItsFloor() throws {
  var fixture = Fixture()
  fixture.configuration.steps = nil
  fixture.configuration.minutes = 1
  fixture.configuration.validationSteps = nil
  fixture.configuration.schedule = Schedule(peak: 1, warmup: 0, decay: .linear(floor: 0))
  fixture.configuration.schedule.peak = 0.01
  var time = 1000.0
  let counter = Counter()
  var first = fixture.trainer(
    try Regression(), try RunDirectory.create(fixture.runPath), now: { time },
    shouldStop: {
      time += 1  // each step takes a second
      return counter.reaches(20)
    })
  #expect(try first.train() == .interrupted)
  time = 5000  // the pause doesn't count
  let (run, saved) = try RunDirectory.resume(fixture.runPath)
  var second = fixture.trainer(
    try Regression(), run, now: { time },
    shouldStop: {
      time += 1
      return false
    })
  try second.resume(from: try #require(saved))
  #expect(try second.train() == .finished)
  #expect(second.step == 60)
  #expect(time == 5040)
  let rates = try fixture.folder.lines("run/log.jsonl").compactMap {
    try JSON.parse(Array($0.utf8), name: "log")["rate"]?.doubleValue
  }
  #expect(rates.count == 60)
  #expect(zip(rates, rates.dropFirst()).allSatisfy { $0 > $1 })
  // One step of sixty before the end: 1/60 of the peak is left.
  #expect(abs((rates.last ?? 0) - 0.01 / 60) < 1e-9)
}

@Test func validationSaysNothingOfTheSpeed() throws {
  let fixture = Fixture()
  var time = 0.0
  let hooks = TrainerHooks(
    validate: { () throws(Failure) in
      time += 1000
      return [Metric("m", 1)]
    }, write: { _ in })
  var trainer = fixture.trainer(
    try Regression(), try RunDirectory.create(fixture.runPath), hooks: hooks,
    now: {
      time += 0.001
      return time
    })
  #expect(try trainer.train() == .finished)
  let speeds = try fixture.folder.lines("run/log.jsonl").compactMap {
    try JSON.parse(Array($0.utf8), name: "log")["tokens_per_second"]?.doubleValue
  }
  #expect(speeds.count == 25)
  #expect(speeds.allSatisfy { $0 > 100 })
}

@Test func timeForTheLastValidationIsKeptFree() throws {
  var fixture = Fixture()
  fixture.configuration.steps = nil
  fixture.configuration.minutes = 1
  fixture.configuration.validationSteps = 10
  var time = 0.0
  let hooks = TrainerHooks(
    validate: { () throws(Failure) in
      time += 7
      return [Metric("m", 1)]
    }, write: { _ in })
  var trainer = fixture.trainer(
    try Regression(), try RunDirectory.create(fixture.runPath), hooks: hooks, now: { time },
    shouldStop: {
      time += 1
      return false
    })
  #expect(try trainer.train() == .finished)
  #expect(time <= 60)
  #expect(time > 50)
}

@Test(arguments: [TrainerHooks.Better.higher, .lower])
func theBestModelIsTheOneInTheRunsFolder(_ better: TrainerHooks.Better) throws {
  var fixture = Fixture()
  fixture.configuration.steps = 20
  var written: [Int] = []
  let values = [3.0, 5, 4, 1, 2]  // after steps 4, 8, 12, 16, 20
  let counter = Counter()
  let hooks = TrainerHooks(
    better: better,
    validate: { () throws(Failure) in
      counter.count += 1
      return [Metric("value", values[counter.count - 1])]
    }, write: { _ in written.append(counter.count) })
  var trainer = fixture.trainer(
    try Regression(), try RunDirectory.create(fixture.runPath), hooks: hooks)
  _ = try trainer.train()
  #expect(counter.count == 5)
  #expect(written == (better == .higher ? [1, 2] : [1, 4]))
}

@Test func resumingWithAnotherSeedIsRefused() throws {
  var fixture = Fixture()
  var trainer = fixture.trainer(try Regression(), try RunDirectory.create(fixture.runPath))
  _ = try trainer.train()
  let (run, saved) = try RunDirectory.resume(fixture.runPath)
  fixture.configuration.seed += 1
  var other = fixture.trainer(try Regression(), run)
  let failure = #expect(throws: Failure.self) { try other.resume(from: try #require(saved)) }
  #expect(failure?.message.contains("seed") == true)
}

@Test(
  arguments: ["step", "tokens", "validations_since_best"] as [ByteString],
  [.integer(.max), -1, 0.5, "many"] as [JSON])
func countsThatMakeNoSenseAreRefused(_ key: ByteString, _ value: JSON) throws {
  let fixture = Fixture()
  var trainer = fixture.trainer(try Regression(), try RunDirectory.create(fixture.runPath))
  _ = try trainer.train()
  let (run, newest) = try RunDirectory.resume(fixture.runPath)
  let saved = try #require(newest)
  let path = Path.join(saved.path, "state.json")
  var state = try #require(try JSON.read(path).objectValue)
  state[key] = value
  try AtomicFile.write(path, bytes: JSON.object(state).serialized())
  var other = fixture.trainer(try Regression(), run)
  let failure = #expect(throws: Failure.self) { try other.resume(from: saved) }
  #expect(failure?.kind == .data)
  #expect(failure?.message.hasPrefix("\(path): \(key): ") == true, "\(failure?.message ?? "")")
}

@Test(arguments: [(2, [2]), (6, [4])])
func anInterruptedRunLeavesAModel(_ stop: Int, _ expected: [Int]) throws {
  let fixture = Fixture()  // judged after every fourth step
  let counter = Counter()
  var written: [Int] = []
  let hooks = TrainerHooks(
    validate: { () throws(Failure) in [Metric("value", 1)] },
    write: { _ in written.append(counter.count) })
  var trainer = fixture.trainer(
    try Regression(), try RunDirectory.create(fixture.runPath), hooks: hooks,
    shouldStop: { counter.reaches(stop) })
  #expect(try trainer.train() == .interrupted)
  #expect(written == expected)
}

@Test func aSignalIsAWishThatCanBeAskedFor() {
  Interruption.install()
  defer {
    Interruption.install()  // forgets the wish
    for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
  }
  #expect(!Interruption.isRequested)
  Interruption.deferred {
    // To the process: the thread of a test may block signals.
    kill(getpid(), SIGTERM)
    for _ in 0..<500 where !Interruption.isRequested { usleep(10_000) }
    #expect(Interruption.isRequested)
  }
}

@Test func aDamagedCheckpointLeavesTheModelAsItWas() throws {
  let fixture = Fixture()
  var trainer = fixture.trainer(try Regression(), try RunDirectory.create(fixture.runPath))
  _ = try trainer.train()
  let (run, newest) = try RunDirectory.resume(fixture.runPath)
  let saved = try #require(newest)
  // The weights are whole; what is read after them is cut off.
  try AtomicFile.write(Path.join(saved.path, "optimizer.safetensors"), bytes: [1, 2, 3])
  let model = try Regression(seed: 99)
  let before = model.values.map(\.bitPattern)
  var resumed = fixture.trainer(model, run)
  #expect(throws: Failure.self) { try resumed.resume(from: saved) }
  #expect(model.values.map(\.bitPattern) == before)
}
