import Glibc
import SeqaeFiles
import SeqaeRandom
import Testing

@Suite struct AtomicFileTests {
  @Test func whatIsWrittenInPiecesIsTheFile() throws {
    let random = Random(seed: 31)
    let folder = TemporaryFolder()
    for size in [0, 1, 65_535, 65_536, 65_537, 300_000] {
      let contents = random.bytes(size)
      try AtomicFile.write(folder("file")) { writer throws(Failure) in
        var position = 0
        while position < size {
          // Pieces below and above the size of the buffer.
          let count = min(size - position, random.integer(below: random.chance(0.1) ? 150_000 : 90))
          try writer.write(Array(contents[position..<position + count]))
          position += count
          #expect(writer.count == position)
        }
      }
      #expect(folder.get("file") == contents)
    }
    #expect(try Path.list(folder.path) == ["file"])
  }

  @Test func aFailureLeavesTheOldFileAndNothingElse() throws {
    let folder = TemporaryFolder()
    try AtomicFile.write(folder("file"), bytes: [1, 2, 3])
    let stop = Failure(.data, "stop")
    let thrown = failure {
      try AtomicFile.write(folder("file")) { writer throws(Failure) in
        try writer.write([UInt8](repeating: 9, count: 200_000))
        throw stop
      }
    }
    #expect(thrown == stop)
    #expect(folder.get("file") == [1, 2, 3])
    #expect(
      failure { try AtomicFile.write(folder("new")) { _ throws(Failure) in throw stop } } == stop)
    #expect(try Path.list(folder.path) == ["file"])
  }

  @Test func theOldFileIsThereUntilTheNewOneIsComplete() throws {
    let folder = TemporaryFolder()
    try AtomicFile.write(folder("file"), bytes: [1])
    try AtomicFile.write(folder("file")) { writer throws(Failure) in
      try writer.write([UInt8](repeating: 2, count: 200_000))
      #expect(folder.get("file") == [1])
      // The temporary file is hidden and says whose it is.
      #expect(try Path.list(folder.path)[0].hasPrefix(".file.tmp-\(getpid())-"))
    }
    #expect(folder.get("file")?.count == 200_000)
  }

  @Test func permissionsOfAReplacedFileStay() throws {
    let folder = TemporaryFolder()
    let path = folder.put("secret", [1])
    chmod(path, 0o600)
    try AtomicFile.write(path, bytes: [2])
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
  }

  @Test func aLinkIsFollowedAndStays() throws {
    let folder = TemporaryFolder()
    try Path.makeDirectories(folder("elsewhere"))
    _ = folder.put("elsewhere/file", [1])
    try Path.replaceLink(folder("link"), with: "elsewhere/file")
    try AtomicFile.write(folder("link"), bytes: [2])
    #expect(folder.get("elsewhere/file") == [2])
    #expect(try Path.resolved(folder("link")).hasSuffix("/elsewhere/file"))
    #expect(try Path.list(folder("elsewhere")) == ["file"])
  }

  @Test func namesOfTheGreatestLengthCanBeWritten() throws {
    let folder = TemporaryFolder()
    for name in [String(repeating: "x", count: 255), String(repeating: "字", count: 85)] {
      try AtomicFile.write(folder(name), bytes: [5])
      #expect(folder.get(name) == [5])
    }
    let tooLong = failure {
      try AtomicFile.write(folder(String(repeating: "x", count: 256)), bytes: [])
    }
    #expect(tooLong?.kind == .cannotCreate)
    #expect(try Path.list(folder.path).count == 2)
  }

  @Test func placesWhereNoFileCanBeAreCannotCreate() throws {
    let folder = TemporaryFolder()
    let file = folder.put("file", [])
    for path in [
      folder.path, folder("missing/file"), file + "/below", "/proc/nothing", file + "\0x",
    ] {
      let thrown = failure { try AtomicFile.write(path, bytes: [1]) }
      #expect(thrown?.kind == .cannotCreate)
      #expect(thrown?.message.contains(": can't be created: ") == true)
    }
    #expect(folder.get("file") == [])
  }

  @Test func aDeviceIsWrittenToAndStaysADevice() throws {
    try AtomicFile.write("/dev/null", bytes: [1, 2, 3])
    #expect(Path.exists("/dev/null") && !Path.isRegularFile("/dev/null"))
  }

  @Test func aFullDiskIsReportedWithItsRemedy() {
    for count in [1, 70_000] {
      let thrown = failure {
        try AtomicFile.write("/dev/full", bytes: [UInt8](repeating: 1, count: count))
      }
      #expect(thrown?.kind == .io)
      #expect(
        thrown?.message
          == "/dev/full: writing failed: No space left on device: free space on that disk and run again"
      )
    }
  }
}
