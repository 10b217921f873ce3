import SeqaeFiles

/// The checkout that these tests belong to.
enum Checkout {
  /// Its folder.
  static let root = Path.directory(Path.directory(Path.directory(#filePath)))

  /// The text of a file, by its path in the checkout.
  static func text(_ path: String) throws -> String {
    let file = try MappedFile(Path.join(root, path))
    defer { withExtendedLifetime(file) {} }
    return String(decoding: file.bytes, as: UTF8.self)
  }

  /// A text without its comments that begin with two slashes.
  static func withoutComments(_ text: String) -> String {
    let lines = text.split(separator: "\n").map { line in
      String(line.firstRange(of: "//").map { line[..<$0.lowerBound] } ?? line)
    }
    return lines.joined(separator: "\n")
  }

  /// The files below a folder whose names end in one of the endings, by their paths in the checkout.
  static func files(below folder: String, endings: [String]) throws -> [String] {
    var found: [String] = []
    for name in try Path.list(Path.join(root, folder)) {
      let path = Path.join(folder, name)
      if Path.isDirectory(Path.join(root, path)) {
        found += try files(below: path, endings: endings)
      } else if endings.contains(where: { name.hasSuffix($0) }) {
        found.append(path)
      }
    }
    return found
  }
}
