import SeqaeFiles
import Testing

/// What a person may type wrong: exit code 64 and a line that helps.
struct UsageTests {
  @Test(
    arguments: [
      ([], "expected a command: seqae --help lists them"),
      (["denoize"], "\"denoize\" is no command: did you mean denoise?"),
      (["--verison"], "\"--verison\" is no command: did you mean --version?"),
      (["frobnicate"], "\"frobnicate\" is no command: seqae --help lists them"),
      (["denoise", "--modle", "x"], "unknown option \"--modle\": did you mean --model?"),
      (["denoise", "--qiet=1"], "unknown option \"--qiet\": did you mean --quiet?"),
      (
        ["denoise", "-x"],
        "unknown option \"-x\": seqae denoise --help lists them; put -- before a text that begins "
          + "with dashes"
      ),
      (["denoise", "--threads"], "--threads expects N (seqae denoise --help)"),
      (["denoise", "--threads", "--json"], "--threads expects N (seqae denoise --help)"),
      (["denoise", "--threads", "two"], "--threads: expected a whole number, found \"two\""),
      (["denoise", "--threads=0"], "--threads: expected 1 to 1024, found 0"),
      (["denoise", "--min-confidence", "1.5"], "--min-confidence: expected 0 to 1, found 1.5"),
      (
        ["denoise", "--min-confidence", "nan"], "--min-confidence: expected a number, found \"nan\""
      ),
      (["denoise", "--json=1"], "--json takes no value (seqae denoise --help)"),
      (
        ["denoise", "--model", "a", "--model", "b"],
        "--model is given twice (seqae denoise --help)"
      ),
      (["train", "--output", "x"], "expected RECIPE (seqae train --help)"),
      (
        ["train", "poem", "--output", "x"],
        "RECIPE: expected one of \(HelpTests.recipes.joined(separator: ", ")), found \"poem\" (seqae train --help)"
      ),
      (["train", "denoiser"], "expected --output RUN (seqae train --help)"),
      (
        ["train", "denoiser", "denoiser", "--output", "x"],
        "\"denoiser\" is one word too many (seqae train --help)"
      ),
      (["evaluate", "denoise"], "expected --data FILE (seqae evaluate --help)"),
      (["benchmark"], "expected WORKLOAD (seqae benchmark --help)"),
      (
        ["benchmark", "gemm", "peak", "--profile"],
        "--profile changes nothing without training: leave it out (seqae benchmark --help)"
      ),
      (
        ["train", "tokenizer", "--data=a", "--output=b", "--profile"],
        "--profile changes nothing with the recipe tokenizer: leave it out (seqae train --help)"
      ),
      (["benchmark", ""], "expected WORKLOAD, found nothing (seqae benchmark --help)"),
      (
        ["benchmark", "train", "--precision", "int4"],
        "--precision: expected one of float32, bfloat16, found \"int4\""
      ),
      (["benchmark", "train", "--seconds", "0"], "--seconds: expected 0.001 to 3600, found 0"),
      (
        ["train", "denoiser", "--output", ""],
        "--output: expected RUN, found nothing (seqae train --help)"
      ),
      (
        ["train", "denoiser", "--output=x", "--data", "y", ""],
        "--data: expected FILE, found nothing (seqae train --help)"
      ),
      (
        ["train", "denoiser", "--output=x", "--tokenizer="],
        "--tokenizer: expected FILE, found nothing (seqae train --help)"
      ),
      (["convert", "", "x"], "expected IN, found nothing (seqae convert --help)"),
      (["convert", "x", ""], "expected OUT, found nothing (seqae convert --help)"),
      (
        ["noise", "--kind", "mixed", "--rate", "0.1", "a"],
        "--rate changes nothing with --kind mixed: leave it out (seqae noise --help)"
      ),
      (
        ["noise", "--kind", "separator", "--rate", "0.1", "--data", "a"],
        "--rate changes nothing with --kind separator: leave it out (seqae noise --help)"
      ),
      (
        ["noise", "--split", "test", "a"],
        "--split changes nothing without --data: leave it out (seqae noise --help)"
      ),
      (
        ["noise", "--splits", "file", "a"],
        "--splits changes nothing without --data: leave it out (seqae noise --help)"
      ),
      (
        ["noise", "--limit", "3", "a"],
        "--limit changes nothing without --data: leave it out (seqae noise --help)"
      ),
      (
        ["noise", "--all-lines", "a"],
        "--all-lines changes nothing without --data: leave it out (seqae noise --help)"
      ),
      (
        ["evaluate", "denoise", "--data=a", "--predictions=b", "--model=c"],
        "--model changes nothing with --predictions: leave it out (seqae evaluate --help)"
      ),
      (
        ["evaluate", "denoise", "--data=a", "--predictions=b", "--min-confidence=0.1"],
        "--min-confidence changes nothing with --predictions: leave it out (seqae evaluate --help)"
      ),
      (
        ["train", "tokenizer", "--data=a", "--output=b", "--steps=3"],
        "--steps changes nothing with the recipe tokenizer: leave it out (seqae train --help)"
      ),
      (
        ["train", "tokenizer", "--data=a", "--output=b", "--resume"],
        "--resume changes nothing with the recipe tokenizer: leave it out (seqae train --help)"
      ),
      (
        ["train", "tokenizer", "--data=a", "--output=b", "--minutes=3"],
        "--minutes changes nothing with the recipe tokenizer: leave it out (seqae train --help)"
      ),
      (
        ["train", "tokenizer", "--data=a", "--output=b", "--tokenizer=c"],
        "--tokenizer changes nothing with the recipe tokenizer: leave it out (seqae train --help)"
      ),
      (
        ["noise", "--data", "x", "--", "text"],
        "expected texts or --data, found both: leave one out"
      ),
    ] as [([String], String)])
  func aMistakeIsExplainedInOneLine(_ arguments: [String], _ message: String) throws {
    let outcome = try Program.run(Program.path, arguments.map { Array($0.utf8) })
    #expect(outcome.code == 64)
    #expect(outcome.output.isEmpty)
    #expect(outcome.message == "seqae: \(message)\n")
  }

