/// Returns lines of cells in columns.
///
/// Columns `left` begin under each other, the others end so. A line with fewer cells than the longest
/// widens no column: what it ends with may stand across several.
package func textTable(_ lines: [[String]], left: Set<Int>) -> String {
  let count = lines.map(\.count).max() ?? 0
  let complete = lines.filter { $0.count == count }
  let widths = (0..<count).map { column in complete.map { $0[column].count }.max() ?? 0 }
  return lines.map { line in
    let cells = line.enumerated().map { column, cell in
      let gap = String(repeating: " ", count: max(0, widths[column] - cell.count))
      return left.contains(column) ? cell + gap : gap + cell
    }
    return String(cells.joined(separator: "  ").reversed().drop { $0 == " " }.reversed()) + "\n"
  }.joined()
}
