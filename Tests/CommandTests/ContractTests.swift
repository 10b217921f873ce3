import Glibc
import SeqaeFiles
import Testing

/// A call that lets a verb do its work in the folder of a `Bench`.
struct Call: Sendable, CustomTestStringConvertible {
  let words: [String]
  /// Whether it works on standard input.
  var readsInput = false
  /// Whether it has results for standard output.
  var prints = true
  /// Whether its results are figures of this moment.
  var isMeasured = false

  var verb: String { words[0] }
  var testDescription: String { verb }

  /// One call of each verb.
  static let all = [
    Call(words: ["denoise", "--model", "model"], readsInput: true),
    Call(words: ["translate", "--model", "translator"], readsInput: true),
    Call(words: ["summarize", "--model", "summarizer"], readsInput: true),
    Call(words: ["evaluate", "denoise", "--data", "pairs.tsv", "--model", "model"]),
    Call(
      words: [
        "train", "tokenizer", "--data", "corpus.txt", "--splits", "splits.json", "--output", "new",
      ], prints: false),
    Call(words: ["report", "run"], prints: false),
    Call(words: ["cluster", "corpus.txt", "--clusters", "2"]),
    Call(words: ["noise", "--kind", "keyboard", "--rate", "0.5"], readsInput: true),
    Call(words: ["tokenize", "encode", "--model", "model"], readsInput: true),
    Call(words: ["embed", "--model", "vae"], readsInput: true),
    Call(words: ["decode", "--model", "vae", "vectors.jsonl"]),
    Call(words: ["reconstruct", "--model", "vae"], readsInput: true),
    Call(words: ["sample", "--model", "vae"]),
    Call(words: ["interpolate", "--model", "vae", "one", "two"]),
    Call(words: ["traverse", "--model", "vae", "one"]),
    Call(words: ["transfer", "--model", "cvae", "--from", "0", "--to", "1"], readsInput: true),
    Call(words: ["codes", "--model", "vqvae"], readsInput: true),
    Call(words: ["classify", "--model", "classifier"], readsInput: true),
    Call(words: ["index", "info", "papers.index"]),
    Call(words: ["search", "papers.index", "--method", "bm25"], readsInput: true),
    Call(words: ["convert", "model", "new"], prints: false),
    Call(words: ["benchmark", "peak", "--seconds", "0.001"], isMeasured: true),
    Call(words: ["completions", "bash"]),
    Call(words: ["manual"]),
  ]
  static let printing = all.filter(\.prints)
  static let reading = all.filter(\.readsInput)
}

/// A folder with all that the calls need.
struct Bench {
  let scratch: Scratch
  let folder: String

  static let input = (1...300).map { "\($0) 中，，国 İı hello...\n" }.joined()

  /// Only errors go to standard error.
  static let quiet = ["SEQAE_QUIET": "1"]

