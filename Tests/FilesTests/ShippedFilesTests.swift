import SeqaeFiles
import Testing

/// Where a program looks for the files that come with it.
@Suite struct ShippedFilesTests {
  private let folder = TemporaryFolder()

  @Test(arguments: [
    ("/usr/bin/seqae", "/usr/share/seqae"), ("/bin/seqae", "/share/seqae"),
    ("/opt/se qae 零/bin/seqae", "/opt/se qae 零/share/seqae"), ("/seqae", "/share/seqae"),
  ])
  func anInstalledProgramLooksBesideItsFolderOnly(program: String, place: String) {
    #expect(ShippedFiles.folders(of: program) == [place])
  }

  @Test(arguments: [".build/release/seqae", ".build/test/x86_64/release/seqae", ".build/seqae"])
  func aBuiltProgramLooksInItsCheckout(program: String) throws {
    _ = folder.put("Package.swift", [])
    #expect(ShippedFiles.folders(of: folder(program)).last == folder.path)
  }

  @Test func whatIsInstalledInsideACheckoutIsAskedFirst() throws {
    _ = folder.put("Package.swift", [])
    let places = ShippedFiles.folders(of: folder(".build/stage/bin/seqae"))
    #expect(places == [folder(".build/stage/share/seqae"), folder.path])
    // Not in .build: whose the folders above are is not known.
    #expect(ShippedFiles.folders(of: folder("bin/seqae")) == [folder("share/seqae")])
  }

  @Test func aFolderWithoutAManifestIsNoCheckout() {
    #expect(ShippedFiles.folders(of: folder(".build/release/seqae")).count == 1)
  }
}
