import SeqaeFiles
import Testing

/// `seqae evaluate noisebench` for a system that is not ours, run as Documentation/NoiseBench.md says.
struct NoiseBenchTests {
  private let scratch: Scratch
  private let model: TinyModel

  init() throws {
    scratch = try Scratch()
    model = try TinyModel.made.get()
  }

  private var bench: String {
    "seqae evaluate noisebench --quiet --data '\(model.corpus)' --splits '\(model.splits)'"
  }

  /// Exports the sets and repairs each by a filter of the shell.
  private func repair(by filter: String) throws {
    let outcome = try Program.shell(
      """
      \(bench) --export sets && mkdir repairs && for set in sets/*.tsv; do
        cut -f 1 "$set" | \(filter) >repairs/"$(basename "$set" .tsv)".txt
      done
      """, in: scratch.path)
    #expect(outcome.code == 0)
  }

  /// The rows that the repairs get: those of noise, and those of lines without.
  private func rows() throws -> (noisy: [JSON], clean: [JSON]) {
    let outcome = try Program.shell("\(bench) --predictions repairs --json", in: scratch.path)
    #expect(outcome.code == 0)
    let rows = try outcome.text.split(separator: "\n").map {
      try JSON.parse(Array($0.utf8), name: "output")
    }
    return (rows.filter { $0["noise"] != "none" }, rows.filter { $0["noise"] == "none" })
  }

  private func metric(_ name: ByteString, of row: JSON) -> Double? {
    row["metrics"]?[name]?.doubleValue
  }

  @Test func whoLeavesEverythingAloneCutsNothingAndBreaksNothing() throws {
    try repair(by: "cat")
    let (noisy, clean) = try rows()
    #expect(Set(clean.map { $0["language"]?.stringValue }) == ["zh", "en"])
    #expect(noisy.contains { metric("cer_before", of: $0) ?? 0 > 0 })
    for row in noisy {
      #expect(metric("cer_after", of: row) == metric("cer_before", of: row))
      #expect(metric("errors_cut", of: row) == 0)
      #expect(metric("broken", of: row) == 0)
    }
    for row in clean {
      #expect(metric("clean_unchanged", of: row) == 1)
      #expect(metric("false_edits_per_1000", of: row) == 0)
    }
  }

  @Test func whatBecomesOfCleanLinesCounts() throws {
    try repair(by: "sed 's/$/!!/'")
    for row in try rows().clean {
      #expect(metric("clean_unchanged", of: row) == 0)
      #expect(metric("false_edits_per_1000", of: row) ?? 0 > 0)
    }
  }

  @Test(
    arguments: [
      ("rm repairs/zh-none-0.txt", 66), ("echo >>repairs/zh-none-0.txt", 65),
      ("rm repairs/en-swap-10.txt", 66), ("echo >>repairs/en-swap-10.txt", 65),
    ])
  func repairsOfAllLinesAreExpected(_ damage: String, _ code: Int32) throws {
    try repair(by: "cat")
    let outcome = try Program.shell(
      "\(damage); \(bench) --predictions repairs", in: scratch.path)
    #expect(outcome.code == code)
    #expect(outcome.failedInOneLine)
    #expect(outcome.message.contains(String(damage.split(separator: "/").last ?? "")))
  }
}
