import Glibc
import SeqaeFiles
import SeqaeRecipes
import SeqaeTraining
import Synchronization
import TestSupport
import Testing

/// Lets one call of the system on a folder fail, reads included, counted from 1.
private final class FailingCall: Sendable {
  private let calls = Atomic<Int>(0)
  private let place: Int

  init(_ place: Int) { self.place = place }

  /// Whether there were fewer calls than that.
  var isBeyondTheLast: Bool { calls.load(ordering: .relaxed) < place }

  /// What `body` throws; nil if it throws nothing.
  func failure(in folder: ScratchFolder, _ body: () throws -> Void) throws -> Failure? {
    try folder.failure(of: body) { _ in
      self.calls.wrappingAdd(1, ordering: .relaxed).newValue == self.place ? EIO : nil
    }
  }
}

/// A recipe of three steps on a few lines, with a checkpoint after each.
private struct Smallest {
  static let steps = 3
  let folder = ScratchFolder()
  var recipe: DenoiserRecipe

  init() throws {
    let corpus = try folder.put("corpus.txt", lines: sentences(60))
    recipe = DenoiserRecipe(
      data: [CorpusSource(path: corpus)], splits: try folder.putSplits())
    recipe.steps = Self.steps
    for assignment in [
      "width=8", "heads=1", "feed_forward=8", "encoder_layers=1", "decoder_layers=1",
      "positions=96", "vocabulary=1000", "batch_tokens=64", "window=8", "validation_lines=2",
      "validation_steps=2", "log_steps=1", "checkpoint_minutes=0.001",
    ] {
      try recipe.configuration.set(assignment)
    }
  }

  func start(stoppingAfter stop: Int? = nil) throws {
    var asked = 0
    _ = try recipe.train(output: folder("run"), progress: Progress(.silent)) {
      asked += 1
      return stop.map { asked >= $0 } ?? false
    }
  }

  func resume() throws {
    _ = try DenoiserRecipe.resume(
      output: folder("run"), progress: Progress(.silent), shouldStop: { false })
  }

  var hasCheckpoint: Bool { Path.exists(folder("run/checkpoints/latest")) }

  func end() throws -> [UInt8] {
    try folder.bytes("run/checkpoints/step-\(Self.steps)/model.safetensors")
  }

  func litter() throws -> [String] {
    try ["run", "run/checkpoints"].flatMap { try Path.list(folder($0)) }
      .filter { $0.contains("tmp") || $0 == ".lock" }
  }
}

@Test(arguments: [false, true])
func whicheverCallFailsARunOfARecipeNamesTheFileAndCanGoOn(_ isResumed: Bool) throws {
  let whole = try Smallest()
  try whole.start()
  let expected = try whole.end()
  var (place, failures) = (0, 0)
  while true {
    place += 1
    let run = try Smallest()
    if isResumed { try run.start(stoppingAfter: 2) }
    let call = FailingCall(place)
    let thrown = try call.failure(in: run.folder) {
      isResumed ? try run.resume() : try run.start()
    }
    if let thrown {
      failures += 1
      #expect(thrown.message.contains(run.folder.path), "call \(place): \(thrown)")
      #expect(!thrown.message.contains("\n"))
      if isResumed || run.hasCheckpoint {
        try run.resume()
      } else {
        // Nothing was learnt yet: what is there may go.
        try Path.removeTree(run.folder("run"))
        try run.start()
      }
    }
    #expect(try run.end() == expected, "call \(place): \(thrown?.message ?? "passed over")")
    #expect(try run.litter() == [])
    if thrown == nil, call.isBeyondTheLast { break }
  }
  #expect(failures > 100)
}

@Test func whicheverCallFailsADenoiserIsLoadedOrTheFileNamed() throws {
  let run = try Smallest()
  try run.start()
  let text = utf8("我们今天，，学习中文。")
  let expected = try DenoiserDirectory.load(run.folder("run")).repair([text])[0].text
  var place = 0
  while true {
    place += 1
    let call = FailingCall(place)
    var repaired: [UInt8]?
    let thrown = try call.failure(in: run.folder) {
      repaired = try DenoiserDirectory.load(run.folder("run")).repair([text])[0].text
    }
    if let thrown {
      #expect(thrown.message.hasPrefix(run.folder("run")), "call \(place): \(thrown)")
    } else {
      #expect(repaired == expected)
      if call.isBeyondTheLast { break }
    }
  }
  #expect(place > 12)  // a folder, and opening, looking and mapping for each of three files
}
