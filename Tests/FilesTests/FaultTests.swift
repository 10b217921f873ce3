import Glibc
import SeqaeFiles
import Synchronization
import Testing

/// Lets one call of the system fail, counted from 1.
final class Fault: Sendable {
  private let calls = Atomic<Int>(0)
  private let place: Int
  private let code: Int32

  init(at place: Int, with code: Int32) {
    self.place = place
    self.code = code
  }

  /// How many calls there were.
  var count: Int { calls.load(ordering: .relaxed) }

  func during(_ folder: TemporaryFolder, _ body: () throws -> Void) rethrows {
    SystemCall.setFault(in: folder.path) { _ in
      self.calls.wrappingAdd(1, ordering: .relaxed).newValue == self.place ? self.code : nil
    }
    defer { SystemCall.setFault(in: folder.path, nil) }
    try body()
  }
}

@Suite struct FaultTests {
  @Test(arguments: [EIO, ENOSPC, EACCES])
  func whicheverCallFailsAFileIsTheOldOneOrTheNewOne(_ code: Int32) throws {
    let folder = TemporaryFolder()
    let (old, new) = ([UInt8](repeating: 1, count: 10), [UInt8](repeating: 2, count: 200_000))
    var place = 0
    while true {
      place += 1
      try AtomicFile.write(folder("file"), bytes: old)
      let fault = Fault(at: place, with: code)
      let thrown = failure {
        try fault.during(folder) { try AtomicFile.write(folder("file"), bytes: new) }
      }
      #expect(try Path.list(folder.path) == ["file"])
      guard let thrown else {
        #expect(fault.count < place)
        #expect(folder.get("file") == new)
        break
      }
      #expect(thrown.message.contains(folder.path), "\(thrown)")
      #expect(folder.get("file") == old || folder.get("file") == new)
    }
    // open, four writes at most, sync, rename, and open and sync of the folder
    #expect(place > 5)
  }

  @Test func whicheverCallFailsALinkIsTheOldOneOrTheNewOne() throws {
    let folder = TemporaryFolder()
    for name in ["a", "b"] { try Path.makeDirectories(folder(name)) }
    var place = 0
    var thrown: Failure?
    repeat {
      place += 1
      try Path.replaceLink(folder("link"), with: "a")
      thrown = failure {
        try Fault(at: place, with: EIO).during(folder) {
          try Path.replaceLink(folder("link"), with: "b")
        }
      }
      #expect(try Path.list(folder.path) == ["a", "b", "link"])
      let target = Path.lastComponent(try Path.resolved(folder("link")))
      #expect(thrown == nil ? target == "b" : ["a", "b"].contains(target))
    } while thrown != nil
    #expect(place == 5)  // the link, its name, open and sync of the folder
  }

  @Test(arguments: [EIO, EACCES, ENOMEM])
  func whicheverCallFailsAReadIsWholeOrAFailureThatNamesTheFile(_ code: Int32) throws {
    let folder = TemporaryFolder()
    let contents = [UInt8]("one\ntwo\nthree".utf8)
    _ = folder.put("file", contents)
    let reads: [(calls: Int, () throws -> [UInt8])] = [
      (
        4,  // open, two questions, map
        {
          let file = try MappedFile(folder("file"))
          defer { withExtendedLifetime(file) {} }
          return Array(file.bytes)
        }
      ),
      (
        4,  // open, question, two reads
        {
          var (lines, read) = (try LineReader(path: folder("file")), [[UInt8]]())
          while let line = try lines.next() { read.append(line) }
          return Array(read.joined(separator: [0x0A]))
        }
      ),
      (1, { try Path.fileSize(folder("file")) == contents.count ? contents : [] }),
      (
        5,  // open, and one for each of three names and the end
        { try Path.list(folder.path) == ["file"] ? contents : [] }
      ),
    ]
    for (calls, read) in reads {
      var place = 0
      while true {
        place += 1
        let fault = Fault(at: place, with: code)
        var found: [UInt8] = []
        let thrown = failure { try fault.during(folder) { found = try read() } }
        guard let thrown else {
          #expect(found == contents)
          break
        }
        #expect([.missingInput, .io].contains(thrown.kind))
        #expect(thrown.message.hasPrefix(folder.path), "\(thrown)")
        #expect(found.isEmpty)
      }
      #expect(place == calls + 1)
    }
  }