  init(_ name: String = "bench") throws {
    scratch = try Scratch()
    folder = scratch(name)
    let model = try TinyModel.made.get()
    try model.copy(to: Path.join(folder, "model"))
    let latent = try TinyLatent.made.get()
    for (name, path) in [
      ("vae", latent.vae), ("cvae", latent.conditional), ("vqvae", latent.discrete),
      ("classifier", latent.classifier), ("translator", latent.translator),
      ("summarizer", latent.summarizer),
    ] {
      try TinyLatent.copy(path, to: Path.join(folder, name))
    }
    try Path.makeDirectories(Path.join(folder, "run"))
    let splits = try MappedFile(model.splits)
    let corpus = try MappedFile(model.corpus)
    for (file, contents) in [
      ("splits.json", Array(splits.bytes)), ("corpus.txt", Array(corpus.bytes)),
      ("pairs.tsv", Array("a,,b\tab\n中，，国\t中国\n".utf8)), ("input", Array(Self.input.utf8)),
      ("vectors.jsonl", Array("[0, 0, 0, 0]\n{\"vector\": [1, 2, 3, 4.5]}\n".utf8)),
      ("run/log.jsonl", Array("{\"step\":1,\"loss\":2}\n{\"step\":2,\"loss\":1}\n".utf8)),
    ] {
      try AtomicFile.write(Path.join(folder, file), bytes: contents)
    }
    withExtendedLifetime((splits, corpus)) {}
    let paper = Array(#"{"id":"1","text":"a fine hello"}"#.utf8)
    let made = try Program.run("index", "create", "papers.index", in: folder)
    let filled = try Program.run(
      "index", "add", "papers.index", "--quiet", input: paper, in: folder)
    guard made.code == 0, filled.code == 0 else {
      throw Unexpected("no index: \(made.message)\(filled.message)")
    }
  }

  func run(_ call: Call, environment: [String: String] = [:]) throws -> Program.Outcome {
    try Program.run(
      Program.path, call.words.map { Array($0.utf8) }, input: Array(Self.input.utf8),
      environment: environment, in: folder)
  }

  /// Runs a line of the shell in which `$call` is the call.
  func shell(_ call: Call, _ line: String) throws -> Program.Outcome {
    try Program.shell(
      line.replacing("$call", with: "seqae \(call.words.joined(separator: " "))"),
      environment: Self.quiet, in: folder)
  }
}

/// What every verb keeps to, also one that is added tomorrow: streams, exit codes, locales, folders.
struct ContractTests {
  @Test func everyVerbHasItsCallAndItsHelp() throws {
    let help = try Program.run("--help").text.split(separator: "\n")
    let verbs = help.drop { $0 != "commands:" }.dropFirst().prefix { $0.hasPrefix("  ") }
      .filter { !$0.hasPrefix("   ") }.compactMap {
        $0.split(separator: " ").first.map(String.init)
      }
    #expect(verbs.sorted() == HelpTests.commands)
    #expect(Call.all.map(\.verb) == verbs)
  }

  @Test(arguments: HelpTests.commands)
  func everyOptionThatIsMisspeltIsRecognised(_ verb: String) throws {
    let help = try Program.run(verb, "--help").text
    for line in help.split(separator: "\n") where line.hasPrefix("  --") {
      let name = String(line.dropFirst(2).prefix { $0 != " " })
      let wrong = "\(name.prefix(4))q\(name.dropFirst(4))"
      let outcome = try Program.run(verb, wrong)
      #expect(outcome.code == 64)
      #expect(outcome.output.isEmpty)
      #expect(outcome.message == "seqae: unknown option \"\(wrong)\": did you mean \(name)?\n")
    }
  }

  // MARK: Streams

  @Test(arguments: Call.all)
  func resultsGoToStandardOutputAndNothingElseDoes(_ call: Call) throws {
    let outcome = try Bench().run(call, environment: Bench.quiet)
    #expect(outcome.code == 0, "\(outcome.message)")
    #expect(outcome.output.isEmpty != call.prints)
    #expect(outcome.message.isEmpty)
    // Nor notes with codes for terminals, where there is none.
    let loud = try Bench().run(call)
    #expect(!(loud.output + loud.error).contains(0x1B))
    #expect(!loud.error.contains(0x0D))
  }

  @Test(arguments: Call.printing)
  func aReaderThatGoesAwayEndsTheVerbQuietly(_ call: Call) throws {
    let bench = try Bench()
    var process = try Running(
      Program.path, call.words.map { Array($0.utf8) }, environment: Bench.quiet, in: bench.folder,
      input: .file(Path.join(bench.folder, "input")), output: .pipe,
      error: .file(bench.scratch("error")))
    process.closeOutput()
    #expect(try process.wait() == 0)
    #expect(try bench.scratch.read("error").isEmpty)
  }

  @Test(arguments: Call.printing)
  func anOutputThatTakesNothingIsAFailureOfWriting(_ call: Call) throws {
    let bench = try Bench()
    for (place, words) in [("/dev/full", "No space left"), ("&-", "Bad file descriptor")] {
      let outcome = try bench.shell(call, "$call <input >\(place)")
      #expect(outcome.code == 74)
      #expect(outcome.failedInOneLine, "\(outcome.message)")
      #expect(outcome.message.hasPrefix("seqae: standard output: writing failed: \(words)"))
    }
    // Errors that nobody hears change nothing.
    #expect(try bench.shell(call, "$call <input >/dev/null 2>&-").code == 0)
    #expect(try bench.shell(call, "$call <input >/dev/null 2>/dev/full").code == 0)
  }

