import SeqaeFiles
import SeqaeTraining

/// Results for people.
package enum BenchmarkTable {
  /// What is shown beside name, value and unit, with its heading.
  private static let columns: [(key: ByteString, heading: String)] = [
    ("step_ms", "step ms"), ("min_ms", "min ms"), ("us", "µs"), ("min_us", "min µs"),
    ("min", "min"), ("recall_at_10", "recall@10"), ("build_s", "build s"),
    ("bytes_per_vector", "bytes"), ("gflops", "GFLOP/s"), ("share", "of peak"),
    ("peak_rss_mb", "MB"), ("loss_first", "loss first"), ("loss_last", "loss last"),
  ]

  /// Returns the results of one run as a table, numbers on the right; columns that no row fills are left
  /// out.
  package static func text(_ run: JSON) -> String {
    let results = run["results"]?.arrayValue ?? []
    let used = columns.filter { column in results.contains { $0[column.key] != nil } }
    let head = ["\(run["bench"]?.stringValue?.string ?? "")", "", ""] + used.map(\.heading)
    let rows = results.map { result in
      var row = [word(result["name"]), number(result["value"])]
      if let error = result["error"] { return row + [word(error)] }
      row.append(word(result["unit"]))
      return row
        + used.map { $0.key == "share" ? share(result[$0.key]) : number(result[$0.key]) }
    }
    return textTable([head] + rows, left: [0, 2])
  }

  private static func word(_ value: JSON?) -> String { value?.stringValue?.string ?? "" }

  private static func number(_ value: JSON?) -> String {
    guard let number = value?.doubleValue else { return "–" }
    let decimals =
      number == number.rounded() ? 0 : abs(number) < 10 ? 3 : abs(number) < 1000 ? 1 : 0
    return fixed(number, decimals)
  }

  private static func share(_ value: JSON?) -> String {
    value?.doubleValue.map { fixed($0 * 100, 0) + " %" } ?? "–"
  }
}
