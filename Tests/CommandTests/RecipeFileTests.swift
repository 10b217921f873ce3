import SeqaeFiles
import TestSupport
import Testing

/// The settings in `Recipes`, whose names begin with the recipe's.
struct RecipeFileTests {
  private static let folder = Path.join(Program.checkout, "Recipes")

  private static var files: [String] {
    get throws { try Path.list(folder).filter { $0.hasSuffix(".json") }.sorted() }
  }

  @Test func eachFileFitsItsRecipe() throws {
    let files = try Self.files
    #expect(files.count > 1)
    // What a recipe starts from or learns from is no setting of a file.
    let needed = [
      "vade": ["--from", try TinyLatent.made.get().autoencoder],
      "embedder": ["--set", "teacher=\(Fixture.path("models/bert"))"],
    ]
    for file in files {
      let recipe = String(file.prefix { $0 != "-" })
      let words =
        [
          "train", recipe, "--config", Path.join(Self.folder, file), "--data", "/nonexistent.txt",
          "--output", "/nonexistent/run",
        ] + (needed[recipe] ?? [])
      let outcome = try Program.run(Program.path, words.map { Array($0.utf8) })
      // What is wrong is the corpus alone, which is looked for when the settings are found good.
      #expect(outcome.code == 66, "\(file): \(outcome.message)")
      #expect(outcome.message.contains("/nonexistent.txt"), "\(file): \(outcome.message)")
    }
  }

  @Test func eachFileIsInTheList() throws {
    let list = try MappedFile(Path.join(Self.folder, "README.md"))
    defer { withExtendedLifetime(list) {} }
    let text = String(decoding: list.bytes, as: UTF8.self)
    for file in try Self.files { #expect(text.contains(file), "\(file)") }
  }
}
