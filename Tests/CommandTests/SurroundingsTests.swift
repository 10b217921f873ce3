import Glibc
import SeqaeFiles
import Testing

/// Locales, homes, folders and names that a command may be started among.
struct SurroundingsTests {
  @Test(arguments: Call.all.filter { $0.prints && !$0.isMeasured })
  func noLocaleAndNoHomeChangeAByte(_ call: Call) throws {
    let bench = try Bench()
    let expected = try bench.run(call)
    #expect(expected.code == 0)
    var all: [[String: String]] = [["HOME": "/nonexistent"], ["TMPDIR": "/nonexistent"]]
    for locale in ["C", "POSIX", "C.UTF-8", "tr_TR.UTF-8", "de_DE", "zh_CN.GB18030", "nonsense"] {
      all.append(["LANG": locale, "LC_ALL": locale, "LANGUAGE": locale])
    }
    for environment in all {
      let outcome = try bench.run(call, environment: environment)
      #expect(outcome.code == 0, "\(environment)")
      #expect(outcome.output == expected.output, "\(environment)")
      #expect(outcome.error == expected.error, "\(environment)")
    }
  }

  @Test func whatOnlyReadsWorksWhereNothingMayBeWritten() throws {
    let bench = try Bench()
    for folder in [bench.scratch.path, bench.folder, Path.join(bench.folder, "model")] {
      chmod(folder, 0o555)
    }
    defer {
      for folder in [bench.scratch.path, bench.folder] { chmod(folder, 0o755) }
    }
    // Root may write anywhere.
    let nobody = geteuid() == 0 ? "setpriv --reuid 65534 --regid 65534 --clear-groups " : ""
    guard try Program.shell("\(nobody)seqae --version", in: bench.folder).code == 0 else {
      return print("the program can't be run as nobody: no folder is read-only to it")
    }
    for call in Call.all where call.verb != "benchmark" {  // which keeps what it makes in a folder
      let words = call.words.joined(separator: " ")
      let outcome = try Program.shell(
        "HOME=\(bench.folder) exec \(nobody)seqae \(words) <input", in: bench.folder)
      if call.prints {
        #expect(outcome.code == 0, "\(call.verb): \(outcome.message)")
        #expect(try outcome.output == bench.run(call).output)
      } else {
        #expect(outcome.code == 73)
        #expect(outcome.failedInOneLine, "\(outcome.message)")
        #expect(outcome.message.contains("Permission denied: check the permissions"))
      }
    }
  }

  @Test(arguments: ["with spaces", "中文 文件夹", "😀", "a\nline", "-dash", "quote'\"s", "100%s\\n"])
  func anyNameIsANameOfProgramModelDataAndOutput(_ name: String) throws {
    let bench = try Bench("\(name)/\(name)")
    let copied = try Program.run(
      "/bin/cp", [Program.path, "\(bench.folder)/\(name)"].map { Array($0.utf8) })
    #expect(copied.code == 0)
    for call in Call.all where call.verb != "benchmark" {  // which starts the program anew
      let expected = try Bench().run(call)
      // All names from the root, which may hold what the name holds.
      let words = call.words.map {
        Path.exists(Path.join(bench.folder, $0)) || $0 == "new" ? Path.join(bench.folder, $0) : $0
      }
      let outcome = try Program.run(
        Path.join(bench.folder, name), words.map { Array($0.utf8) },
        input: Array(Bench.input.utf8))
      #expect(outcome.code == 0, "\(outcome.message)")
      #expect(outcome.output == expected.output, "\(call.verb)")
      #expect(outcome.message.split(separator: "\n").count <= 1, "\(outcome.message)")
    }
    // In a message it stays on one line.
    let missing = try Program.run(
      "report", Path.join(bench.folder, "nothing"), in: bench.scratch.path)
    #expect(missing.code == 66)
    #expect(missing.failedInOneLine)
  }

  @Test func aNameThatBeginsWithADashFollowsTwoDashesOrAnEqualsSign() throws {
    let bench = try Bench()
    let outcome = try Program.run("convert", "--", "model", "-new", in: bench.folder)
    #expect(outcome.code == 0, "\(outcome.message)")
    let used = try Program.run("denoise", "--model=-new", "--", "-text", "--", in: bench.folder)
    #expect(used.code == 0)
    #expect(used.text == "-text\n--\n")
    let option = try Program.run("convert", "model", "-o", in: bench.folder)
    #expect(option.code == 64)
    #expect(option.message.contains("put -- before a text that begins with dashes"))
  }