  @Test(
    arguments: [
      ("SEQAE_THREADS", "many", "SEQAE_THREADS: expected a whole number, found \"many\""),
      ("SEQAE_THREADS", "0", "SEQAE_THREADS: expected 1 to 1024, found 0"),
      ("SEQAE_JSON", "maybe", "SEQAE_JSON: expected 1 or 0, found \"maybe\""),
    ])
  func aMistakeInAVariableNamesTheVariable(
    _ variable: String, _ value: String, _ message: String
  ) throws {
    let outcome = try Program.run("denoise", "text", environment: [variable: value])
    #expect(outcome.code == 64)
    #expect(outcome.message == "seqae: \(message)\n")
  }

  @Test func anArgumentThatIsNotUTF8IsRefused() throws {
    let outcome = try Program.run(
      Program.path, [Array("denoise".utf8), [0x61, 0x62, 0xFF, 0x63]])
    #expect(outcome.code == 65)
    #expect(
      outcome.message == "seqae: argument 2: not UTF-8 at byte 3: convert it with iconv\n")
  }

  @Test func variablesStandInForOptionsAndOptionsWin() throws {
    let model = try TinyModel.made.get()
    let variables = [
      "SEQAE_MODEL": model.path, "SEQAE_JSON": "1", "SEQAE_THREADS": "1", "SEQAE_QUIET": "1",
    ]
    let outcome = try Program.run("denoise", "text", environment: variables)
    #expect(outcome.code == 0)
    #expect(outcome.text.hasPrefix("{\"input\":\"text\""))
    let wrong = ["SEQAE_MODEL": "/nowhere", "SEQAE_JSON": "0", "SEQAE_THREADS": ""]
    let plain = try Program.run("denoise", "--model", model.path, "text", environment: wrong)
    #expect(plain.text == "text\n")
  }

  @Test func bothSpellingsOfAnOptionAreTheSame() throws {
    let model = try TinyModel.made.get()
    let first = try Program.run("denoise", "--model", model.path, "--threads", "1", "text")
    let second = try Program.run("denoise", "text", "--threads=1", "--model=\(model.path)")
    #expect(first.code == 0)
    #expect(first.text == "text\n")
    #expect(second.text == first.text)
  }
}
