import SeqaeFiles
import SeqaeRandom
import Testing

@Suite struct MappedFileTests {
  @Test(arguments: [0, 1, 4095, 4096, 4097, 100_000])
  func bytesAreThoseOfTheFile(count: Int) throws {
    let folder = TemporaryFolder()
    let contents = Random(seed: UInt64(count)).bytes(count)
    let path = folder.put("file", contents)
    let file = try MappedFile(path)
    #expect(Array(file.bytes) == contents)
    #expect(file.path == path)
    // A name may go while the file is in use.
    try Path.removeTree(path)
    #expect(Array(file.bytes) == contents)
    withExtendedLifetime(file) {}
  }

  @Test func filesThatStateNoSizeAreReadWhole() throws {
    let file = try MappedFile("/proc/self/status")
    #expect(file.bytes.starts(with: "Name:".utf8))
    withExtendedLifetime(file) {}
  }

  @Test func foldersAndMissingFilesAreMissingInput() {
    let folder = TemporaryFolder()
    let missing = failure { _ = try MappedFile(folder("a\nb")) }
    #expect(missing?.kind == .missingInput)
    #expect(
      missing?.message.hasSuffix("/a\\nb: can't be read: No such file or directory: check the path")
        == true)
    let directory = failure { _ = try MappedFile(folder.path) }
    #expect(directory?.kind == .missingInput)
    #expect(
      directory?.message == "\(folder.path): expected a file, found a folder: name a file in it")
    #expect(failure { _ = try MappedFile("/dev/null\0x") }?.kind == .missingInput)
  }
}
