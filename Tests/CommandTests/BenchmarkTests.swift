import SeqaeFiles
import Testing

/// `seqae benchmark` from outside: its JSON, and what it refuses.
@Suite(.serialized) struct BenchmarkTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func run(_ words: String...) throws -> Program.Outcome {
    try Program.run(
      Program.path, (["benchmark", "--seconds", "0.001"] + words).map { Array($0.utf8) },
      environment: ["PEERS_CACHE": scratch("cache")])
  }

  /// The only line of a run's JSON.
  private func answer(_ outcome: Program.Outcome) throws -> JSON {
    #expect(outcome.code == 0, "\(outcome.message)")
    let lines = outcome.text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count == 2 && lines[1].isEmpty)
    return try JSON.parse(Array(lines[0].utf8), name: "answer")
  }

  private func results(_ json: JSON) throws -> [JSON] { try #require(json["results"]?.arrayValue) }

  @Test func aTrainingCaseHasThePeersKeys() throws {
    let json = try answer(try run("train", "--case", "tiny fp32", "--json", "--threads", "2"))
    let head = try #require(json.objectValue).members.map(\.key.string)
    #expect(
      head == [
        "bench", "threads", "tuned", "seconds", "cpu", "date", "versions", "peak_rss_mb", "results",
      ])
    #expect(json["bench"] == "train_seq2seq" && json["threads"] == 2 && json["tuned"] == false)
    let result = try #require(try results(json).first)
    #expect(result["name"] == "tiny fp32" && result["unit"] == "target tokens/s")
    for key: ByteString in [
      "value", "step_ms", "min_ms", "first_step_s", "gflops", "gflop_per_step", "params_m",
      "peak_rss_mb", "loss_first", "loss_last",
    ] {
      #expect(try #require(result[key]?.doubleValue, "\(key)") > 0, "\(key)")
    }
    #expect(result["gflop_per_step"] == 24.461)  // of the peers' tiny
    #expect(result["params_m"] == 1.98)
  }

  @Test func severalCasesRunApartAndAreAnsweredTogether() throws {
    let outcome = try run("peak", "--json")
    let json = try answer(outcome)
    #expect(try results(json).map { $0["name"] } == ["f32", "bf16"])
    #expect(outcome.message == "peak: f32\npeak: bf16\n")
    #expect(try run("peak", "--quiet").message.isEmpty)
  }

  @Test func aProfileOfAStepGoesToStandardError() throws {
    let outcome = try run("train", "--case", "tiny fp32", "--json", "--profile")
    #expect(try results(try answer(outcome)).count == 1)
    #expect(outcome.message.hasPrefix("time of a step, mean of "))
    #expect(outcome.message.contains("\nlinearCrossEntropy  forward "))
  }

  @Test func oneShapeOfAProductCanBeMeasured() throws {
    let json = try answer(try run("gemm", "--case", "seqae-tn f32 256x256x256", "--json"))
    let result = try #require(try results(json).first)
    #expect(try results(json).count == 1)
    #expect(result["name"] == "seqae-tn f32 256x256x256" && result["unit"] == "GFLOP/s")
    #expect(try #require(result["us"]?.doubleValue) > 0)
  }

  @Test func aFreshProcessIsTimedToItsFirstSentence() throws {
    let json = try answer(try run("startup", "--json"))
    let result = try #require(try results(json).first)
    #expect(result["name"] == "small" && result["unit"] == "s")
    #expect(try #require(result["value"]?.doubleValue) > 0)
    #expect(try #require(result["peak_rss_mb"]?.doubleValue) > 32)  // 8 M weights
    #expect(Path.exists(scratch("cache/seqae-startup-small/model.safetensors")))
  }

  @Test func aCaseThatCannotRunSaysWhyInItsLine() throws {
    try Path.makeDirectories(scratch("cache/seqae-startup-small"))
    try scratch.write("cache/seqae-startup-small/config.json", "{")
    let json = try answer(try run("startup", "--case", "once", "--json"))
    let result = try #require(try results(json).first)
    #expect(result["value"] == .null)
    #expect(result["error"]?.stringValue?.string.contains("config.json") == true)
  }

  @Test func anUnknownWorkloadOrCaseIsAnsweredWithTheKnownOnes() throws {
    let workload = try run("swim")
    #expect(workload.code == 64 && workload.failedInOneLine)
    #expect(workload.message.contains("\"swim\" is no workload: expected one of gemm, train, "))
    let known = try run("gemm", "swim", "--case", "seqae f32")
    #expect(known.code == 64 && known.output.isEmpty)  // before anything is measured
    let name = try run("train", "--case", "huge")
    #expect(name.code == 64 && name.failedInOneLine)
    #expect(name.message.contains("\"huge\" is no case of train: expected one of tiny fp32, "))
    let shape = try run("gemm", "--case", "seqae f32 3x3x3")
    #expect(shape.code == 64 && shape.failedInOneLine)
  }

  @Test func oneDNNsProductsAreMeasuredOrSaidToBeMissing() throws {
    let outcome = try run("gemm", "--case", "oneDNN f32 256x256x256", "--json")
    if outcome.code == 0 {
      let json = try answer(outcome)
      #expect(json["versions"]?["oneDNN"]?.stringValue != nil)
      #expect(try #require(try results(json).first?["value"]?.doubleValue) > 0)
    } else {
      #expect(outcome.code == 69 && outcome.failedInOneLine)
      #expect(outcome.message.contains("libdnnl-dev"))
    }
  }
}