  @Test(arguments: Call.reading)
  func anInputThatGivesNothingIsAFailureOfReading(_ call: Call) throws {
    let bench = try Bench()
    for (place, words) in [("/", "Is a directory"), ("&-", "Bad file descriptor")] {
      let outcome = try bench.shell(call, "$call <\(place)")
      #expect(outcome.code == 74)
      #expect(outcome.failedInOneLine, "\(outcome.message)")
      #expect(outcome.message.hasPrefix("seqae: standard input: reading failed: \(words)"))
    }
    let empty = try bench.shell(call, "$call </dev/null")
    #expect(empty.code == 0 && empty.output.isEmpty && empty.error.isEmpty)
    let broken = try bench.shell(call, "printf 'fine\\nbro\\377ken\\nfine\\n' | $call")
    #expect(broken.code == 65)
    #expect(broken.failedInOneLine)
    #expect(broken.text.split(separator: "\n").count == 1)
    #expect(broken.message.hasPrefix("seqae: standard input, line 2: not UTF-8 at byte 4"))
  }

  @Test func aClosedStreamsNumberIsNoFilesNumber() throws {
    let scratch = try Scratch()
    try scratch.write(
      "splits.json",
      "{\"seqae_splits\": 2, \"modulus\": 10, \"test_below\": 2, "
        + "\"development_below\": 4, \"lists\": {}}")
    // It waits for the first line of a corpus that nobody writes, whose number would be 0, 1 or 2. (9 is the
    // shell's, which its child has until it becomes the program.)
    let outcome = try Program.shell(
      """
      mkfifo corpus; exec 9<>corpus
      seqae noise --data corpus --splits splits.json <&- >&- 2>&- 9<&- &
      until ls -l /proc/$!/fd | grep -q '[0-8] -> .*corpus'; do sleep 0.02; kill -0 $! || exit 1; done
      for number in 0 1 2; do readlink /proc/$!/fd/$number; done
      kill $!
      """, in: scratch.path)
    #expect(outcome.text == "/dev/null\n/dev/null\n/dev/null\n")
    #expect(outcome.code == 0, "\(outcome.message)")
  }

  @Test func aTerminalSeesABarAndLosesItAgain() throws {
    guard Path.exists("/usr/bin/script") else {
      return print("no script here: no terminal is seen")
    }
    let bench = try Bench()
    func seen(_ output: String, _ options: String) throws -> Program.Outcome {
      let train =
        "seqae train denoiser --data corpus.txt --splits splits.json --output \(output) --steps 3 "
        + "\(options) --set \(TinyModel.settings.joined(separator: " "))"
      return try Program.shell("script -qec '\(train)' /dev/null </dev/null", in: bench.folder)
    }
    let loud = try seen("loud", "")
    #expect(loud.code == 0)
    let bar = try #require(loud.text.firstRange(of: "\r["))
    #expect(loud.text[bar.upperBound...].contains("\r\u{1B}[K"))
    // What stays is what follows the last return of each line: no bar.
    for line in loud.text.unicodeScalars.split(separator: "\n") {
      let last = String(line).split(separator: "\u{1B}[K", omittingEmptySubsequences: false).last
      #expect(last?.contains("[#") == false, "\(line)")
    }
    let quiet = try seen("quiet", "--quiet")
    #expect(quiet.code == 0)
    #expect(quiet.output.isEmpty)
  }

  // MARK: Exit codes

  // 69 is for builds without a library, 70 for faults of the program: neither can be had by asking.
  @Test(
    arguments: [
      (0, "seqae denoise --model model text"), (64, "seqae denoise --threads 0 text"),
      (65, "seqae evaluate denoise --data corpus.txt --model model"),
      (66, "seqae denoise --model nowhere text"), (73, "seqae convert model model"),
      (74, "seqae denoise --model model text >/dev/full"),
      // Started in the background, a shell's child would ignore the signal.
      (130, "mkfifo p; (sleep 1; kill -INT $$) & exec 9<>p; exec seqae denoise --model model <p"),
    ] as [(Int32, String)])
  func everyExitCodeIsThatOfTheHelp(_ code: Int32, _ line: String) throws {
    #expect(try Program.run("--help").text.contains("\(code) "))
    let bench = try Bench()
    let outcome = try Program.shell(line, in: bench.folder)
    #expect(outcome.code == code, "\(outcome.message)")
    #expect(code == 0 || code == 130 ? outcome.error.isEmpty : outcome.failedInOneLine)
  }
}
