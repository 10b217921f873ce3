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
    let measure: @Sendable (BenchmarkSettings) throws(Failure) -> [Measurement]

    init(
      _ name: String, _ precision: Precision?,
      measure: @escaping @Sendable (BenchmarkSettings) throws(Failure) -> [Measurement]
    ) {
      self.name = name
      self.precision = precision
      self.measure = measure
    }
  }

  /// The word of the command line.
  package let name: String
  /// What the results are filed under, which peers may call by another name.
  package let bench: String
  /// What is measured, in a line.
  package let abstract: String
  /// Its cases, in the order in which they run.
  package let cases: [Case]

  /// All workloads, in the order of the help.
  package static let all: [Workload] = [.train]

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
  ///     measured of it; nil for all.
  ///   - precision: of the cases, nil for any.
  /// - Throws: `Failure(.usage)` with the names that there are, if none is left.
  func cases(named name: String?, _ precision: Precision?) throws(Failure) -> [Case] {
    let candidates = cases.filter { precision == nil || $0.precision == precision }
    guard let name else {
      if candidates.isEmpty, let precision {
        throw Failure(.usage, "\(self.name) has no cases in \(precision.rawValue)")
      }
      return candidates
    }
    if let exact = candidates.first(where: { $0.name == name }) { return [exact] }
    let chosen = candidates.filter {
      $0.name.hasPrefix(name + " ") || name.hasPrefix($0.name + " ")
    }
    guard !chosen.isEmpty else {
      throw Failure(
        .usage,
        "\(ByteString(name).quoted) is no case of \(self.name): expected one of "
          + candidates.map(\.name).joined(separator: ", "))
    }
    return chosen
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

  /// Creates settings.
  package init(seconds: Double, data: String?, name: String?) {
    self.seconds = seconds
    self.data = data
    self.name = name
  }
}
