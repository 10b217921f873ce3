import Glibc
import SeqaeFiles
import SeqaeTensors

/// A workload as it is run: which cases, how long, and what is said of the circumstances.
package struct BenchmarkRun {
  private let workload: Workload
  private let cases: [Workload.Case]
  private let settings: BenchmarkSettings
  private let versions: JSONObject
  private let report: (String) -> Void

  /// Chooses the cases.
  ///
  /// - Parameters:
  ///   - workload: what to measure.
  ///   - precision: of the cases, nil for any.
  ///   - settings: how.
  ///   - version: this program's.
  ///   - report: told what is being measured.
  /// - Throws: `Failure(.usage)` where no case is asked for.
  package init(
    _ workload: Workload, _ precision: Precision?, _ settings: BenchmarkSettings, version: String,
    report: @escaping (String) -> Void
  ) throws(Failure) {
    self.workload = workload
    self.settings = settings
    self.report = report
    cases = try workload.cases(named: settings.name, precision)
    var versions: JSONObject = ["seqae": JSON(version)]
    for (name, version) in workload.versions() { versions[ByteString(name)] = JSON(version) }
    self.versions = versions
  }

  /// Measures, each of several cases in a process of its own, so that none disturbs another and peak
  /// memory is its own.
  ///
  /// - Returns: the object that peers write as one line.
  /// - Throws: a `Failure` where processes can't be started; `Failure(.usage)` where a case has no such
  ///   part. Other failures of a case are its result.
  package func run() throws(Failure) -> JSON {
    var results: [JSON] = []
    for part in cases {
      if cases.count == 1 {
        results += try measure(part)
      } else {
        report("\(workload.name): \(part.name)")
        results += try measureApart(part)
      }
    }
    return [
      "bench": JSON(workload.bench), "threads": .integer(Threads.count), "tuned": .bool(false),
      "seconds": .number(settings.seconds), "cpu": JSON(processor), "date": JSON(today),
      "versions": .object(versions), "peak_rss_mb": .number(ProcessMemory.peakMegabytes),
      "results": .array(results),
    ]
  }

  private func measure(_ part: Workload.Case) throws(Failure) -> [JSON] {
    do throws(Failure) {
      return try part.measure(settings).map { $0.json(named: part.name) }
    } catch {
      if error.kind == .usage { throw error }
      return [Measurement(error).json(named: part.name)]
    }
  }

  private func measureApart(_ part: Workload.Case) throws(Failure) -> [JSON] {
    let name = settings.name.flatMap { $0.hasPrefix(part.name) ? $0 : nil } ?? part.name
    var words = ["benchmark", workload.name, "--json", "--case", name]
    words += ["--threads", "\(Threads.count)", "--seconds", "\(settings.seconds)"]
    if let data = settings.data { words += ["--data", data] }
    if settings.profile != nil { words.append("--profile") }
    let child = try ChildProcess.runSelf(words)
    guard child.code == 0 else {
      let end = child.code < 0 ? "signal \(-child.code)" : "exit code \(child.code)"
      return [Measurement(Failure(.internalError, "ended with \(end)")).json(named: part.name)]
    }
    let answer = try JSON.parse(child.output, name: "\(workload.name): \(part.name)")
    guard let results = answer["results"]?.arrayValue else {
      throw Failure(.internalError, "\(workload.name): \(part.name): wrote no results")
    }
    return results.map { result in
      guard case .object(var object) = result else { return result }
      if object["peak_rss_mb"] == nil { object["peak_rss_mb"] = answer["peak_rss_mb"] }
      return .object(object)
    }
  }

  private var processor: String { SystemText.field("model name", of: "/proc/cpuinfo") ?? "unknown" }

  private var today: String {
    var seconds = time(nil)
    var parts = tm()
    localtime_r(&seconds, &parts)
    func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
  }
}
