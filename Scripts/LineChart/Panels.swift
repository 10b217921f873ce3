import Glibc
import SeqaeRecipes

/// A table as panels side by side, with one legend, light or dark as the reader has it.
struct Panels {
  let title: String
  let table: Table
  let isLogX: Bool
  let isLogY: Bool
  /// Whether each panel has a range of its own.
  let hasOwnY: Bool
  /// Whether a line joins its points.
  let isJoined: Bool

  private static let (width, height) = (300.0, 220.0)  // of a panel with its margins
  private static let (left, right, top, bottom) = (52.0, 18.0, 24.0, 34.0)
  private static let perRow = 3
  private static let mostNumbers = 8  // that fit below a panel
  // Okabe & Ito 2008, which most eyes tell apart; the last is grey.
  private static let colours = [
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#8a6d3b", "#7a7a7a",
  ]

  /// The drawing.
  var svg: String {
    let (panels, lines) = (table.panels, table.lines)
    let columns = min(Self.perRow, panels.count)
    let rows = (panels.count + columns - 1) / columns
    let legendRows = (lines.count + columns * 2 - 1) / (columns * 2)
    let head = 24 + 16 * Double(legendRows)
    let size = (Double(columns) * Self.width, head + Double(rows) * Self.height)
    let name = Markup.escaped(title)
    var svg = """
      <svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="\(name)" viewBox="0 0 \(whole(size.0)) \(whole(size.1))">
      <title>\(name)</title>
      <style>
      svg { color-scheme: light dark; font: 11px system-ui, sans-serif; }
      text { fill: #68707c; } .name { fill: #1c1f24; font-size: 13px; } .paper { fill: #ffffff; }
      .grid { stroke: #d9dde3; } polyline { fill: none; stroke-width: 1.5; }
      .dot, .point { stroke-linecap: round; } .dot { stroke-width: 4; } .point { stroke-width: 2; stroke-opacity: 0.6; }
      @media (prefers-color-scheme: dark) {
      text { fill: #9aa3af; } .name { fill: #e4e7eb; } .paper { fill: #16191d; } .grid { stroke: #3a414b; } }
      </style>
      <rect class="paper" width="100%" height="100%"/>
      <text class="name" x="12" y="17">\(name)</text>

      """
    for (number, line) in lines.enumerated() {
      let x = 12 + Double(number % (columns * 2)) * Self.width / 2
      let y = 34 + 16 * Double(number / (columns * 2))
      svg +=
        "<path stroke=\"\(Self.colour(number))\" stroke-width=\"3\" d=\"M\(whole(x)) \(whole(y - 4))h14\"/>"
        + "<text x=\"\(whole(x + 18))\" y=\"\(whole(y))\">\(Markup.escaped(line))</text>\n"
    }
    let across = Scale(
      table.points.map(\.x), isLog: isLogX, marking: .numbers(atMost: Self.mostNumbers))
    for (number, panel) in panels.enumerated() {
      let shown = hasOwnY ? table.points.filter { $0.panel == panel } : table.points
      let x = Double(number % columns) * Self.width
      let y = head + Double(number / columns) * Self.height
      svg += "<g transform=\"translate(\(whole(x)) \(whole(y)))\">\n"
      let up = Scale(shown.map(\.y), isLog: isLogY, marking: .round)
      svg += draw(panel, across, up) + "</g>\n"
    }
    return svg + "</svg>\n"
  }

