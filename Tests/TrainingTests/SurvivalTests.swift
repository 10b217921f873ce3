import Glibc
import SeqaeFiles
import SeqaeLayers
import SeqaeTensors
import SeqaeTraining
import Synchronization
import TestSupport
import Testing

/// Counts the calls of the system that change files, and lets some fail; those that read fail in the tests
/// of the recipes.
private final class Disk: Sendable {
  private let calls = Atomic<Int>(0)
  private let answer: @Sendable (_ call: SystemCall, _ number: Int) -> Int32?

  init(_ answer: @escaping @Sendable (_ call: SystemCall, _ number: Int) -> Int32?) {
    self.answer = answer
  }

  var count: Int { calls.load(ordering: .relaxed) }

  /// What `body` throws while calls in a folder are answered; nil if it throws nothing.
  func failure(in folder: ScratchFolder, _ body: () throws -> Void) throws -> Failure? {
    try folder.failure(of: body) { call in
      guard call.isChange else { return nil }
      return self.answer(call, self.calls.wrappingAdd(1, ordering: .relaxed).newValue)
    }
  }
}

/// A run of a few steps with a checkpoint after each.
private struct Short {
  static let steps = 3
  let fixture: Fixture

  init() {
    var fixture = Fixture()
    fixture.configuration.steps = Self.steps
    fixture.configuration.validationSteps = 2
    fixture.configuration.checkpointMinutes = 0
    self.fixture = fixture
  }

  func start(stoppingAfter step: Int? = nil) throws {
    let counter = Counter()
    var trainer = fixture.trainer(
      try Regression(), try RunDirectory.create(fixture.runPath),
      shouldStop: { step.map { counter.reaches($0) } ?? false })
    _ = try trainer.train()
  }

  func resume() throws {
    let (run, saved) = try RunDirectory.resume(fixture.runPath)
    // Other initial weights, where all must come from the checkpoint.
    var trainer = fixture.trainer(try Regression(seed: saved == nil ? 1 : 99), run)
    if let saved { try trainer.resume(from: saved) }
    _ = try trainer.train()
  }

  /// The newest checkpoint's number; nil if there is none.
  func newest() throws -> Int? {
    guard Path.exists(fixture.folder("run/checkpoints")) else { return nil }
    return try Path.list(fixture.folder("run/checkpoints")).compactMap {
      Int($0.dropFirst("step-".count))
    }.max()
  }

  /// The weights and moments at the end.
  func end() throws -> [[UInt8]] {
    try ["model.safetensors", "optimizer.safetensors"].map {
      try fixture.folder.bytes("run/checkpoints/step-\(Self.steps)/\($0)")
    }
  }

  /// The names in the run's folder and among its checkpoints.
  func names() throws -> [String] {
    try ["run", "run/checkpoints"].flatMap { try Path.list(fixture.folder($0)) }
  }
}

/// What a run leaves that nothing happened to.
private func whole() throws -> [[UInt8]] {
  let run = Short()
  try run.start()
  return try run.end()
}

@Test(arguments: [(false, EIO), (true, EIO), (true, ENOSPC)])
func whicheverCallFailsTheRunGoesOnFromAWholeCheckpoint(_ isResumed: Bool, _ code: Int32) throws {
  let expected = try whole()
  var place = 0
  while true {
    place += 1
    let run = Short()
    if isResumed { try run.start(stoppingAfter: 2) }
    let before = try run.newest()
    let failing = place
    let disk = Disk { _, number in number == failing ? code : nil }
    let thrown = try disk.failure(in: run.fixture.folder) {
      isResumed ? try run.resume() : try run.start()
    }
    guard let thrown else {
      // A call whose failure may be passed over was the one, or there was no such call.
      if disk.count < place { break }
      #expect(try run.end() == expected)
      continue
    }
    #expect(thrown.message.contains(run.fixture.runPath), "\(thrown)")
    let after = try run.newest()
    #expect((after ?? 0) >= (before ?? 0), "call \(place): \(thrown)")
    if !Path.exists(run.fixture.folder("run/checkpoints")) {
      // Before there was a run: the message says so, and it can be started.
      let nothing = #expect(throws: Failure.self) { try run.resume() }
      #expect(nothing?.kind == .missingInput)
      try run.start()
      #expect(try run.end() == expected, "call \(place): \(thrown)")
    } else {
      try run.resume()
      #expect(try run.end() == expected, "call \(place): \(thrown)")
      #expect(try run.names().filter { $0.contains("tmp") || $0 == ".lock" } == [])
    }
  }
  #expect(place > 40)  // three files, four folders and a link for each of the checkpoints
}

