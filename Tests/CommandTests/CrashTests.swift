import Glibc
import SeqaeFiles
import Testing

/// Kills at random instants; `make crash-test` makes a hundred of them, the tests a few.
struct CrashTests {
  private static let kills = getenv("SEQAE_KILLS").flatMap { Int(String(cString: $0)) } ?? 5

  @Test func aRunThatIsKilledAgainAndAgainEndsLikeOneThatWasNot() throws {
    let scratch = try Scratch()
    let model = try TinyModel.made.get()
    let fresh =
      ["--data", model.corpus, "--splits", model.splits, "--set"] + TinyModel.settings
      + [
        "decay=constant", "sublayer_dropout=0.1", "batch_tokens=64", "window=16",
        "validation_steps=7",
      ]
      + ["checkpoint_minutes=0.001"]  // about every fourth step
    func words(_ output: String, _ steps: Int, _ more: [String]) -> [[UInt8]] {
      (["train", "denoiser", "--output", output, "--steps", "\(steps)"] + more)
        .map { Array($0.utf8) }
    }
    let run = scratch("killed")
    let checkpoints = Checkpoints(run)
    var litter: Set<String> = []
    srandom(UInt32(truncatingIfNeeded: getpid()))
    var (kills, newest, starts) = (0, 0, 0)
    while kills < Self.kills {
      // Killed before its settings were written: there is nothing to go on with.
      let isResumed = Path.exists(Path.join(run, "training.json"))
      if !isResumed { try Path.removeTree(run) }
      starts += 1
      var process = try Running(
        Program.path, words("killed", 1_000_000, isResumed ? ["--resume"] : fresh),
        environment: [:], in: scratch.path, input: .file("/dev/null"), output: .file("/dev/null"),
        error: .file(scratch("error")))
      usleep(20_000 + UInt32(truncatingIfNeeded: random()) % 680_000)
      process.send(SIGKILL)
      let code = try process.wait()
      let said = try scratch.text("error")
      #expect(code == -SIGKILL, "\(said)")
      kills += 1

      guard Path.exists(run), let now = try checkpoints.newest() else { continue }
      #expect(now >= newest)
      try checkpoints.expectWhole()
      // What an earlier kill left is gone as soon as a later run has made steps.
      let left = Set(try checkpoints.litter()).subtracting([".lock"])
      if isResumed, now > newest { #expect(left.isDisjoint(with: litter)) }
      (newest, litter) = (now, left)
    }
    let end = newest + 1
    let isResumed = Path.exists(Path.join(run, "training.json"))
    if !isResumed { try Path.removeTree(run) }
    let last = try Program.run(
      Program.path, words("killed", end, isResumed ? ["--resume"] : fresh), in: scratch.path)
    #expect(last.code == 0, "\(last.message)")
    #expect(try checkpoints.litter() == [])
    let whole = try Program.run(Program.path, words("whole", end, fresh), in: scratch.path)
    #expect(whole.code == 0, "\(whole.message)")
    #expect(try Checkpoints(scratch("whole")).bytes(of: end) == checkpoints.bytes(of: end))
    if Self.kills >= 100 { print("\(kills) kills, \(starts) starts, \(end) steps") }
  }
}
