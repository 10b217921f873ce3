import Glibc
import SeqaeFiles
import Testing

/// `seqae train` from outside: what it leaves behind, and what it refuses.
struct TrainTests {
  private let scratch: Scratch
  private let model: TinyModel

  init() throws {
    scratch = try Scratch()
    model = try TinyModel.made.get()
  }

  private func train(_ arguments: [String], environment: [String: String] = [:]) throws
    -> Program.Outcome
  {
    let words = ["train"] + arguments
    return try Program.run(
      Program.path, words.map { Array($0.utf8) }, environment: environment, in: scratch.path)
  }

  private func trainDenoiser(_ arguments: String...) throws -> Program.Outcome {
    try train(
      ["denoiser", "--data", model.corpus, "--splits", model.splits] + arguments + ["--set"]
        + TinyModel.settings)
  }

  @Test func aRunHoldsAModelALogAndACheckpoint() throws {
    for name in ["config.json", "model.safetensors", "tokenizer.json", "log.jsonl"] {
      #expect(Path.exists(Path.join(model.path, name)), "\(name)")
    }
    #expect(Path.exists(Path.join(model.path, "checkpoints/latest/model.safetensors")))
  }

  @Test func nothingGoesToStandardOutputAndQuietMeansQuiet() throws {
    let loud = try trainDenoiser("--output", "loud", "--steps", "1")
    #expect(loud.code == 0)
    #expect(loud.output.isEmpty)
    #expect(!loud.message.isEmpty)
    #expect(!loud.message.contains("\u{1B}"))  // no bar where there is no terminal
    let quiet = try trainDenoiser("--output", "quiet", "--steps", "1", "--quiet")
    #expect(quiet.code == 0)
    #expect(quiet.output.isEmpty)
    #expect(quiet.message.isEmpty)
  }

  @Test func aProfileIsPrintedAtTheEndAndChangesNoWeight() throws {
    #expect(try trainDenoiser("--output", "plain", "--steps", "2").code == 0)
    let profiled = try trainDenoiser("--output", "profiled", "--steps", "2", "--profile")
    #expect(profiled.code == 0 && profiled.output.isEmpty)
    #expect(profiled.message.contains("\nlinear "))
    #expect(profiled.message.contains("\nAdamW "))
    let weights = try ["plain", "profiled"].map {
      try scratch.read("\($0)/checkpoints/latest/model.safetensors")
    }
    #expect(weights[0] == weights[1])
  }

  @Test func theSameSeedGivesTheSameWeights() throws {
    #expect(try trainDenoiser("--output", "a", "--steps", "3", "--threads", "1").code == 0)
    #expect(try trainDenoiser("--output", "b", "--steps", "3", "--threads", "2").code == 0)
    #expect(try trainDenoiser("--output", "c", "--steps", "3", "--seed", "7").code == 0)
    let weights = try ["a", "b", "c"].map {
      try scratch.read("\($0)/checkpoints/latest/model.safetensors")
    }
    #expect(weights[0] == weights[1])
    #expect(weights[0] != weights[2])
  }