/// A run that was stopped while it was judged at its end has a checkpoint of that step already.
@Test func whatIsJudgedAfterTheLastCheckpointIsSavedWithoutLosingIt() throws {
  let expected = try whole()
  var place = 0
  while true {
    place += 1
    let run = Short()
    let counter = Counter()
    var trainer = run.fixture.trainer(
      try Regression(), try RunDirectory.create(run.fixture.runPath),
      hooks: TrainerHooks(
        validate: { () throws(Failure) in counter.reaches(2) ? nil : [Metric("size", 1)] },
        write: { _ in }))
    #expect(try trainer.train() == .interrupted)
    #expect(trainer.step == Short.steps)
    let failing = place
    let disk = Disk { _, number in number == failing ? EIO : nil }
    let thrown = try disk.failure(in: run.fixture.folder) { try run.resume() }
    #expect(try run.newest() == Short.steps)
    #expect(try run.end() == expected, "call \(place)")
    if thrown == nil, disk.count < place { break }
    try run.resume()
    #expect(try run.names().filter { $0.contains("tmp") || $0 == ".lock" } == [])
    #expect(
      try Path.list(run.fixture.folder("run/checkpoints/latest")) == [
        "model.safetensors", "optimizer.safetensors", "state.json",
      ])
    let state = try JSON.read(run.fixture.folder("run/checkpoints/latest/state.json"))
    #expect(state["finished"]?["steps"] == .integer(Short.steps))
  }
  #expect(place > 5)
}

@Test func aDiskThatStaysFullLeavesTheOldCheckpointAndSaysSo() throws {
  let expected = try whole()
  for place in stride(from: 1, to: 200, by: 7) {
    let run = Short()
    try run.start(stoppingAfter: 2)
    // Nothing new finds room from here on, and what is there can be removed.
    let disk = Disk { call, number in
      number >= place && [.open, .write, .makeDirectory].contains(call) ? ENOSPC : nil
    }
    guard let thrown = try disk.failure(in: run.fixture.folder, { try run.resume() }) else { break }
    #expect(thrown.message.contains("No space left on device: free space"), "\(thrown)")
    #expect(try run.newest() ?? 0 >= 2)
    try run.resume()
    #expect(try run.end() == expected)
    // A checkpoint more than two may wait for the next one to be written; nothing half made may.
    #expect(try run.names().filter { $0.contains("tmp") || $0 == ".lock" } == [])
  }
}

// MARK: - One trainer a folder

@Test func aFolderInWhichOneTrainsIsRefusedToAnother() throws {
  let fixture = Fixture()
  let counter = Counter()
  let first = try RunDirectory.create(fixture.runPath)
  var refusals: [Failure?] = []
  let hooks = TrainerHooks(
    validate: { () throws(Failure) in
      do throws(Failure) {
        _ = try RunDirectory.resume(fixture.runPath)
        refusals.append(nil)
      } catch {
        refusals.append(error)
      }
      return [Metric("m", 1)]
    }, write: { _ in })
  var trainer = fixture.trainer(
    try Regression(), first, hooks: hooks, shouldStop: { counter.reaches(6) })
  #expect(try trainer.train() == .interrupted)
  #expect(refusals.count == 1)
  let refusal = try #require(refusals.first ?? nil)
  #expect(refusal.kind == .cannotCreate)
  #expect(refusal.message.hasPrefix("\(fixture.runPath): process \(getpid()) trains here: "))
  // Its end frees the folder, and the second may go on.
  let (second, _) = try RunDirectory.resume(fixture.runPath)
  #expect(throws: Failure.self) { try first.lock() }
  second.unlock()
  try first.lock()
}

// MARK: - Numbers that are not finite

@Test(arguments: [
  (Float.nan, "the gradient of weight (and the loss of error) is nan"),
  // Its square overflows, twice itself does not.
  (1e30, "the loss of error is inf"),
])
func theFirstTensorThatIsNotFiniteIsNamedAndTheLastCheckpointKept(
  _ poison: Float, _ message: String
) throws {
  var fixture = Fixture()
  fixture.configuration.checkpointMinutes = 0  // after each step
  var trainer = fixture.trainer(
    try Regression(), try RunDirectory.create(fixture.runPath), poisoned: 60, poison: poison)
  let failure = #expect(throws: Failure.self) { try trainer.train() }
  let step = trainer.step + 1
  #expect(failure?.kind == .data)
  #expect(failure?.message.hasPrefix("step \(step): \(message): lower learning_rate") == true)
  #expect(failure?.message.hasSuffix("/step-\(step - 1))") == true, "\(failure?.message ?? "")")
  try fixture.resumeOnce()
}