  @Test func whatCanNotBeLookedAtMayBeThere() throws {
    let folder = TemporaryFolder()
    _ = folder.put("file", [1])
    Fault(at: 1, with: EIO).during(folder) { #expect(Path.exists(folder("nothing"))) }
    Fault(at: 1, with: ENOENT).during(folder) { #expect(!Path.exists(folder("file"))) }
    #expect(Path.exists(folder("file")) && !Path.exists(folder("nothing")))
    #expect(!Path.exists(folder("file/below")))
  }

  @Test func aFaultHoldsForItsFolderOnly() throws {
    let (folder, other) = (TemporaryFolder(), TemporaryFolder())
    let thrown = failure {
      try Fault(at: 1, with: EIO).during(folder) {
        try Path.makeDirectories(other("new"))
        try Path.makeDirectories(folder("new"))
      }
    }
    #expect(thrown?.kind == .cannotCreate)
    #expect(Path.exists(other("new")))
    try Path.makeDirectories(folder("new"))
  }

  // MARK: What killed writers leave

  @Test func leftoversOfDeadWritersGoAndAllElseStays() throws {
    let folder = TemporaryFolder()
    // Above the greatest number of a process; our own, as after a kill in a container; process 1 lives.
    let gone = [".weights.tmp-999999999-0", ".latest.tmp-999999999", ".a.tmp-b.tmp-\(getpid())-7"]
    let kept = [
      ".hidden", ".tmp-", ".x.tmp-", ".x.tmp-1-2", ".x.tmp-9-9-9", ".x.tmp--9", ".x.tmp-0-1",
      ".x.tmp-99999999999999999999-1", "weights.tmp-999999999-0", "x",
    ]
    for name in gone + kept { _ = folder.put(name, [1]) }
    try AtomicFile.removeLeftovers(in: folder.path)
    #expect(try Path.list(folder.path) == kept.map { ByteString($0) }.sorted().map(\.string))
  }

  // MARK: Locks

  @Test func aLockIsHeldOnceAndNamesItsProcess() throws {
    let folder = TemporaryFolder()
    let taken = Failure(.cannotCreate, "taken")
    var holder: Int?
    func lock() throws(Failure) -> FileLock {
      try FileLock(folder("lock")) { process in
        holder = process
        return taken
      }
    }
    var first: FileLock? = try lock()
    #expect(failure { _ = try lock() } == taken)
    #expect(holder == Int(getpid()))
    #expect(folder.get("lock") == Array("\(getpid())\n".utf8))
    first = nil
    #expect(first == nil && !Path.exists(folder("lock")))
    // The file that a killed holder left is no lock.
    _ = folder.put("lock", Array("123\n".utf8))
    let second = try lock()
    withExtendedLifetime(second) { #expect(failure { _ = try lock() } == taken) }
  }

  @Test func aLockNeedsAFolder() {
    let folder = TemporaryFolder()
    let thrown = failure {
      _ = try FileLock(folder("missing/lock")) { _ in Failure(.usage, "held") }
    }
    #expect(thrown?.kind == .cannotCreate)
    #expect(thrown?.message.contains("missing/lock") == true)
  }

  @Test func appendedBytesComeLast() throws {
    let folder = TemporaryFolder()
    for byte in UInt8(0)..<3 { try AppendedFile.append([byte], to: folder("log")) }
    #expect(folder.get("log") == [0, 1, 2])
    let thrown = failure {
      try Fault(at: 2, with: ENOSPC).during(folder) {
        try AppendedFile.append([3], to: folder("log"))
      }
    }
    #expect(thrown?.kind == .io)
    #expect(thrown?.message.contains("No space left") == true)
    #expect(folder.get("log") == [0, 1, 2])
  }
}
