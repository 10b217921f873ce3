import SeqaeFiles
import Testing

/// Documentation/Noise.md shows every noise, and what the program makes of its sentences.
struct GalleryTests {
  /// The lines of the page's blocks of a kind.
  private func blocks(_ kind: String) throws -> [[Substring]] {
    let file = try MappedFile(Path.join(Program.checkout, "Documentation/Noise.md"))
    let text = String(decoding: file.bytes, as: UTF8.self)
    var blocks: [[Substring]] = []
    var isInside = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
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

  @Test func theGalleryIsWhatTheProgramPrints() throws {
    let sentences = try #require(try blocks("text").first).joined(separator: "\n") + "\n"
    let scratch = try Scratch()
    try AtomicFile.write(
      Path.join(scratch.path, "sentences.txt"), bytes: Array(sentences.utf8))
    let environment = ["SEQAE_MODELS": Path.join(Program.checkout, "Models")]
    var shown: Set<String> = []
    for block in try blocks("console") {
      let command = try #require(block.first).dropFirst(2)
      let outcome = try Program.shell(
        String(command), environment: environment, in: scratch.path)
      let expected = block.dropFirst().joined(separator: "\n") + "\n"
      #expect(outcome.text.utf8.elementsEqual(expected.utf8), "\(command): make snapshots")
      shown.formUnion(command.split(separator: " ").map { String($0) })
    }
    let list = try Program.run("noise", "--list", "--json").text
    for line in list.split(separator: "\n") {
      let json = try JSON.parse(Array(line.utf8), name: "list")
      #expect(shown.contains(try #require(json["noise"]?.stringValue).string))
    }
  }
}
