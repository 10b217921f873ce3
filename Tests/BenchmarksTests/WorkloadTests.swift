import SeqaeBenchmarks
import SeqaeFiles
import SeqaeTensors
import Testing

/// Which cases a person gets, and what is shown of them.
@Suite struct WorkloadTests {
  @Test func casesAreChosenByNameByTheirFirstWordsAndByPrecision() throws {
    let train = try Workload.named("train")
    func names(_ name: String?, _ precision: Precision?) throws -> [String] {
      try train.cases(named: name, precision).map(\.name)
    }
    #expect(try names("tiny fp32", nil) == ["tiny fp32"])
    #expect(try names("small", nil) == ["small fp32", "small bf16"])
    #expect(try names(nil, .float32) == ["tiny fp32", "small fp32", "base fp32"])
    #expect(try names("small", .bfloat16) == ["small bf16"])
    #expect(try names(nil, nil).count == 6)
  }

  @Test func aShapeOfACaseIsACaseToo() throws {
    let gemm = try Workload.named("gemm")
    let chosen = try gemm.cases(named: "seqae-tn f32 2048x256x1024", nil)
    #expect(chosen.map(\.name) == ["seqae-tn f32"])
    #expect(try gemm.cases(named: "seqae f32", nil).map(\.name) == ["seqae f32"])
  }

  @Test func whatIsForChildrenIsNotRunUnasked() throws {
    let startup = try Workload.named("startup")
    #expect(try startup.cases(named: nil, nil).map(\.name) == ["small"])
    #expect(try startup.cases(named: "once", nil).map(\.name) == ["once"])
  }

  @Test(arguments: [("huge", nil), ("tiny fp64", nil), ("tiny bf16", Precision.float32)])
  func anUnknownCaseIsAnsweredWithTheKnownOnes(_ name: String, _ precision: Precision?) throws {
    let train = try Workload.named("train")
    let failure = #expect(throws: Failure.self) { try train.cases(named: name, precision) }
    #expect(failure?.kind == .usage)
    #expect(failure?.message.contains("expected one of tiny fp32, ") == true)
  }

  @Test func aSearchIsJudgedByAllProducts() {
    for (name, _, precision) in SearchTiming.precisions {
      let timing = SearchTiming(
        precision, vectors: 1500, queries: 60, centers: 20, dimensions: 32)
      #expect(timing.recall == 1, "\(name)")
    }
  }

  @Test func aTableAlignsWhatItHasAndSaysWhatFailed() {
    let run: JSON = [
      "bench": "train_seq2seq",
      "results": [
        [
          "name": "tiny fp32", "value": 21000.5, "unit": "target tokens/s", "step_ms": 97.5,
          "share": 0.437,
        ],
        ["name": "b", "value": .null, "error": "none of these"],
      ],
    ]
    #expect(
      BenchmarkTable.text(run) == """
        train_seq2seq                          step ms  of peak
        tiny fp32      21001  target tokens/s     97.5     44 %
        b                  –  none of these

        """)
  }
}
