import SeqaeFiles
import Testing

/// The denoiser of `Models/`.
struct ShippedModelTests {
  private static let folder = Path.join(Program.checkout, "Models/denoiser")
  private static let environment = ["SEQAE_MODELS": Path.join(Program.checkout, "Models")]

  private func denoise(_ arguments: String...) throws -> Program.Outcome {
    let words = ["denoise"] + arguments
    return try Program.run(
      Program.path, words.map { Array($0.utf8) }, environment: Self.environment)
  }

  @Test func theWeightsFitIntoARepository() throws {
    #expect(try Path.fileSize(Path.join(Self.folder, "model.safetensors")) <= 30_000_000)
  }

  @Test func theModelHasACard() throws {
    #expect(try Path.fileSize(Path.join(Self.folder, "README.md")) > 0)
  }

  @Test(
    arguments: [
      ("中，，，，国", "中国"), ("h.e.l.l.o  w,,orld", "hello world"), ("今 天 天 气 很 好", "今天天气很好"),
    ])
  func spoiltTextIsRepaired(_ noisy: String, _ clean: String) throws {
    let outcome = try denoise(noisy)
    #expect(outcome.code == 0)
    #expect(outcome.text == clean + "\n")
  }

  @Test(
    arguments: ["中国", "hello world", "今天天气很好。", "The meeting is at 10:30, isn't it?"])
  func cleanTextStaysAsItIs(_ text: String) throws {
    #expect(try denoise(text).text == text + "\n")
  }

  @Test func anEditSaysWhatWasTakenAway() throws {
    let json = try JSON.parse(try denoise("--json", "中，，，，国").output, name: "output")
    #expect(json["changed"] == true)
    let edits = try #require(json["edits"]?.arrayValue)
    #expect(edits.count == 1)
    #expect(edits.first?["offset"] == 1)
    #expect(edits.first?["removed"] == "，，，，")
    #expect(edits.first?["inserted"] == "")
  }

  @Test func theProgramFindsTheCheckoutsModels() throws {
    // No variable: up from the program's own place, which `swift test` puts into the checkout's .build.
    let isInside = Program.folder.hasPrefix(Program.checkout + "/.build/")
    let outcome = try Program.run("denoise", "中国")
    #expect(outcome.code == 0 || !isInside)
  }
}