  @Test func aResumedRunIsTheRunThatWasNotInterrupted() throws {
    #expect(
      try trainDenoiser("--output", "whole", "--steps", "4", "--set", "decay=constant").code == 0)
    #expect(
      try trainDenoiser("--output", "parts", "--steps", "2", "--set", "decay=constant").code == 0)
    let resumed = try train(["denoiser", "--output", "parts", "--resume", "--steps", "4"])
    #expect(resumed.code == 0)
    let file = "checkpoints/step-4/model.safetensors"
    #expect(try scratch.read("whole/\(file)") == scratch.read("parts/\(file)"))
  }

  @Test func aFinishedRunSaysSoAndStaysAsItIs() throws {
    #expect(try trainDenoiser("--output", "run", "--steps", "2").code == 0)
    let names = try Path.list(scratch("run"))
    let log = try scratch.read("run/log.jsonl")
    let resumed = try train(["denoiser", "--output", "run", "--resume"])
    #expect(resumed.code == 0)
    #expect(resumed.message.contains("run: is finished already, after 2 steps: give more --steps"))
    #expect(!resumed.message.contains("lines for training"))  // no data was read to know that
    #expect(try Path.list(scratch("run")) == names)
    #expect(try scratch.read("run/log.jsonl") == log)
  }

  @Test func aRunIsResumedFromAnyFolderWithItsOwnDataAndSettings() throws {
    for (name, path) in [("corpus.txt", model.corpus), ("splits.json", model.splits)] {
      let file = try MappedFile(path)
      try scratch.write(name, Array(file.bytes))
      withExtendedLifetime(file) {}
    }
    let first = try train(
      ["denoiser", "--data", "corpus.txt", "--splits", "splits.json", "--output", "run"]
        + ["--steps", "1", "--quiet", "--set"] + TinyModel.settings)
    #expect(first.code == 0)
    let resumed = try Program.run(
      "train", "denoiser", "--output", scratch("run"), "--resume", "--steps", "2", "--seed", "5",
      "--splits", "other.json", "--tokenizer", "other.json", in: "/")
    #expect(resumed.code == 0)
    #expect(resumed.message.contains("not used: --tokenizer, --splits, --seed\n"))
    #expect(Path.exists(scratch("run/checkpoints/step-2")))
  }

  @Test func anInterruptedRunCanBeResumed() throws {
    let words =
      ["train", "denoiser", "--data", model.corpus, "--splits", model.splits, "--output", "run"]
      + ["--steps", "1000000", "--set"] + TinyModel.settings
    var process = try Running(
      Program.path, words.map { Array($0.utf8) }, environment: [:], in: scratch.path,
      input: .file("/dev/null"), output: .pipe, error: .file(scratch("error")))
    // The weights are counted when all is prepared.
    for _ in 0..<6000 where try !scratch.text("error").contains("weights") { usleep(10_000) }
    usleep(200_000)
    process.send(SIGINT)
    #expect(try process.wait() == 130)
    #expect(Path.exists(scratch("run/model.safetensors")))
    let step = try Path.list(scratch("run/checkpoints")).compactMap {
      Int($0.split(separator: "-").last ?? "")
    }.max()
    let reached = try #require(step)
    let resumed = try train(
      ["denoiser", "--output", "run", "--resume", "--steps", "\(reached + 1)", "--quiet"])
    #expect(resumed.code == 0)
    #expect(Path.exists(scratch("run/checkpoints/step-\(reached + 1)")))
  }

  @Test func settingsComeFromTheFileThenFromTheArguments() throws {
    try scratch.write("settings.json", #"{"width": 24, "heads": 3, "sublayer_dropout": 0.25}"#)
    let outcome = try train([
      "denoiser", "--data", model.corpus, "--splits", model.splits, "--output", "run", "--steps",
      "1",
      "--config", "settings.json", "--set", "feed_forward=8", "encoder_layers=1", "--set",
      "decoder_layers=1", "heads=4", "--quiet",
    ])
    #expect(outcome.code == 0)
    let config = try JSON.read(scratch("run/config.json"))
    #expect(config["d_model"] == 24)
    #expect(config["encoder_attention_heads"] == 4)
    #expect(config["encoder_ffn_dim"] == 8)
    // What was given and every default are written out: a run's settings are a --config again.
    let settings = try JSON.read(scratch("run/training.json"))["settings"]
    #expect(
      settings?["width"] == 24 && settings?["heads"] == 4 && settings?["sublayer_dropout"] == 0.25)
    let help = try Program.run("train", "--help").text.split(separator: "\n")
    let section = help.drop { !$0.hasPrefix("the denoiser's settings") }.dropFirst()
      .prefix { !$0.hasPrefix("the ") }
    let names = section.compactMap { line -> ByteString? in
      guard line.hasPrefix("  "), !line.hasPrefix("   "), let end = line.firstIndex(of: "=") else {
        return nil
      }
      return ByteString(String(line[..<end].dropFirst(2)))
    }
    #expect(names.count > 40)
    #expect(settings?.objectValue?.members.map(\.key) == names)
    try scratch.write("again.json", Array(settings?.serialized() ?? []))
    let again = try train([
      "denoiser", "--data", model.corpus, "--splits", model.splits, "--output", "again",
      "--steps", "1", "--config", "again.json", "--quiet",
    ])
    #expect(again.code == 0)
    let file = "checkpoints/step-1/model.safetensors"
    #expect(try scratch.read("run/\(file)") == scratch.read("again/\(file)"))
  }

  @Test func aTokenizerIsTrained() throws {
    let outcome = try train([
      "tokenizer", "--data", model.corpus, "--splits", model.splits, "--output", "vocabulary",
      "--set", "vocabulary=1100",
    ])
    #expect(outcome.code == 0)
    #expect(outcome.output.isEmpty)
    let inspected = try Program.run(
      "tokenize", "inspect", "--json", "--tokenizer", scratch("vocabulary/tokenizer.json"))
    let json = try JSON.parse(inspected.output, name: "output")
    let count = try #require(json["vocabulary"]?.intValue)
    #expect(count > 300 && count <= 1100)
    let pairs = try train([
      "tokenizer", "--data", model.corpus, "--splits", model.splits, "--output", "pairs",
      "--set", "model=bpe", "vocabulary=900", "normalizer=NFKC",
    ])
    #expect(pairs.code == 0)
    let text = try Program.run(
      "tokenize", "inspect", "--tokenizer", scratch("pairs/tokenizer.json")
    ).text
    #expect(text.contains("model: BPE over characters, byte fallback, "))
    #expect(text.contains("normaliser: NFKC\n"))
    let again = try train([
      "tokenizer", "--data", model.corpus, "--splits", model.splits, "--output", "vocabulary",
    ])
    #expect(again.code == 73)
    #expect(again.failedInOneLine)
    let absent = try train(["tokenizer", "--data", "absent.txt", "--output", "nothing"])
    #expect(absent.code == 66)
    #expect(!Path.exists(scratch("nothing")))
  }

  // MARK: What is refused

  @Test func aCorpusThatDoesNotExistIsNamedAndLeavesNoRun() throws {
    let outcome = try train([
      "denoiser", "--data", "no such corpus.txt", "--splits", model.splits, "--output", "run",
    ])
    #expect(outcome.code == 66)
    #expect(outcome.failedInOneLine)
    #expect(outcome.message.contains("no such corpus.txt"))
    #expect(!Path.exists(scratch("run")))
  }

  @Test func withoutDataAndTheirFolderThereIsNothingToTrainOn() throws {
    let outcome = try train(["denoiser", "--splits", model.splits, "--output", "run"])
    #expect(outcome.code == 66)
    #expect(outcome.failedInOneLine)
    #expect(outcome.message.contains("--data"))
  }

  @Test func aRunIsNotWrittenOver() throws {
    let outcome = try trainDenoiser("--output", model.path, "--steps", "1")
    #expect(outcome.code == 73)
    #expect(outcome.message.contains("--resume"))
  }

  @Test func aFolderThatCannotBeMadeIsReported() throws {
    try scratch.write("file", "text")
    let outcome = try trainDenoiser("--output", "file/run", "--steps", "1", "--quiet")
    #expect(outcome.code == 73)
    #expect(outcome.failedInOneLine)
  }

  @Test func thereIsNothingToResumeWhereNoRunIs() throws {
    let outcome = try train(["denoiser", "--output", "nothing", "--resume"])
    #expect(outcome.code == 66)
    #expect(outcome.failedInOneLine)
  }

  @Test(arguments: ["widht=3", "width", "width=-1", "heads=3", "decay=sudden"])
  func aSettingThatMakesNoSenseIsRefused(_ assignment: String) throws {
    let outcome = try train(
      ["denoiser", "--data", model.corpus, "--splits", model.splits, "--output", "run"]
        + ["--steps", "1", "--set"] + TinyModel.settings + [assignment, "--quiet"])
    #expect(outcome.code == 64)
    #expect(outcome.failedInOneLine)
    #expect(!Path.exists(scratch("run")))
  }
}

extension Scratch {
  func text(_ name: String) throws -> String { String(decoding: try read(name), as: UTF8.self) }
}
