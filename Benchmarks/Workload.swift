import Glibc
import SeqaeFiles
import SeqaeTensors

/// Something whose speed is measured, in cases that are each given a process of their own.
package struct Workload: Sendable {
  /// One measurement of a workload, or a few that share a process.
  package struct Case: Sendable {
    /// What `--case` names: `tiny fp32`.
    package let name: String
    /// The element type, nil where a case has no choice of it.
    package let precision: Precision?
    /// Whether it is left out where no case is asked for.
    let isOnRequest: Bool
    /// Says what is missing on this machine, if anything is.
    let absence: @Sendable () -> Failure?
    let measure: @Sendable (BenchmarkSettings) throws(Failure) -> [Measurement]

    init(
      _ name: String, _ precision: Precision?, isOnRequest: Bool = false,
      absence: @escaping @Sendable () -> Failure? = { nil },
      measure: @escaping @Sendable (BenchmarkSettings) throws(Failure) -> [Measurement]
    ) {
      self.name = name
      self.precision = precision
      self.isOnRequest = isOnRequest
      self.absence = absence
      self.measure = measure
    }
  }

  /// The word of the command line.
  package let name: String
  /// What the results are filed under, which peers may call by another name.
  package let bench: String
  /// What is measured, in a line.
  package let abstract: String
  /// Versions of what it measures besides this program.
  let versions: @Sendable () -> [(name: String, version: String)]
  /// Its cases, in the order in which they run.
  package let cases: [Case]

  init(
    name: String, bench: String, abstract: String,
    versions: @escaping @Sendable () -> [(name: String, version: String)] = { [] }, cases: [Case]
  ) {
    self.name = name
    self.bench = bench
    self.abstract = abstract
    self.versions = versions
    self.cases = cases
  }

  /// All workloads, in the order of the help.
  package static let all: [Workload] = [
    .gemm, .train, .decode, .conv, .embed, .tokenizers, .search, .startup, .peak,
  ].filter { !$0.cases.isEmpty }

  /// The names of those that make training steps, of which there are profiles.
  package static let trained = [Workload.train.name, Workload.conv.name]

  /// Finds a workload by its name.
  ///
  /// - Throws: `Failure(.usage)` with the names that there are.
  package static func named(_ name: String) throws(Failure) -> Workload {
    if let workload = all.first(where: { $0.name == name }) { return workload }
    throw Failure(
      .usage,
      "\(ByteString(name).quoted) is no workload: expected one of "
        + all.map(\.name).joined(separator: ", "))
  }

  /// Returns the cases that are asked for.
  ///
  /// - Parameters:
  ///   - name: the name of a case, its first words, or a case's name and more words, which say what is
  ///     measured of it; nil for all that this machine can run.
  ///   - precision: of the cases, nil for any.
  /// - Returns: at least one case.
  /// - Throws: `Failure(.usage)` with the names that there are, if none is left; what is missing, if none
  ///   of those asked for can run.
  package func cases(named name: String?, _ precision: Precision?) throws(Failure) -> [Case] {
    let candidates = cases.filter { precision == nil || $0.precision == precision }
    guard !candidates.isEmpty else {
      throw Failure(
        .usage, "\(self.name) has no cases in \(precision?.rawValue ?? "any precision")")
    }
    let chosen: [Case]
    if let name {
      let exact = candidates.filter { $0.name == name }
      chosen =
        exact.isEmpty
        ? candidates.filter { $0.name.hasPrefix(name + " ") || name.hasPrefix($0.name + " ") }
        : exact
      guard !chosen.isEmpty else {
        throw Failure(
          .usage,
          "\(ByteString(name).quoted) is no case of \(self.name): expected one of "
            + candidates.map(\.name).joined(separator: ", "))
      }
    } else {
      chosen = candidates.filter { !$0.isOnRequest }
    }
    let present = chosen.filter { $0.absence() == nil }
    if present.isEmpty, let absence = chosen.first?.absence() { throw absence }
    return present
  }
}

/// How to measure.
package struct BenchmarkSettings: Sendable {
  /// The time that each timed call is repeated for.
  package var seconds: Double
  /// The folder of data that workloads make for themselves or read, nil for the usual one.
  package var data: String?
  /// The case as it was asked for, nil for all.
  package var name: String?
  /// Told where the time of training steps goes, as text for people; nil for none.
  package var profile: (@Sendable (String) -> Void)?

  /// Where that folder is.
  var dataFolder: String {
    if let data { return data }
    if let folder = getenv("PEERS_CACHE"), folder.pointee != 0 { return String(cString: folder) }
    let temporary = getenv("TMPDIR").flatMap { $0.pointee == 0 ? nil : String(cString: $0) }
    return Path.join(temporary ?? "/tmp", "peers-cache")
  }

  /// Creates settings.
  package init(seconds: Double, data: String?, name: String?) {
    self.seconds = seconds
    self.data = data
    self.name = name
  }
}