  // MARK: What lies where something else is expected

  @Test(
    arguments: [
      // A folder for a file.
      (66, "evaluate denoise --data run --model model", "run: expected a file, found a folder"),
      (66, "tokenize encode --tokenizer run text", "run: expected a file, found a folder"),
      (66, "noise --data run --splits splits.json", "run: expected a file, found a folder"),
      (66, "noise --data corpus.txt --splits run", "run: expected a file, found a folder"),
      (66, "noise --config run text", "run: expected a file, found a folder"),
      (
        66, "train denoiser --data run --splits splits.json --output new",
        "run: expected a file, found a folder"
      ),
      (
        66, "train denoiser --data corpus.txt --splits splits.json --output new --config run",
        "run: expected a file, found a folder"
      ),
      (73, "report run --output model", "model: can't be created: a folder has this name"),
      // A file for a folder.
      (66, "denoise --model input text", "input: expected a folder, found a file: give that of a"),
      (66, "convert input new", "input: expected a folder, found a file: give that of a"),
      (66, "report input", "input: holds no run (log.jsonl): give the folder that seqae train"),
      (73, "convert model input", "input: can't be created: a file has this name: choose another"),
      (
        73, "train denoiser --data corpus.txt --splits splits.json --output input --steps 1",
        "input: can't be created: a file has this name: choose another"
      ),
      (
        73, "train tokenizer --data corpus.txt --splits splits.json --output input",
        "input: can't be created: a file has this name: choose another"
      ),
      (66, "train denoiser --output input --resume", "input: holds no run to resume"),
      // Nothing in it.
      (65, "evaluate denoise --data /dev/null --model model", "/dev/null: expected lines of a"),
      (65, "tokenize encode --tokenizer /dev/null text", "/dev/null: line 1, column 1"),
      (65, "noise --data corpus.txt --splits /dev/null", "/dev/null: line 1, column 1"),
      (65, "noise --data /dev/null --splits splits.json", "/dev/null: no clean line"),
      (
        65, "train denoiser --data /dev/null --splits splits.json --output new",
        "/dev/null: no line for training: expected clean lines"
      ),
      (
        65, "train tokenizer --data /dev/null --splits splits.json --output new",
        "/dev/null: no line for training: expected lines of UTF-8"
      ),
    ] as [(Int32, String, String)])
  func whatIsFoundInsteadIsNamed(_ code: Int32, _ line: String, _ message: String) throws {
    let bench = try Bench()
    let outcome = try Program.shell("exec seqae \(line)", in: bench.folder)
    #expect(outcome.code == code)
    #expect(outcome.failedInOneLine, "\(outcome.message)")
    #expect(outcome.message.hasPrefix("seqae: \(message)"), "\(outcome.message)")
    #expect(outcome.output.isEmpty)
    // A refusal leaves no run behind that would have to be removed.
    #expect(!Path.exists(Path.join(bench.folder, "new/log.jsonl")))
  }

  @Test(arguments: Call.all)
  func filesMayBePipes(_ call: Call) throws {
    let bench = try Bench()
    let expected = try bench.run(call)
    let names =
      ["pairs.tsv", "corpus.txt", "splits.json", "model/config.json"]
      + ["model/model.safetensors", "model/tokenizer.json", "model/evidence.safetensors"]
    for name in names where call.words.contains(name) || call.words.contains(Path.directory(name)) {
      let file = Path.join(bench.folder, name)
      try Path.rename(file, to: file + ".kept")
      #expect(mkfifo(file, 0o600) == 0)
    }
    try Path.removeTree(Path.join(bench.folder, "new"))
    let writers = names.map { "[ -p \($0) ] && cat \($0).kept >\($0) &" }.joined(separator: "\n")
    let outcome = try bench.shell(call, "\(writers)\n$call <input")
    #expect(outcome.code == 0, "\(outcome.message)")
    if !call.isMeasured { #expect(outcome.output == expected.output) }
  }
}
