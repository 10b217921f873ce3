import Glibc
import SeqaeFiles

/// Draws a table of figures as small panels of lines on standard output, SVG: line-chart [--log-x] [--log-y] [--free-y] [--points]
/// TITLE TABLE.tsv. No product.
///
/// The table's columns are a panel, a line in it, x and y, its first row their names; of --free-y each panel has its own y, of
/// --points nothing joins the points of a line.
@main
enum LineChart {
  static func main() {
    let words = CommandLine.arguments.dropFirst()
    let options = Set(words.filter { $0.hasPrefix("--") })
    let names = words.filter { !$0.hasPrefix("--") }
    let known: Set = ["--log-x", "--log-y", "--free-y", "--points"]
    do throws(Failure) {
      guard names.count == 2, options.isSubset(of: known) else {
        throw Failure(
          .usage, "expected [--log-x] [--log-y] [--free-y] [--points] TITLE TABLE.tsv")
      }
      let table = try Table(names[names.endIndex - 1])
      let (isLogX, isLogY) = (options.contains("--log-x"), options.contains("--log-y"))
      try table.check(isLogX: isLogX, isLogY: isLogY)
      let panels = Panels(
        title: names[names.startIndex], table: table, isLogX: isLogX, isLogY: isLogY,
        hasOwnY: options.contains("--free-y"), isJoined: !options.contains("--points"))
      try Output.standard.write(Array(panels.svg.utf8))
      try Output.standard.flush()
    } catch {
      try? Output.error.line("line-chart: \(error.message)")
      exit(error.kind.exitCode)
    }
  }
}

/// The figures of a file.
struct Table {
  /// A row.
  struct Point {
    let panel: String
    let line: String
    let x: Double
    let y: Double
  }

  private let path: String
  /// What x and y are.
  let names: (x: String, y: String)
  /// The rows in their order.
  let points: [Point]

  /// Reads a table.
  ///
  /// - Parameter path: four columns with tabs between, and their names.
  /// - Throws: a `Failure` that names the first line that is none.
  init(_ path: String) throws(Failure) {
    var lines = try LineReader(path: path)
    var rows: [[String]] = []
    while let line = try lines.next() {
      let cells = String(decoding: line, as: UTF8.self).split(
        separator: "\t", omittingEmptySubsequences: false
      ).map { String($0) }
      guard cells.count == 4 else {
        throw Failure(
          .data,
          "\(path): line \(lines.lineNumber): expected panel, line, x and y, found \(cells.count) columns"
        )
      }
      rows.append(cells)
    }
    guard rows.count > 1 else {
      throw Failure(.data, "\(path): expected a row of names and figures, found \(rows.count) rows")
    }
    var points: [Point] = []
    for (number, cells) in rows.enumerated().dropFirst() {
      guard let x = Double(cells[2]), let y = Double(cells[3]), x.isFinite, y.isFinite else {
        throw Failure(
          .data,
          "\(path): line \(number + 1): expected two numbers, found "
            + "\(ByteString(cells[2]).quoted) and \(ByteString(cells[3]).quoted)")
      }
      points.append(Point(panel: cells[0], line: cells[1], x: x, y: y))
    }
    self.path = path
    names = (rows[0][2], rows[0][3])
    self.points = points
  }

  /// Checks that what a logarithm is taken of is above 0.
  ///
  /// - Throws: a `Failure`.
  func check(isLogX: Bool, isLogY: Bool) throws(Failure) {
    guard let point = points.first(where: { isLogX && $0.x <= 0 || isLogY && $0.y <= 0 }) else {
      return
    }
    throw Failure(
      .data,
      "\(path): \(point.panel), \(point.line): \(point.x), \(point.y) has no place on a logarithmic axis"
    )
  }

  /// The panels in the order in which they come.
  var panels: [String] { Self.distinct(points.map(\.panel)) }
  /// The lines of all panels.
  var lines: [String] { Self.distinct(points.map(\.line)) }

  private static func distinct(_ names: [String]) -> [String] {
    var seen: Set<String> = []
    return names.filter { seen.insert($0).inserted }
  }
}
