import Glibc
import SeqaeFiles
import SeqaeTraining

/// What was measured of one case: a line of the results.
package struct Measurement: Sendable {
  /// What was measured; empty for the case's own name.
  var name: String
  /// The figure, or why there is none.
  var value: Result<Double, Failure>
  /// What the figure counts.
  var unit: String
  /// What else was seen.
  var details: JSONObject

  init(_ value: Double, _ unit: String, name: String = "", _ details: JSONObject) {
    self.name = name
    self.value = .success(value)
    self.unit = unit
    self.details = details
  }

  init(_ failure: Failure) {
    name = ""
    value = .failure(failure)
    unit = ""
    details = JSONObject()
  }

  /// The speed of its arithmetic in GFLOP/s; nil where that is not what it measures.
  var gigaflops: Double? {
    if let speed = details["gflops"]?.doubleValue { return speed }
    return unit == "GFLOP/s" ? try? value.get() : nil
  }

  /// The line as peers write it: an object with name, value and unit, or with the error.
  func json(named standard: String) -> JSON {
    let name = JSON(self.name.isEmpty ? standard : self.name)
    switch value {
    case .success(let number):
      let head: JSONObject = ["name": name, "value": .number(number), "unit": JSON(unit)]
      return .object(JSONObject(head.members + details.members))
    case .failure(let failure):
      return ["name": name, "value": .null, "error": JSON(failure.message)]
    }
  }
}

/// The times of repeated calls.
struct Samples {
  /// Seconds, in ascending order.
  let times: [Double]

  /// Calls `body` until `seconds` are over.
  ///
  /// - Parameters:
  ///   - seconds: how long to repeat.
  ///   - warmUp: calls that don't count.
  ///   - least: the least number of calls that do.
  ///   - group: calls that are timed as one, where one is too short to be timed.
  ///   - body: what to time.
  init(for seconds: Double, warmUp: Int, least: Int, group: Int = 1, _ body: () -> Void) {
    for _ in 0..<(warmUp * group) { body() }
    var times: [Double] = []
    let end = Clock.seconds() + seconds
    while times.count < least || Clock.seconds() < end {
      times.append(Samples.seconds { for _ in 0..<group { body() } } / Double(group))
    }
    self.init(times)
  }

  /// Takes up times that were measured; at least one.
  init(_ times: [Double]) {
    precondition(!times.isEmpty, "samples: no times")
    self.times = times.sorted()
  }

  /// The median.
  var median: Double { (times[times.count / 2] + times[(times.count - 1) / 2]) / 2 }

  /// The shortest.
  var minimum: Double { times[0] }

  /// Returns how long one call of `body` takes.
  static func seconds(_ body: () -> Void) -> Double {
    let start = Clock.seconds()
    body()
    return Clock.seconds() - start
  }
}

/// Returns `value` to so many decimals.
func rounded(_ value: Double, _ decimals: Int) -> Double {
  let unit = (0..<decimals).reduce(1.0) { result, _ in result * 10 }
  return (value * unit).rounded() / unit
}

/// What this process holds.
enum ProcessMemory {
  /// The largest resident size since the program began, in MB; 0 where the system doesn't say.
  static var peakMegabytes: Double {
    // Not getrusage, whose figure begins with that of the process that started this one.
    let kilobytes = SystemText.field("VmHWM", of: "/proc/self/status").flatMap { line in
      Double(line.prefix { $0 != " " })
    }
    return rounded((kilobytes ?? 0) / 1024, 1)
  }
}

/// The system's lists of `name: value` lines.
enum SystemText {
  /// Returns the value of the first line called `name`, nil if there is none.
  static func field(_ name: String, of path: String) -> String? {
    guard var lines = try? LineReader(path: path) else { return nil }
    while let line = try? lines.next() {
      let parts = String(decoding: line, as: UTF8.self).split(separator: ":", maxSplits: 1)
      guard parts.count == 2, trimmed(parts[0]) == name else { continue }
      return trimmed(parts[1])
    }
    return nil
  }

  private static func trimmed(_ text: Substring) -> String {
    let isBlank = { (character: Character) in character == " " || character == "\t" }
    let head = text.drop(while: isBlank)
    return String(head.reversed().drop(while: isBlank).reversed())
  }
}
