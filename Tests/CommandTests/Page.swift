import SeqaeFiles

/// A page of the checkout in Markdown.
struct Page {
  private let lines: [Substring]

  init(_ name: String) throws {
    let file = try MappedFile(Path.join(Program.checkout, name))
    lines = String(decoding: file.bytes, as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: false)
  }

  /// The lines of each fenced block of a kind.
  func blocks(_ kind: String) -> [[Substring]] {
    var blocks: [[Substring]] = []
    var isInside = false
    for line in lines {
      if isInside, line == "```" {
        isInside = false
      } else if isInside {
        blocks[blocks.count - 1].append(line)
      } else if line == "```\(kind)" {
        isInside = true
        blocks.append([])
      }
    }
    return blocks
  }
}