  private func draw(_ panel: String, _ across: Scale, _ up: Scale) -> String {
    let (width, height) = (
      Self.width - Self.left - Self.right, Self.height - Self.top - Self.bottom
    )
    func x(_ value: Double) -> String { tenths(Self.left + across.place(value) * width) }
    func y(_ value: Double) -> String {
      tenths(Self.top + (1 - up.place(value)) * height)
    }
    var svg =
      "<text class=\"name\" x=\"\(whole(Self.left))\" y=\"15\">\(Markup.escaped(panel))</text>\n"
    for tick in up.ticks {
      svg += "<path class=\"grid\" d=\"M\(whole(Self.left)) \(y(tick.value))h\(whole(width))\"/>"
      svg +=
        "<text text-anchor=\"end\" dominant-baseline=\"middle\" x=\"\(whole(Self.left - 5))\" "
        + "y=\"\(y(tick.value))\">\(tick.label)</text>\n"
    }
    for tick in across.ticks {
      svg +=
        "<text text-anchor=\"middle\" x=\"\(x(tick.value))\" y=\"\(whole(Self.top + height + 14))\">"
        + "\(tick.label)</text>\n"
    }
    svg +=
      "<text text-anchor=\"middle\" x=\"\(whole(Self.left + width / 2))\" "
      + "y=\"\(whole(Self.top + height + 28))\">\(Markup.escaped(table.names.x))</text>\n"
      + "<text text-anchor=\"end\" x=\"\(whole(Self.width - Self.right))\" y=\"15\">"
      + "\(Markup.escaped(table.names.y))</text>\n"
    for (number, line) in table.lines.enumerated() {
      let points = table.points.filter { $0.panel == panel && $0.line == line }
        .sorted { $0.x < $1.x }
      guard !points.isEmpty else { continue }
      let places = points.map { (x: x($0.x), y: y($0.y)) }
      let colour = Self.colour(number)
      if isJoined {
        let list = places.map { "\($0.x),\($0.y)" }.joined(separator: " ")
        svg += "<polyline stroke=\"\(colour)\" points=\"\(list)\"/>"
      }
      // Round ends of lines without a length: many points stay few bytes.
      let dots = places.map { "M\($0.x) \($0.y)h0" }.joined()
      svg += "<path class=\"\(isJoined ? "dot" : "point")\" stroke=\"\(colour)\" d=\"\(dots)\"/>"
      svg += "\n"
    }
    return svg
  }

  private static func colour(_ line: Int) -> String { colours[line % colours.count] }

  private func whole(_ value: Double) -> String { "\(Int(value.rounded()))" }

  private func tenths(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
}

/// Where numbers lie along a side of a panel, as they are or by their logarithms.
struct Scale {
  /// What is marked of a logarithmic scale.
  enum Marks {
    /// The numbers themselves, or every second, third, … of them where they are more than fit.
    case numbers(atMost: Int)
    /// Round numbers.
    case round
  }

  private let isLog: Bool
  private let axis: Axis
  /// What is marked.
  let ticks: [(value: Double, label: String)]

  /// Creates the scale that finite numbers fit on, above 0 where it is logarithmic.
  init(_ numbers: [Double], isLog: Bool, marking marks: Marks) {
    self.isLog = isLog
    let axis = Axis(isLog ? numbers.map { log10($0) } : numbers)
    self.axis = axis
    guard isLog else {
      ticks = axis.ticks.map { ($0, axis.label($0)) }
      return
    }
    let own = Set(numbers).sorted()
    switch marks {
    case .numbers(let most):
      let step = (own.count + most - 1) / most
      ticks = stride(from: 0, to: own.count, by: step).map { (own[$0], Self.label(own[$0])) }
    case .round: ticks = Self.round(own).map { ($0, Self.label($0)) }
    }
  }

  /// Powers of ten within the range of rising numbers; if these are few, twice and five times such too.
  private static func round(_ numbers: [Double]) -> [Double] {
    guard let low = numbers.first, let high = numbers.last else { return [] }
    func within(_ steps: [Double]) -> [Double] {
      (Int(floor(log10(low)))...Int(ceil(log10(high)))).flatMap { power in
        steps.map { $0 * pow(10, Double(power)) }
      }.filter { $0 >= low && $0 <= high }
    }
    let powers = within([1])
    let more = powers.count > 2 ? powers : within([1, 2, 5])
    return more.count > 1 ? more : low < high ? [low, high] : [low]
  }

  /// Where a number lies, from 0 at the lower end to 1 at the upper.
  func place(_ number: Double) -> Double { axis.place(isLog ? log10(number) : number) }

  private static func label(_ value: Double) -> String {
    value == value.rounded() && value.magnitude < 1e15 ? "\(Int(value))" : "\(value)"
  }
}