@Test(arguments: ["weight", "bias"])
func aWeightThatIsNotFiniteIsNeitherJudgedNorSaved(_ name: String) throws {
  var fixture = Fixture()
  fixture.configuration.checkpointMinutes = 0
  let model = try Regression()
  let counter = Counter()
  var judged = 0
  let hooks = TrainerHooks(
    validate: { () throws(Failure) in
      judged += 1
      return [Metric("m", 1)]
    }, write: { _ in })
  var trainer = fixture.trainer(
    model, try RunDirectory.create(fixture.runPath), hooks: hooks,
    shouldStop: {
      // After step 8 and before its validation.
      if counter.reaches(8) {
        for parameter in model.parameters where parameter.name == name {
          parameter.update { $0 = $0 + Tensor([-Float.infinity], [1]) }
        }
      }
      return false
    })
  let failure = #expect(throws: Failure.self) { try trainer.train() }
  #expect(failure?.message.hasPrefix("step 8: the weight \(name) is -inf: ") == true)
  #expect(failure?.message.hasSuffix("/step-7)") == true, "\(failure?.message ?? "")")
  #expect(judged == 1)  // after step 4
  try fixture.resumeOnce()
}

extension Fixture {
  /// Checks that the newest checkpoint loads.
  fileprivate func resumeOnce() throws {
    let (run, newest) = try RunDirectory.resume(runPath)
    let saved = try #require(newest)
    var trainer = trainer(try Regression(seed: 99), run)
    try trainer.resume(from: saved)
    #expect(trainer.step == saved.step)
  }
}

// MARK: - Resuming

@Test(arguments: [1, 5, 13], [1, 10])
func stepsAfterResumingAreThoseOfAWholeRun(_ stop: Int, _ more: Int) throws {
  var whole = Fixture()
  whole.configuration.steps = stop + more
  whole.configuration.maximumNorm = 0.05
  let wholeModel = try Regression()
  var trainer = whole.trainer(wholeModel, try RunDirectory.create(whole.runPath))
  _ = try trainer.train()
  let log = try whole.folder.lines("run/log.jsonl").map {
    try JSON.parse(Array($0.utf8), name: "log")
  }
  // Gradients are clipped, and the stop is in the middle of an epoch.
  #expect(log.compactMap { $0["gradient_norm"]?.doubleValue }.allSatisfy { $0 > 0.05 })
  let epoch = log.first { $0["step"]?.intValue == stop && $0["loss"] != nil }?["epoch"]?.doubleValue
  #expect(epoch.map { $0 != $0.rounded() } == true)

  var parted = Fixture()
  parted.configuration = whole.configuration
  let counter = Counter()
  var first = parted.trainer(
    try Regression(), try RunDirectory.create(parted.runPath),
    shouldStop: { counter.reaches(stop) })
  #expect(try first.train() == .interrupted)
  let model = try Regression(seed: 99)
  let (run, saved) = try RunDirectory.resume(parted.runPath)
  var second = parted.trainer(model, run)
  try second.resume(from: try #require(saved))
  _ = try second.train()
  #expect(second.step == stop + more)
  for name in ["model.safetensors", "optimizer.safetensors"] {
    let file = "run/checkpoints/step-\(stop + more)/\(name)"
    #expect(try parted.folder.bytes(file) == whole.folder.bytes(file), "\(name)")
  }
}

@Test func aValidationThatStopsIsMadeUpForWhenTheRunGoesOn() throws {
  let whole = Fixture()
  var trainer = whole.trainer(try Regression(), try RunDirectory.create(whole.runPath))
  _ = try trainer.train()

  let parted = Fixture()
  var first = parted.trainer(
    try Regression(), try RunDirectory.create(parted.runPath),
    hooks: TrainerHooks(better: .lower, validate: { () throws(Failure) in nil }, write: { _ in }))
  #expect(try first.train() == .interrupted)
  #expect(first.step == 4)
  let (run, saved) = try RunDirectory.resume(parted.runPath)
  var second = parted.trainer(try Regression(seed: 99), run)
  try second.resume(from: try #require(saved))
  #expect(try second.train() == .finished)
  func validations(_ fixture: Fixture) throws -> [String] {
    try fixture.folder.lines("run/log.jsonl").compactMap { line in
      let json = try JSON.parse(Array(line.utf8), name: "log")
      guard let metrics = json["validation"], let step = json["step"]?.intValue else { return nil }
      return "\(step) \(String(decoding: metrics.serialized(), as: UTF8.self))"
    }
  }
  let (expected, found) = (try validations(whole), try validations(parted))
  #expect(found == expected)
}
