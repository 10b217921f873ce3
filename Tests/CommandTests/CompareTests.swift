import SeqaeFiles
import Testing

/// `Benchmarks/compare` with peers that always say the same.
@Suite(.enabled(if: Path.exists("/usr/bin/python3"))) struct CompareTests {
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    try Path.makeDirectories(scratch("peers"))
    // As many GFLOP/s as its case's name has letters: torch-bf16 is the fastest in bf16, onnxruntime in f32.
    try scratch.write(
      "peers/gemm.py",
      """
      import json, sys
      case = sys.argv[sys.argv.index("--case") + 1]
      assert sys.argv.count("--tuned") == 1
      if case == "numpy":
          sys.exit("numpy is broken")
      kind = "bf16" if case.endswith("bf16") else "f32"
      row = {"name": f"{case} {kind} 32x256x8000", "value": len(case), "unit": "GFLOP/s", "min_us": 1e9}
      print(json.dumps({"bench": "gemm", "peak_rss_mb": 10 * len(case), "results": [row]}))
      """)
  }

  private func compare(_ words: String...) throws -> Program.Outcome {
    try Program.run(
      Path.join(Program.checkout, "Benchmarks/compare"),
      (words + ["--program", Program.path, "--seconds", "0.01", "--output", scratch("out.json")])
        .map { Array($0.utf8) })
  }

  @Test func oursRunsInTurnWithTheBestOfThePeersModes() throws {
    let outcome = try compare(
      "gemm", "--case", "seqae f32 32x256x8000", "--peers", scratch("peers"), "--runs", "2")
    #expect(outcome.code == 0, "\(outcome.message)")
    let json = try JSON.parse(try scratch.read("out.json"), name: "out.json")
    let line = try #require(json["table"]?.arrayValue?.first)
    #expect(json["table"]?.arrayValue?.count == 1)
    #expect(line["case"] == "seqae f32 32x256x8000")
    let mode = try #require(line["mode"]?.stringValue?.string)
    let ours = try #require(line["ours"]?.doubleValue)
    let theirs = try #require(line["peer"]?.doubleValue)
    let ratio = try #require(line["ratio"]?.doubleValue)
    // oneDNN, where it is there, is faster than 11 GFLOP/s on any machine.
    #expect(mode == "onnxruntime f32 32x256x8000" && theirs == 11 || mode.hasPrefix("oneDNN"))
    #expect(abs(ratio - ours / theirs) < 1e-9)
    #expect(line["pairs"]?.arrayValue?.count == 2)
    let best = try #require(line["best"]?.doubleValue)
    #expect(mode.hasPrefix("oneDNN") ? best > 0.1 && best < 10 : best > 1000)
    #expect(outcome.text.contains("seqae f32 32x256x8000"))
    #expect(outcome.message.contains("failed: numpy is broken"))
  }

  @Test func whatIsMissingIsNamed() throws {
    let outcome = try compare("train", "--peers", scratch("nowhere"))
    #expect(outcome.code == 2)
    #expect(outcome.message.contains("has no train_seq2seq.py"))
    #expect(try compare("train").message.contains("expected the folder of the peers' scripts"))
  }
}
