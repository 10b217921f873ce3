import SeqaeFiles
import Testing

/// Rules that every file of the product keeps (CONTRIBUTING.md).
struct SourceTests {
  private static let endings = [".swift", ".c", ".h"]

  @Test func noSourceFileIsLongerThan500Lines() throws {
    let files = try House.grounds.flatMap { try Checkout.files(below: $0, endings: Self.endings) }
    #expect(files.count > 50)
    for path in files {
      let lines = try Checkout.text(path).utf8.count { $0 == 0x0A }
      #expect(lines <= 500, "\(path)")
    }
  }

  @Test func noSourceTrapsOnItsOwnOrDrawsUnseededNumbers() throws {
    let files = try House.grounds.flatMap { try Checkout.files(below: $0, endings: [".swift"]) }
    for path in files {
      let found = Self.forbidden(in: try Checkout.text(path))
      #expect(found.isEmpty, "\(path)")
    }
  }

  @Test(
    arguments: [
      "guard ok else { fatalError(\"no\") }", "let file = try! open()", "let dog = pet as! Dog",
      "var generator = SystemRandomNumberGenerator()",
    ])
  func whatIsForbiddenIsFound(_ line: String) {
    #expect(Self.forbidden(in: "let a = 1\n\(line)\n").count == 1)
    #expect(Self.forbidden(in: "// \(line)").isEmpty)
  }

  @Test func eachReadmeLinksToTheOtherInItsFirstLine() throws {
    for (path, other) in [("README.md", "README.zh-CN.md"), ("README.zh-CN.md", "README.md")] {
      let first = try Checkout.text(path).prefix { $0 != "\n" }
      #expect(first.contains("](\(other))"), "\(path)")
    }
  }

  /// The forbidden words of a Swift file's code, comments aside.
  private static func forbidden(in text: String) -> [String] {
    let words = ["fatalError(", "try!", "as!", "SystemRandomNumberGenerator"]
    let code = Checkout.withoutComments(text)
    return words.filter { code.contains($0) }
  }
}
