import Glibc
import SeqaeFiles
import Testing

@Suite struct PathTests {
  // The values of Python's posixpath where it has the same function.
  @Test(arguments: [
    (["a", "b"], "a/b"), (["a/", "b"], "a/b"), (["a", "/b"], "/b"), (["", "b"], "b"),
    (["a", ""], "a"), (["/", "b"], "/b"), (["a", "b", "c"], "a/b/c"), ([], ""),
  ])
  func joining(parts: [String], path: String) {
    let joined =
      switch parts.count {
      case 0: Path.join()
      case 2: Path.join(parts[0], parts[1])
      default: Path.join(parts[0], parts[1], parts[2])
      }
    #expect(joined == path)
  }

  @Test(arguments: [
    ("a/b/c", "a/b", "c"), ("a/b/c//", "a/b", "c"), ("c", ".", "c"), ("/c", "/", "c"),
    ("//c", "/", "c"), ("/", "/", "/"), ("a//b", "a", "b"), ("字/é x\n", "字", "é x\n"),
    ("./c", ".", "c"), ("", ".", ""),
  ])
  func splitting(path: String, directory: String, last: String) {
    #expect(Path.directory(path) == directory)
    #expect(Path.lastComponent(path) == last)
  }

  @Test func absoluteStartsAtTheRootAndExecutableExists() throws {
    #expect(Path.absolute("/a/b") == "/a/b")
    #expect(Path.absolute("x").hasPrefix("/") && Path.absolute("x").hasSuffix("/x"))
    #expect(Path.isRegularFile(try #require(Path.executablePath)))
  }

  @Test func foldersAreMadeListedAndRemoved() throws {
    let folder = TemporaryFolder()
    let deep = folder("run one/字/line\nbreak")
    try Path.makeDirectories(deep)
    try Path.makeDirectories(deep)
    #expect(Path.isDirectory(deep) && !Path.isRegularFile(deep))

    // Bytes, not the order of a language: capitals first, accents last.
    for name in ["b", "é", "B", ".hidden", "a"] { _ = folder.put("run one/" + name, [1, 2, 3]) }
    #expect(try Path.list(folder("run one")) == [".hidden", "B", "a", "b", "é", "字"])
    #expect(try Path.fileSize(folder("run one/a")) == 3)
    #expect(Path.isRegularFile(folder("run one/a")))

    try Path.removeTree(folder("run one"))
    #expect(!Path.exists(folder("run one")))
    try Path.removeTree(folder("run one"))
  }

  @Test func removingATreeLeavesWhatItsLinksPointTo() throws {
    let folder = TemporaryFolder()
    try Path.makeDirectories(folder("kept"))
    try Path.makeDirectories(folder("gone"))
    let file = folder.put("kept/file", [1])
    try Path.replaceLink(folder("gone/link"), with: "../kept")
    try Path.removeTree(folder("gone"))
    #expect(Path.exists(file) && !Path.exists(folder("gone")))
  }

  @Test func linksAreReplacedInOneStep() throws {
    let folder = TemporaryFolder()
    try Path.makeDirectories(folder("step-1"))
    try Path.makeDirectories(folder("step-2"))
    for step in ["step-1", "step-2"] {
      try Path.replaceLink(folder("latest"), with: step)
      #expect(try Path.resolved(folder("latest")) == Path.resolved(folder(step)))
    }
    #expect(try Path.list(folder.path) == ["latest", "step-1", "step-2"])
  }

  @Test func renamingMovesWholeFolders() throws {
    let folder = TemporaryFolder()
    try Path.makeDirectories(folder("step-1.tmp"))
    _ = folder.put("step-1.tmp/a", [7])
    try Path.rename(folder("step-1.tmp"), to: folder("step-1"))
    #expect(folder.get("step-1/a") == [7] && !Path.exists(folder("step-1.tmp")))
  }

  @Test func failuresNameThePathAndTheReason() throws {
    let folder = TemporaryFolder()
    let file = folder.put("file", [])
    let missing = folder("missing")
    let cases: [(Failure?, Failure.Kind, String)] = [
      (failure { _ = try Path.list(missing) }, .missingInput, missing),
      (failure { _ = try Path.fileSize(missing) }, .missingInput, missing),
      (failure { _ = try Path.resolved(missing) }, .missingInput, missing),
      (failure { try Path.makeDirectories(file) }, .cannotCreate, file),
      (failure { try Path.makeDirectories(file + "/sub/sub") }, .cannotCreate, file),
      (failure { try Path.makeDirectories("") }, .cannotCreate, ""),
      (failure { try Path.rename(missing, to: folder("x")) }, .cannotCreate, folder("x")),
      (failure { try Path.replaceLink(missing + "/l", with: "x") }, .cannotCreate, missing),
    ]
    for (failure, kind, path) in cases {
      #expect(failure?.kind == kind)
      #expect(failure?.message.contains(path) == true, "\(failure?.message ?? "")")
    }
    #expect(cases[0].0?.message.contains("No such file or directory: check the path") == true)
  }
}
