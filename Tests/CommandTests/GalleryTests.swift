import SeqaeFiles
import Testing

/// Documentation/Noise.md shows every noise, and what the program makes of its sentences.
struct GalleryTests {
  @Test func theGalleryIsWhatTheProgramPrints() throws {
    let page = try Page("Documentation/Noise.md")
    let sentences = try #require(page.blocks("text").first).joined(separator: "\n") + "\n"
    let scratch = try Scratch()
    try AtomicFile.write(
      Path.join(scratch.path, "sentences.txt"), bytes: Array(sentences.utf8))
    let environment = ["SEQAE_MODELS": Path.join(Program.checkout, "Models")]
    var shown: Set<String> = []
    for block in page.blocks("console") {
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
