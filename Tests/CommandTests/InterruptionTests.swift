import Glibc
import SeqaeFiles
import Testing

/// A training run that another process cuts short: signals, a second trainer, a full disk.
struct InterruptionTests {
  private let scratch: Scratch
  private let model: TinyModel

  init() throws {
    scratch = try Scratch()
    model = try TinyModel.made.get()
  }

  @Test(arguments: [SIGINT, SIGTERM])
  func aSignalEndsARunWithinTenSecondsAndItCanBeResumed(_ signal: Int32) throws {
    var process = try start("run", data: model.corpus)
    try waitFor { Path.exists(scratch("run/checkpoints/latest")) }
    let clock = ContinuousClock()
    let sent = clock.now
    process.send(signal)
    #expect(try process.wait() == 130)
    #expect(clock.now - sent < .seconds(10))
    #expect(try scratch.text("error").hasSuffix("run: interrupted; --resume goes on from here\n"))
    #expect(Path.exists(scratch("run/model.safetensors")))
    #expect(try Checkpoints(scratch("run")).litter() == [])
    let reached = try #require(try Checkpoints(scratch("run")).newest())
    let resumed = try Program.run(
      "train", "denoiser", "--output", "run", "--resume", "--steps", "\(reached + 1)", "--quiet",
      in: scratch.path)
    #expect(resumed.code == 0)
    #expect(try Checkpoints(scratch("run")).newest() == reached + 1)
  }

  @Test(arguments: [SIGINT, SIGTERM])
  func aSignalBeforeTheFirstStepEndsTheCommandAtOnce(_ signal: Int32) throws {
    // A corpus that nobody writes: the command waits for its first line.
    #expect(mkfifo(scratch("corpus"), 0o600) == 0)
    var process = try start("run", data: scratch("corpus"))
    var writer: Int32 = -1  // opens when there is a reader
    try waitFor {
      writer = open(scratch("corpus"), O_WRONLY | O_NONBLOCK | O_CLOEXEC)
      return writer >= 0
    }
    defer { close(writer) }
    let clock = ContinuousClock()
    let sent = clock.now
    process.send(signal)
    #expect(try process.wait() == 130)
    #expect(clock.now - sent < .seconds(10))
    #expect(!Path.exists(scratch("run")))
  }

  @Test func aSecondTrainerOfAFolderIsRefused() throws {
    var first = try start("run", data: model.corpus)
    try waitFor { Path.exists(scratch("run/checkpoints/latest")) }
    let holder = try scratch.text("run/.lock").dropLast()
    let second = try Program.run(
      "train", "denoiser", "--output", "run", "--resume", in: scratch.path)
    #expect(second.code == 73)
    #expect(second.failedInOneLine)
    #expect(second.message.hasPrefix("seqae: run: process \(holder) trains here: "))
    // The system frees the folder of a trainer that was killed, which leaves the lock's file.
    first.send(SIGKILL)
    #expect(try first.wait() == -SIGKILL)
    #expect(Path.exists(scratch("run/.lock")))
    let steps = try #require(try Checkpoints(scratch("run")).newest()) + 1
    let third = try Program.run(
      "train", "denoiser", "--output", "run", "--resume", "--steps", "\(steps)", in: scratch.path)
    #expect(third.code == 0)
    #expect(!Path.exists(scratch("run/.lock")))
  }

  @Test func aFileThatMayNotGrowIsNamedAndTheOldCheckpointStays() throws {
    try expectDone(trained("run", steps: 2))
    let before = try Checkpoints(scratch("run")).bytes(of: 2)
    // 4,096 bytes hold neither weights nor moments.
    let outcome = try Program.shell(
      "ulimit -f 8; exec seqae train denoiser --output run --resume --steps 3 --quiet",
      in: scratch.path)
    #expect(outcome.code == 74)
    #expect(outcome.failedInOneLine)
    #expect(
      outcome.message.contains("safetensors: writing failed: File too large: raise the limit"))
    #expect(try Checkpoints(scratch("run")).newest() == 2)
    #expect(try Checkpoints(scratch("run")).bytes(of: 2) == before)
    #expect(try Checkpoints(scratch("run")).litter() == [])
    try expectDone(resumed("run", steps: 3))
  }

  // MARK: Resuming

  @Test(arguments: [1, 10])
  func aRunGoesOnBitForBitWithAnotherNumberOfThreads(_ more: Int) throws {
    let stop = 3
    try expectDone(trained("whole", steps: stop + more, "--threads", "1"))
    try expectDone(trained("parts", steps: stop, "--threads", "1"))
    try expectDone(resumed("parts", steps: stop + more, "--threads", "2"))
    let (whole, parts) = (Checkpoints(scratch("whole")), Checkpoints(scratch("parts")))
    #expect(try whole.bytes(of: stop + more) == parts.bytes(of: stop + more))
    // Gradients were clipped, and the stop was in the middle of an epoch.
    let log = try scratch.text("whole/log.jsonl").split(separator: "\n").map {
      try JSON.parse(Array($0.utf8), name: "log")
    }.filter { $0["loss"] != nil }
    #expect(log.count == stop + more)
    #expect(log.allSatisfy { ($0["gradient_norm"]?.doubleValue ?? 0) > 0.01 })
    let epoch = try #require(log[stop - 1]["epoch"]?.doubleValue)
    #expect(epoch != epoch.rounded())
  }

  // MARK: Helpers

  private static let settings =
    TinyModel.settings + [
      "decay=constant", "sublayer_dropout=0.1", "attention_dropout=0.1", "maximum_norm=0.01",
      "batch_tokens=64", "window=16", "log_steps=1",
    ]

  /// A run that goes on until it is stopped, with a checkpoint every 60 ms.
  private func start(_ output: String, data: String) throws -> Running {
    let words =
      ["train", "denoiser", "--data", data, "--splits", model.splits, "--output", output]
      + ["--steps", "1000000", "--set"] + Self.settings + ["checkpoint_minutes=0.001"]
    return try Running(
      Program.path, words.map { Array($0.utf8) }, environment: [:], in: scratch.path,
      input: .file("/dev/null"), output: .file("/dev/null"), error: .file(scratch("error")))
  }

  private func trained(
    _ output: String, steps: Int, _ options: String...
  ) throws -> Program.Outcome {
    let words =
      ["train", "denoiser", "--data", model.corpus, "--splits", model.splits, "--output", output]
      + ["--steps", "\(steps)", "--quiet"] + options + ["--set"] + Self.settings
    return try Program.run(Program.path, words.map { Array($0.utf8) }, in: scratch.path)
  }

  private func resumed(
    _ output: String, steps: Int, _ options: String...
  ) throws -> Program.Outcome {
    let words =
      ["train", "denoiser", "--output", output, "--resume", "--steps", "\(steps)", "--quiet"]
      + options
    return try Program.run(Program.path, words.map { Array($0.utf8) }, in: scratch.path)
  }

  private func expectDone(_ outcome: Program.Outcome) {
    #expect(outcome.code == 0, "\(outcome.message)")
  }

  private func waitFor(_ condition: () -> Bool) throws {
    for _ in 0..<6000 {
      if condition() { return }
      usleep(10_000)
    }
    throw Unexpected("nothing came within a minute: \(try scratch.text("error"))")
  }
}
