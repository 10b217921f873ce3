import Glibc
import SeqaeFiles
import Testing

/// What `make install` does once the program is built: `Scripts/install.sh`, here with the tests' program.
struct InstallTests {
  private let scratch: Scratch
  private let destination: String
  private let prefix = "/opt/se qae 零"

  init() throws {
    scratch = try Scratch()
    destination = scratch("a destination")
  }

  private func place(_ path: String) -> String { destination + Path.join(prefix, path) }

  private func script(
    _ argument: String, prefix: String? = nil, settings: [String: String] = [:]
  ) throws -> Program.Outcome {
    let environment = [
      "PREFIX": prefix ?? self.prefix, "DESTDIR": destination, "SOURCE_DATE_EPOCH": "1700000000",
    ]
    // As strict a umask as there is.
    let line =
      "umask 077; exec '\(Path.join(Program.checkout, "Scripts/install.sh"))' '\(argument)'"
    return try Program.shell(
      line, environment: environment.merging(settings) { $1 }, in: scratch.path)
  }

  private func install() throws {
    let outcome = try script(Program.path)
    try #require(outcome.code == 0, "\(outcome.message)")
    #expect(outcome.output.isEmpty && outcome.error.isEmpty)
  }

  /// All below a folder by their paths in it, folders with a slash at the end.
  private func tree(_ folder: String, _ inner: String = "") throws -> [String] {
    try Path.list(Path.join(folder, inner)).flatMap { name in
      let path = Path.join(inner, name)
      return Path.isDirectory(Path.join(folder, path))
        ? ["\(path)/"] + (try tree(folder, path)) : [path]
    }
  }

  private func run(_ words: String..., environment: [String: String] = [:]) throws
    -> Program.Outcome
  {
    try Program.run(
      place("bin/seqae"), words.map { Array($0.utf8) }, environment: environment, in: scratch.path)
  }

  @Test func theInstalledProgramFindsItsOwnFiles() throws {
    try install()
    #expect(try run("denoise", "中，，，，国").text == "中国\n")
    // Its models, not the checkout's.
    try Path.removeTree(place("share/seqae/Models"))
    let outcome = try run("denoise", "中，，，，国")
    #expect(outcome.code == 66)
    #expect(outcome.failedInOneLine)
    #expect(outcome.message.contains(place("share/seqae/Models")))
    let elsewhere = ["SEQAE_MODELS": Path.join(Program.checkout, "Models")]
    #expect(try run("denoise", "中，，，，国", environment: elsewhere).text == "中国\n")
  }

  @Test func theInstalledProgramKnowsWhatIsHeldOut() throws {
    try install()
    // Of so many lines some are test lines.
    let lines = (1...2000).map { "This is line \($0) of many.\n" }
    let corpus = try scratch.write("corpus.txt", lines.joined())
    #expect(try run("noise", "--data", corpus, "--quiet", "--limit", "1").code == 0)
    try Path.removeTree(place("share/seqae/Scripts"))
    let outcome = try run("noise", "--data", corpus, "--quiet", "--limit", "1")
    #expect(outcome.code == 66)
    #expect(outcome.failedInOneLine)
    #expect(outcome.message.contains(place("share/seqae/Scripts/splits.json")))
    #expect(outcome.message.contains("--splits"))
  }

  @Test func allThatBelongsToItIsThereForEveryone() throws {
    try install()
    for path in [
      "share/man/man1/seqae.1.gz", "share/bash-completion/completions/seqae",
      "share/zsh/site-functions/_seqae", "share/fish/vendor_completions.d/seqae.fish",
      "share/doc/seqae/LICENSE", "share/doc/seqae/LICENSE-Unicode", "share/doc/seqae/NOTICE",
      "share/seqae/Models/denoiser/config.json", "share/seqae/Scripts/splits.json",
    ] {
      #expect(try Path.fileSize(place(path)) > 0, "\(path)")
    }
    for path in try tree(destination) {
      var status = stat()
      try #require(stat(Path.join(destination, path), &status) == 0)
      // DESTDIR and PREFIX themselves aside: they are the person's own.
      let isProgram = path.hasSuffix("/bin/seqae")
      let expected: mode_t = path.hasSuffix("/") || isProgram ? 0o755 : 0o644
      #expect(status.st_mode & 0o777 == expected, "\(path)")
    }
    let page = try Program.shell("zcat '\(place("share/man/man1/seqae.1.gz"))'", in: "/")
    #expect(page.text.hasPrefix(".TH SEQAE 1 2023-11-14 "))
  }

  @Test func uninstallingLeavesWhatWasThereBefore() throws {
    try Path.makeDirectories(place("share/man/man1"))
    let page = place("share/man/man1/other.1")
    try AtomicFile.write(page, bytes: [1])
    let before = try tree(destination)
    try install()
    try install()
    #expect(try tree(destination).count > before.count + 10)
    #expect(try script("--uninstall").code == 0)
    #expect(try tree(destination) == before)
    let again = try script("--uninstall")
    #expect(again.code == 66)
    #expect(again.message.contains("installed.txt"))
  }

  @Test func aModelOfOnesOwnIsKeptAndAFormerOneIsNot() throws {
    try install()
    let own = place("share/seqae/Models/own/config.json")
    try Path.makeDirectories(Path.directory(own))
    try AtomicFile.write(own, bytes: [1])
    // What an older version had installed.
    let former = place("share/seqae/Models/denoiser/former.bin")
    try AtomicFile.write(former, bytes: [1])
    let list = place("share/seqae/installed.txt")
    let file = try MappedFile(list)
    let lines = Array(file.bytes) + Array("share/seqae/Models/denoiser/former.bin\n".utf8)
    try AtomicFile.write(list, bytes: lines)
    try install()
    #expect(!Path.exists(former))
    #expect(Path.exists(own))
    #expect(try script("--uninstall").code == 0)
    #expect(Path.exists(own))
    #expect(!Path.exists(place("share/seqae/Models/denoiser")))
  }

  @Test(arguments: ["usr", "~/.local", "./x"])
  func aPrefixThatDoesNotBeginAtTheRootIsRefused(_ prefix: String) throws {
    let outcome = try script(Program.path, prefix: prefix)
    #expect(outcome.code == 64)
    #expect(outcome.message.contains(prefix))
    #expect(!Path.exists(destination))
  }
}
