import SeqaeFiles

/// Text for HTML and SVG that also parses as XML.
package enum Markup {
  /// Returns text as it may stand between tags and in quoted attributes.
  ///
  /// Characters that XML can't express, which a file may have brought, become U+FFFD; so do those that
  /// change the direction of what follows.
  package static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\t", "\n", "\r": result += "&#\(scalar.value);"
      default: result.unicodeScalars.append(isExpressible(scalar) ? scalar : "\u{FFFD}")
      }
    }
    return result
  }

  /// Returns the text of bytes from a file, repaired where they are not UTF-8, and escaped.
  static func escaped(_ text: ByteString) -> String { escaped(text.string) }

  /// Returns a table.
  ///
  /// - Parameters:
  ///   - head: the cells of its head, escaped.
  ///   - rows: the cells of each row, escaped, and the class of the row.
  ///   - style: the class of the table, if it has one.
  /// - Returns: its elements.
  static func table(
    _ head: [String], _ rows: [(cells: [String], style: String?)], style: String? = nil
  ) -> String {
    let body = rows.map { row in
      let style = row.style.map { " class=\"\($0)\"" } ?? ""
      let first = row.cells.prefix(1).map { "<th scope=\"row\">\($0)</th>" }
      return "<tr\(style)>" + (first + row.cells.dropFirst().map { "<td>\($0)</td>" }).joined()
        + "</tr>\n"
    }
    let top = head.map { "<th scope=\"col\">\($0)</th>" }.joined()
    let name = style.map { " class=\"\($0)\"" } ?? ""
    return "<table\(name)>\n<thead><tr>\(top)</tr></thead>\n"
      + "<tbody>\n\(body.joined())</tbody>\n</table>\n"
  }

  private static func isExpressible(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0: false  // controls
    case 0x202A...0x202E, 0x2066...0x2069: false  // embeddings, overrides and isolates
    case 0xFDD0...0xFDEF: false
    default: scalar.value & 0xFFFE != 0xFFFE
    }
  }
}
