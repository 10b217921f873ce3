import SeqaeTraining

/// A calibration as a drawing: DeGroot & Fienberg 1983's reliability diagram, as Guo et al. 2017, figure 1, has it.
///
/// Each bin is a bar as high as the share of its edits that are right; a line marks where all bars would end if
/// confidences were true. Below, small bars say how many edits a bin has.
public struct ReliabilityDiagram {
  private let calibration: Calibration
  private let title: String

  private static let (width, height) = (420.0, 460.0)
  private static let (left, top, side) = (58.0, 40.0, 330.0)
  private static let counts = 36.0  // the height of the largest small bar

  /// Creates the drawing of a calibration.
  public init(_ calibration: Calibration, title: String) {
    self.calibration = calibration
    self.title = title
  }

  /// The drawing as a file of its own, light or dark as the reader has it.
  public var svg: String {
    let name = Markup.escaped(title)
    var svg = """
      <svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="\(name)" viewBox="0 0 \(Int(Self.width)) \(Int(Self.height))">
      <title>\(name)</title>
      <style>
      svg { color-scheme: light dark; font: 11px system-ui, sans-serif; }
      text { fill: #68707c; } .name { fill: #1c1f24; font-size: 13px; } .paper { fill: #ffffff; }
      .bar { fill: #1f5fbf; } .few { fill: #1f5fbf; opacity: 0.35; } .count { fill: #c4500c; }
      .grid { stroke: #d9dde3; } .true { stroke: #c4500c; stroke-dasharray: 4 3; }
      @media (prefers-color-scheme: dark) {
      text { fill: #9aa3af; } .name { fill: #e4e7eb; } .paper { fill: #16191d; }
      .bar, .few { fill: #78aef5; } .count { fill: #f2a366; } .grid { stroke: #3a414b; }
      .true { stroke: #f2a366; } }
      </style>
      <rect class="paper" width="100%" height="100%"/>
      <text class="name" x="\(Int(Self.left))" y="17">\(name)</text>
      <text x="\(Int(Self.left))" y="32">\(calibration.count) edits, expected calibration error \(fixed(100 * calibration.expectedError, 1)) %</text>

      """
    for tick in stride(from: 0, through: 100, by: 20) {
      let (x, y) = (Self.x(Double(tick) / 100), Self.y(Double(tick) / 100))
      svg +=
        "<path class=\"grid\" d=\"M\(fixed(Self.left, 1)) \(fixed(y, 1))h\(fixed(Self.side, 1))\"/>"
      svg +=
        "<text text-anchor=\"end\" dominant-baseline=\"middle\" x=\"\(fixed(Self.left - 6, 1))\" "
        + "y=\"\(fixed(y, 1))\">\(tick) %</text>"
      svg +=
        "<text text-anchor=\"middle\" x=\"\(fixed(x, 1))\" y=\"\(fixed(Self.y(0) + 14, 1))\">\(tick) %</text>\n"
    }
    let most = Double(max(1, calibration.bins.map(\.count).max() ?? 1))
    for bin in calibration.bins where bin.count > 0 {
      svg += bar(bin, most)
    }
    svg += "<path class=\"true\" d=\"M\(fixed(Self.x(0), 1)) \(fixed(Self.y(0), 1))"
    svg += "L\(fixed(Self.x(1), 1)) \(fixed(Self.y(1), 1))\"/>\n"
    svg +=
      "<text text-anchor=\"middle\" x=\"\(fixed(Self.x(0.5), 1))\" y=\"\(fixed(Self.height - 8, 1))\">"
    return svg + "confidence (below: how many edits); height: right ones</text>\n</svg>\n"
  }

  // So few edits say little about a share.
  private static let few = 20

  private func bar(_ bin: Calibration.Bin, _ most: Double) -> String {
    let (from, to) = (Self.x(bin.range.lowerBound) + 1, Self.x(bin.range.upperBound) - 1)
    let top = Self.y(bin.right)
    let tip =
      "\(bin.count) edits, mean confidence \(fixed(100 * bin.confidence, 1)) %, right "
      + "\(fixed(100 * bin.right, 1)) %"
    let base = Self.y(0) + 24
    let size = max(1, Self.counts * Double(bin.count) / most)
    func rectangle(_ style: String, _ y: Double, _ height: Double) -> String {
      "<rect class=\"\(style)\" x=\"\(fixed(from, 1))\" y=\"\(fixed(y, 1))\" "
        + "width=\"\(fixed(to - from, 1))\" height=\"\(fixed(height, 1))\"><title>\(tip)</title></rect>\n"
    }
    return rectangle(bin.count < Self.few ? "few" : "bar", top, Self.y(0) - top)
      + rectangle("count", base, size)
  }

  private static func x(_ place: Double) -> Double { left + place * side }
  private static func y(_ place: Double) -> Double { top + (1 - place) * side }
}
