import Glibc
import SeqaeTraining

/// Curves over the steps as an SVG drawing, which takes its colours from the page.
struct Chart {
  /// A curve of the drawing.
  struct Line {
    /// What the legend calls it.
    let name: String
    let points: [(step: Double, value: Double)]
  }

  let title: String
  let lines: [Line]

  // In the units of the drawing, which the page scales.
  private static let (width, height) = (420.0, 240.0)
  private static let (left, right, top, bottom) = (58.0, 24.0, 34.0, 28.0)
  private static let maximumPoints = 600  // more than the drawing has units in its width
  private static let markedPoints = 40  // few enough that each can be told from the next

  /// The drawing; its title and legend are text in it.
  var svg: String {
    let across = Axis(lines.flatMap { $0.points.map(\.step) })
    let up = Axis(lines.flatMap { $0.points.map(\.value) })
    let name = Markup.escaped(title)
    var svg =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-label=\"\(name)\""
      + " viewBox=\"0 0 \(Int(Self.width)) \(Int(Self.height))\">\n<title>\(name)</title>\n"
    svg += "<text class=\"name\" x=\"\(Int(Self.left))\" y=\"11\">\(name)</text>\n"
    for tick in up.ticks {
      let y = fixed(Self.y(up.place(tick)), 2)
      svg += "<path class=\"grid\" d=\"M\(fixed(Self.left, 2) + " " + y)H\(fixed(Self.end, 2))\"/>"
      svg += "<text class=\"up\" x=\"\(Int(Self.left - 6))\" y=\"\(y)\">\(up.label(tick))</text>\n"
    }
    for tick in across.ticks {
      let x = fixed(Self.x(across.place(tick)), 2)
      svg += "<text class=\"across\" x=\"\(x)\" y=\"\(Int(Self.height - 10))\">"
      svg += "\(across.label(tick))</text>\n"
    }
    for (number, line) in lines.enumerated() {
      svg += draw(line, number, across, up)
    }
    return svg + "</svg>\n"
  }

  private func draw(_ line: Line, _ number: Int, _ across: Axis, _ up: Axis) -> String {
    let places = Self.thinned(line.points).map { point in
      (
        x: fixed(Self.x(across.place(point.step)), 2), y: fixed(Self.y(up.place(point.value)), 2)
      )
    }
    let list = places.map { "\($0.x),\($0.y)" }.joined(separator: " ")
    var svg = "<polyline class=\"line\(number)\" points=\"\(list)\"/>\n"
    if places.count <= Self.markedPoints {
      for place in places {
        svg += "<circle class=\"line\(number)\" cx=\"\(place.x)\" cy=\"\(place.y)\" r=\"2\"/>"
      }
      svg += "\n"
    }
    guard lines.count > 1 else { return svg }
    let x = Self.left + Double(number) * 110
    svg += "<path class=\"line\(number)\" d=\"M\(fixed(x, 0)) 25h14\"/>"
    svg += "<text class=\"legend\" x=\"\(fixed(x + 18, 0))\" y=\"25\">"
    return svg + Markup.escaped(line.name) + "</text>\n"
  }

  private static var end: Double { width - right }
  private static func x(_ place: Double) -> Double { left + place * (width - left - right) }
  private static func y(_ place: Double) -> Double {
    height - bottom - place * (height - top - bottom)
  }

  /// Leaves of many points the lowest and the highest of each stretch: a peak is never lost.
  static func thinned(
    _ points: [(step: Double, value: Double)]
  ) -> [(step: Double, value: Double)] {
    guard points.count > maximumPoints else { return points }
    let stretches = maximumPoints / 2
    return (0..<stretches).flatMap { number -> [(step: Double, value: Double)] in
      let range = points.count * number / stretches..<points.count * (number + 1) / stretches
      var (low, high) = (range.lowerBound, range.lowerBound)
      for index in range {
        if points[index].value < points[low].value { low = index }
        if points[index].value > points[high].value { high = index }
      }
      return low == high ? [points[low]] : [points[min(low, high)], points[max(low, high)]]
    }
  }
}

/// A range of finite numbers along one side of a drawing, with round numbers in it.
package struct Axis {
  private(set) var low: Double
  private(set) var high: Double
  /// Round numbers within the range, rising.
  package private(set) var ticks: [Double] = []
  private var unit = 1.0  // between two of them

  /// Creates the axis that the numbers fit on; they are finite.
  package init(_ numbers: [Double]) {
    low = numbers.min() ?? 0
    high = numbers.max() ?? 1
    if low == high {
      let room = max(abs(low) * 0.1, low == 0 ? 1 : .leastNormalMagnitude)
      low = max(low - room, -.greatestFiniteMagnitude)
      high = min(high + room, .greatestFiniteMagnitude)
    }
    // Halves, as the whole difference may be infinite.
    let rough = (high / 2 - low / 2) / 2
    guard rough > 0, rough.isFinite else { return }
    let power = pow(10, floor(log10(rough)))
    guard power > 0 else { return }
    unit = power * (rough / power < 2 ? 1 : rough / power < 5 ? 2 : 5)
    let first = (low / unit).rounded(.up)
    for number in 0..<12 {
      let tick = (first + Double(number)) * unit
      guard tick <= high, tick >= low, tick != ticks.last else { continue }
      ticks.append(tick)
    }
  }

  /// Where a number lies, from 0 at the lower end to 1 at the upper.
  package func place(_ number: Double) -> Double {
    let place = (number / 2 - low / 2) / (high / 2 - low / 2)
    return place.isFinite ? min(1, max(0, place)) : 0.5
  }

  /// Returns a tick in as many digits as tell it from the next: `0.05`, `20k`, `3M`, `5e-4`.
  package func label(_ tick: Double) -> String {
    let size = max(abs(low), abs(high))
    if size >= 1e9 || size < 1e-3 { return Self.scientific(tick) }
    if unit >= 1_000_000 { return fixed(tick / 1_000_000, 0) + (tick == 0 ? "" : "M") }
    if unit >= 1000 { return fixed(tick / 1000, 0) + (tick == 0 ? "" : "k") }
    let decimals = Int(max(0, min(9, -floor(log10(unit)))))
    return fixed(tick, decimals)
  }

  private static func scientific(_ number: Double) -> String {
    guard number != 0, number.isFinite else { return "0" }
    var exponent = Int(floor(log10(abs(number))))
    // In two steps, each of a power that is a normal number.
    var digits = number / pow(10, Double(exponent / 2)) / pow(10, Double(exponent - exponent / 2))
    if abs(digits) >= 9.95 { (digits, exponent) = (digits / 10, exponent + 1) }
    let text = fixed(digits, 1)
    return (text.hasSuffix(".0") ? String(text.dropLast(2)) : text) + "e\(exponent)"
  }
}
