import SeqaeFiles
import SeqaeTraining
import TestSupport
import Testing

private func put(_ text: String, _ folder: String) throws(Failure) {
  try AtomicFile.write(Path.join(folder, "weights"), bytes: Array(text.utf8))
}

private func text(_ path: String) throws -> String {
  var lines = try LineReader(path: path)
  return String(decoding: try lines.next() ?? [], as: UTF8.self)
}

@Test func aFolderThatHoldsARunIsRefusedWithTheRemedy() throws {
  let folder = ScratchFolder()
  let run = try RunDirectory.create(folder("run"))
  #expect(run.path == folder("run"))
  let failure = #expect(throws: Failure.self) { try RunDirectory.create(folder("run")) }
  #expect(failure?.kind == .cannotCreate)
  #expect(failure?.message.contains("--resume") == true)
  // A folder with something else in it is no run.
  _ = try folder.put("notes.txt", lines: ["x"])
  _ = try RunDirectory.create(folder.path)
}

@Test func theNewestTwoCheckpointsAreKept() throws {
  let folder = ScratchFolder()
  let run = try RunDirectory.create(folder.path)
  for step in [9, 10, 11, 100] {
    try run.save(step: step) { (path: String) throws(Failure) in try put("\(step)", path) }
    #expect(try text(folder("checkpoints/latest/weights")) == "\(step)")
  }
  #expect(try run.savedSteps().map(\.step) == [11, 100])
  #expect(try Path.list(folder("checkpoints")) == ["latest", "step-100", "step-11"])
}

@Test func asManyCheckpointsAreKeptAsAreAskedForButTwoAtLeast() throws {
  let folder = ScratchFolder()
  let run = try RunDirectory.create(folder.path)
  for (step, kept, expected) in [
    (1, 3, [1]), (2, 3, [1, 2]), (3, 3, [1, 2, 3]), (4, 3, [2, 3, 4]), (5, 1, [4, 5]),
  ] {
    try run.save(step: step, keeping: kept) { (path: String) throws(Failure) in
      try put("\(step)", path)
    }
    #expect(try run.savedSteps().map(\.step) == expected)
  }
}

@Test func aCheckpointThatFailsLeavesThoseBeforeAsTheyWere() throws {
  let folder = ScratchFolder()
  let run = try RunDirectory.create(folder.path)
  try run.save(step: 1) { (path: String) throws(Failure) in try put("one", path) }
  #expect(throws: Failure.self) {
    try run.save(step: 2) { (path: String) throws(Failure) in
      try put("half", path)
      throw Failure(.io, "the disk is full")
    }
  }
  #expect(try Path.list(folder("checkpoints")) == ["latest", "step-1"])
  #expect(try text(folder("checkpoints/latest/weights")) == "one")
}

@Test func whatAKilledWriterLeftIsNoCheckpointAndGoes() throws {
  let folder = ScratchFolder()
  let run = try RunDirectory.create(folder.path)
  try run.save(step: 5) { (path: String) throws(Failure) in try put("five", path) }
  run.unlock()
  // As a kill while writing step 6 leaves it, and one before `latest` was renamed.
  try Path.makeDirectories(folder("checkpoints/step-6.tmp"))
  try put("torn", folder("checkpoints/step-6.tmp"))
  let (_, newest) = try RunDirectory.resume(folder.path)
  #expect(newest?.step == 5)
  #expect(!Path.exists(folder("checkpoints/step-6.tmp")))
  try Path.makeDirectories(folder("checkpoints/step-7"))
  #expect(try RunDirectory.resume(folder.path).from?.step == 7)
}

@Test func thereMustBeSomethingToResume() throws {
  let folder = ScratchFolder()
  let absent = #expect(throws: Failure.self) { try RunDirectory.resume(folder("none")) }
  #expect(absent?.kind == .missingInput)
  try RunDirectory.create(folder("run")).unlock()
  // Killed before its first checkpoint: it goes on from the beginning.
  #expect(try RunDirectory.resume(folder("run")).from == nil)
}

@Test func aResumedLogLosesWhatCameAfterTheStep() throws {
  let folder = ScratchFolder()
  let log = try RunLog.create(folder("log.jsonl"))
  for step in 1...5 { try log.append(["step": .integer(step), "loss": 0.5]) }
  try log.append(["step": 3, "validation": ["score": 1.5]])
  // A kill in the middle of a line.
  let torn = folder.lines("log.jsonl") + ["{\"step\":2,\"lo"]
  _ = try folder.put("log.jsonl", lines: torn)
  let resumed = try RunLog.resume(folder("log.jsonl"), after: 3)
  try resumed.append(["step": 4])
  #expect(
    folder.lines("log.jsonl") == [
      #"{"step":1,"loss":0.5}"#, #"{"step":2,"loss":0.5}"#, #"{"step":3,"loss":0.5}"#,
      #"{"step":3,"validation":{"score":1.5}}"#, #"{"step":4}"#,
    ])
}
