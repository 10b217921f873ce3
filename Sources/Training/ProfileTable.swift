import SeqaeTensors

/// A profile for people.
package enum ProfileTable {
  /// Returns a line for each operation and phase, the longest first, and the sums.
  ///
  /// - Parameters:
  ///   - profile: what was seen.
  ///   - steps: training steps by which all is divided; 1 for totals.
  /// - Returns: lines of text.
  package static func text(_ profile: Profiler.Profile, steps: Int = 1) -> String {
    let count = Double(max(1, steps))
    var lines = [["operation", "phase", "calls", "ms", "share", "MB", "GB/s"]]
    for row in profile.rows {
      let gigabytes = Double(row.bytes) / 1e9
      lines.append([
        row.operation, row.phase.rawValue, number(Double(row.calls) / count),
        fixed(row.seconds * 1e3 / count, 2), share(row.seconds, profile),
        fixed(gigabytes * 1e3 / count, 1),
        gigabytes > 0 && row.seconds > 0 ? fixed(gigabytes / row.seconds, 1) : "",
      ])
    }
    for (name, seconds) in [("elsewhere", profile.elsewhere), ("all", profile.seconds)] {
      lines.append([name, "", "", fixed(seconds * 1e3 / count, 2), share(seconds, profile), "", ""])
    }
    let head =
      steps > 1 ? "time of a step, mean of \(steps):\n" : "time of the operations on the tape:\n"
    return head + textTable(lines, left: [0, 1])
  }

  private static func number(_ value: Double) -> String {
    value == value.rounded() ? fixed(value, 0) : fixed(value, 1)
  }

  private static func share(_ seconds: Double, _ profile: Profiler.Profile) -> String {
    fixed(profile.seconds > 0 ? 100 * seconds / profile.seconds : 0, 1) + " %"
  }
}
