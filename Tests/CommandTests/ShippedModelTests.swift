import SeqaeFiles
import Testing

/// The denoiser of `Models/`, where it has been trained.
struct ShippedModelTests {
  static let isThere = Path.exists(
    Path.join(Program.checkout, "Models/denoiser/model.safetensors"))
  private static let environment = ["SEQAE_MODELS": Path.join(Program.checkout, "Models")]

  private func denoise(_ arguments: String...) throws -> Program.Outcome {
    let words = ["denoise"] + arguments
    return try Program.run(
      Program.path, words.map { Array($0.utf8) }, environment: Self.environment)
  }

  @Test(
    .enabled(if: isThere),
    arguments: [
      ("中，，，，国", "中国"), ("h.e.l.l.o  w,,orld", "hello world"), ("今 天 天 气 很 好", "今天天气很好"),
    ])
  func spoiltTextIsRepaired(_ noisy: String, _ clean: String) throws {
    let outcome = try denoise(noisy)
    #expect(outcome.code == 0)
    #expect(outcome.text == clean + "\n")
  }

  @Test(
    .enabled(if: isThere),
    arguments: ["中国", "hello world", "今天天气很好。", "The meeting is at 10:30, isn't it?"])
  func cleanTextStaysAsItIs(_ text: String) throws {
    #expect(try denoise(text).text == text + "\n")
  }

  @Test(.enabled(if: isThere))
  func anEditSaysWhatWasTakenAway() throws {
    let json = try JSON.parse(try denoise("--json", "中，，，，国").output, name: "output")
    #expect(json["changed"] == true)
    let edits = try #require(json["edits"]?.arrayValue)
    #expect(edits.count == 1)
    #expect(edits.first?["offset"] == 1)
    #expect(edits.first?["removed"] == "，，，，")
    #expect(edits.first?["inserted"] == "")
  }

  @Test(.enabled(if: isThere))
  func theProgramFindsTheCheckoutsModels() throws {
    // No variable: up from the program's own place, which `swift test` puts into the checkout.
    let isInside = Program.folder.hasPrefix(Program.checkout + "/")
    let outcome = try Program.run("denoise", "中国")
    #expect(outcome.code == 0 || !isInside)
  }
}
