import Foundation
import FoundationXML

/// What a page holds, by an XML parser that is not ours.
final class PageReader: NSObject, XMLParserDelegate {
  /// The numbers of points of the curves of each drawing, by its title.
  private(set) var points: [String: [Int]] = [:]
  /// The places of all points, which lie within the drawing.
  private(set) var places: [Double] = []
  /// The rows of all tables: the texts of their cells after the row's class.
  private(set) var rows: [[String]] = []
  /// The names of all elements.
  private(set) var names: Set<String> = []
  private(set) var isWellFormed = false
  private var drawing = ""
  private var isInCell = false

  init(_ html: String) {
    super.init()
    let parser = XMLParser(data: Data(html.utf8))
    parser.delegate = self
    isWellFormed = parser.parse()
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    names.insert(name)
    switch name {
    case "svg": drawing = attributes["aria-label"] ?? ""
    case "polyline":
      let list = (attributes["points"] ?? "").split { $0 == " " || $0 == "," }
      points[drawing, default: []].append(list.count / 2)
      places += list.map { Double($0) ?? .nan }
    case "tr": rows.append([attributes["class"] ?? ""])
    case "th", "td":
      isInCell = true
      rows[rows.count - 1].append("")
    case "br": write("|")
    default: break
    }
  }

  func parser(_ parser: XMLParser, foundCharacters text: String) { write(text) }

  func parser(
    _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
  ) {
    if name == "th" || name == "td" { isInCell = false }
  }

  private func write(_ text: String) {
    guard isInCell, let row = rows.indices.last else { return }
    rows[row][rows[row].count - 1] += text
  }
}
