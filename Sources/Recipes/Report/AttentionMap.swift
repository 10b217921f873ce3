import SeqaeModels
import SeqaeTraining

/// What was attended to while a text was written, as a drawing: Bahdanau, Cho & Bengio 2015, figure 3, has it.
///
/// A column is a word that was read, a row one that was written; the darker a field, the more the one was attended to while
/// the other was written.
public struct AttentionMap {
  private let alignment: Alignment
  private let title: String

  /// The most words of a text: of more nobody sees anything.
  public static let mostWords = 200

  private static let cell = 22.0
  private static let letter = 6.5  // the width of a Latin letter of 11 pixels, about
  private static let edge = 12.0

  /// Creates the drawing of an alignment.
  public init(_ alignment: Alignment, title: String) {
    self.alignment = alignment
    self.title = title
  }

  /// The drawing as a file of its own, light or dark as the reader has it.
  public var svg: String {
    let sources = alignment.sourceWords.map { String(decoding: $0, as: UTF8.self) }
    let targets = alignment.targetWords.map { String(decoding: $0, as: UTF8.self) }
    let left = 2 * Self.edge + Self.length(targets)
    let top = 2 * Self.edge + Self.length(sources) + 16
    let width = left + Self.cell * Double(sources.count) + 2 * Self.edge
    let height = top + Self.cell * Double(targets.count) + Self.edge
    let name = Markup.escaped(title)
    var svg = """
      <svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="\(name)" viewBox="0 0 \(Int(width.rounded(.up))) \(Int(height.rounded(.up)))">
      <title>\(name)</title>
      <style>
      svg { color-scheme: light dark; font: 11px system-ui, sans-serif; }
      text { fill: #1c1f24; } .paper { fill: #ffffff; } .grid { stroke: #d9dde3; fill: none; }
      .weight { fill: #1f5fbf; }
      @media (prefers-color-scheme: dark) {
      text { fill: #e4e7eb; } .paper { fill: #16191d; } .grid { stroke: #3a414b; }
      .weight { fill: #78aef5; } }
      </style>
      <rect class="paper" width="100%" height="100%"/>

      """
    for (column, word) in sources.enumerated() {
      let x = left + Self.cell * (Double(column) + 0.5) + 4
      svg +=
        "<text transform=\"translate(\(fixed(x, 1)) \(fixed(top - 6, 1))) rotate(-90)\">"
        + "\(Markup.escaped(word))</text>\n"
    }
    for (row, word) in targets.enumerated() {
      let y = top + Self.cell * Double(row)
      svg +=
        "<text text-anchor=\"end\" dominant-baseline=\"middle\" x=\"\(fixed(left - 6, 1))\" "
        + "y=\"\(fixed(y + Self.cell / 2, 1))\">\(Markup.escaped(word))</text>\n"
      for (column, weight) in alignment.weights(of: row) where weight >= 0.005 {
        let x = left + Self.cell * Double(column)
        let tip = "\(Markup.escaped(sources[column])) – \(Markup.escaped(word)): "
        svg +=
          "<rect class=\"weight\" opacity=\"\(fixed(Double(min(1, weight)), 3))\" x=\"\(fixed(x, 1))\" "
          + "y=\"\(fixed(y, 1))\" width=\"\(fixed(Self.cell, 1))\" height=\"\(fixed(Self.cell, 1))\">"
          + "<title>\(tip)\(fixed(Double(weight), 3))</title></rect>\n"
      }
    }
    for column in 0...sources.count {
      svg += line(
        left + Self.cell * Double(column), top, "v\(fixed(Self.cell * Double(targets.count), 1))")
    }
    for row in 0...targets.count {
      svg += line(
        left, top + Self.cell * Double(row), "h\(fixed(Self.cell * Double(sources.count), 1))")
    }
    return svg + "</svg>\n"
  }

  private func line(_ x: Double, _ y: Double, _ way: String) -> String {
    "<path class=\"grid\" d=\"M\(fixed(x, 1)) \(fixed(y, 1))\(way)\"/>\n"
  }

  /// How much room the longest of some words takes, a Chinese character as much as two letters.
  private static func length(_ words: [String]) -> Double {
    let letters = words.map { word in
      word.unicodeScalars.reduce(0) { $0 + (Language.isHan($1.value) ? 2 : 1) }
    }
    return letter * Double(letters.max() ?? 0)
  }
}
