import SeqaeBenchmarks
import SeqaeFiles
import SeqaeTensors

/// `seqae benchmark`: how fast this program is on this machine.
struct Benchmark: Command {
  static let name = "benchmark"
  static let abstract = "Measure how fast this program is on this machine."
  static var discussion: String {
    let workloads = Workload.all.map { HelpText.entry($0.name, $0.abstract) }
    return """
      workloads:
      \(workloads.joined().dropLast())

      Each case runs in a process of its own; a figure is that of the median of repeated calls. Work is
      real: random weights and inputs with a seed, nothing skipped. A case that can't run says why in
      its line. With --json there is a line for each workload.
      """
  }
  static let example = [
    "$ seqae benchmark train --case 'tiny fp32'",
    "$ seqae benchmark train --precision float32 --seconds 2 --json > train.json",
  ]

  private let caseName: String?
  private let precision: Precision?
  private let seconds: Double
  private let data: String?
  private let isProfiled: Bool
  private let workloads: [String]
  private let common: CommonOptions

  init(_ arguments: inout Arguments) throws(Failure) {
    caseName = try arguments.option(
      "--case", "NAME", standard: "all", help: "a case, or the first words of several")
    precision = try arguments.optionalChoice(
      "--precision", "P", standard: "both", help: "float32 or bfloat16")
    seconds = try arguments.option(
      "--seconds", "S", default: 5, within: 0.001...3600, help: "how long to repeat each timed call"
    )
    data = try arguments.option(
      "--data", "DIR", standard: "PEERS_CACHE, or a folder in the temporary one",
      help: "where workloads keep what they make for themselves")
    isProfiled = try arguments.flag(
      "--profile", help: "print the time, calls and bytes of each operation of a training step")
    common = try CommonOptions(&arguments)
    workloads = try arguments.requiredWords("WORKLOAD", help: "what to measure")
    try arguments.refuse(
      ["--profile"], when: Set(workloads).isDisjoint(with: Workload.trained), "without training")
  }

  func run() throws(Failure) -> Ending {
    common.apply()
    var settings = BenchmarkSettings(seconds: seconds, data: data, name: caseName)
    if isProfiled { settings.profile = { text in try? Output.error.write(Array(text.utf8)) } }
    var runs: [BenchmarkRun] = []
    for name in workloads {
      runs.append(
        try BenchmarkRun(
          try Workload.named(name), precision, settings, version: Version.number,
          report: common.note))
    }
    for run in runs {
      let result = try run.run()
      if common.json {
        try Output.standard.line(result.serialized())
      } else {
        try Output.standard.write(Array(BenchmarkTable.text(result).utf8))
      }
      try Output.standard.flush()
    }
    return .done
  }
}
