import SeqaeFiles
import Testing

/// The yardstick of the denoiser's card, as `Scripts/score-rules.sh` runs it.
struct RuleCleanerTests {
  private func clean(_ text: String) throws -> String {
    let path = Path.join(Program.folder, "rule-cleaner")
    let outcome = try Program.run(path, [], input: Array(text.utf8))
    #expect(outcome.code == 0)
    return outcome.text
  }

  @Test(
    arguments: [
      ("中，，，，国", "中国"),  // a run of marks between two characters
      ("今 天 天 气 很 好", "今天天气很好"),  // spaces between Chinese characters
      ("h.e.l.l.o  w,,orld", "hello world"),  // marks inside words, two spaces
      ("h e l l o   w o r l d", "hello world"),  // letters that stand alone
      ("天\u{200B}气😀很★好", "天气很好"),  // what no text needs
      ("好好好好的 sooooo", "好的 so"),  // repetition
      ("他（说得对", "他说得对"),  // a bracket without its partner
    ])
  func noiseIsTakenOut(_ noisy: String, _ expected: String) throws {
    #expect(try clean(noisy) == expected + "\n")
  }

  @Test(
    arguments: [
      "“你好！”他说，“今天（星期五）天气很好……”", "It isn't a well-known 3.14 (pi), is it? No -- U.S. news...",
      "在 Linux 下用 C++ 写 10/20 个——哈哈", "At 10:30, about 2,000 people; 20 °C.",
    ])
  func whatBelongsThereStays(_ text: String) throws {
    #expect(try clean(text) == text + "\n")
  }

  @Test func everyLineGivesOneLine() throws {
    #expect(try clean("\n\n，，\n  \n中，，国\n") == "\n\n，，\n  \n中国\n")
  }
}
