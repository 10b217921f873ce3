import Glibc
import SeqaeFiles
import SeqaeRandom
import Testing

private func lines(_ reader: consuming LineReader) throws -> [[UInt8]] {
  var lines: [[UInt8]] = []
  while let line = try reader.next() {
    lines.append(line)
    #expect(reader.lineNumber == lines.count)
  }
  #expect(try reader.next() == nil)
  return lines
}

private func text(_ lines: [[UInt8]]) -> [String] {
  lines.map { String(decoding: $0, as: UTF8.self) }
}

@Suite struct LineReaderTests {
  @Test(arguments: [
    ("", []), ("\n", [""]), ("\n\n", ["", ""]), ("a", ["a"]), ("a\n", ["a"]), ("a\nb", ["a", "b"]),
    ("a\r\nb\r\n", ["a", "b"]), ("\r\n", [""]), ("a\rb\n", ["a\rb"]), ("a\r\r\n", ["a\r"]),
    ("a\r", ["a\r"]), ("\u{FEFF}", []), ("\u{FEFF}\n", [""]), ("\u{FEFF}a\n", ["a"]),
    ("\u{FEFF}\u{FEFF}a", ["\u{FEFF}a"]), ("a\n\u{FEFF}b", ["a", "\u{FEFF}b"]),
    ("a\0b\nc", ["a\0b", "c"]),
    ("a\u{85}b\u{2028}c\u{B}d\u{C}e\n", ["a\u{85}b\u{2028}c\u{B}d\u{C}e"]),
    ("\u{1F}", ["\u{1F}"]), ("\u{1F}\n", ["\u{1F}"]),
  ])
  func linesEndInLineFeedsOnly(contents: String, expected: [String]) throws {
    let folder = TemporaryFolder()
    let path = folder.put("text", Array(contents.utf8))
    #expect(text(try lines(LineReader(path: path))) == expected)
  }

  @Test func anyBytesComeBackAsTheyAre() throws {
    let random = Random(seed: 41)
    let folder = TemporaryFolder()
    for _ in 0..<20 {
      // Lines shorter and longer than the reader's buffer of 65,536 bytes.
      let expected = (0..<20).map { _ in
        random.bytes(random.integer(below: random.chance(0.1) ? 150_000 : 3000))
          .filter { $0 != 0x0A && $0 != 0x0D } + [0x7A]
      }
      let path = folder.put("text", Array(expected.joined(separator: [0x0A])))
      #expect(try lines(LineReader(path: path)) == expected)
    }
  }

  @Test func linesDoNotDependOnHowTheyArrive() throws {
    let random = Random(seed: 42)
    for _ in 0..<50 {
      // A socket of packets gives each write to a read of its own.
      var ends: [Int32] = [0, 0]
      #expect(socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue), 0, &ends) == 0)
      var contents: [UInt8] = []
      for _ in 0..<12 {
        let piece = (0..<1 + random.integer(below: 6)).map { _ in
          [0x0A, 0x0D, 0x61, 0xEF, 0xBB, 0xBF, 0x1F][random.integer(below: 7)] as UInt8
        }
        #expect(write(ends[1], piece, piece.count) == piece.count)
        contents += piece
      }
      close(ends[1])
      let folder = TemporaryFolder()
      let whole = try lines(LineReader(path: folder.put("text", contents)))
      #expect(try lines(LineReader(descriptor: ends[0], name: "socket")) == whole)
      close(ends[0])
    }
  }

  @Test func aLineIsThereBeforeTheTextEnds() throws {
    var ends: [Int32] = [0, 0]
    #expect(pipe(&ends) == 0)
    var reader = LineReader(descriptor: ends[0], name: "pipe")
    for line in ["a", "", "b c"] {
      let bytes = Array((line + "\n").utf8)
      #expect(write(ends[1], bytes, bytes.count) == bytes.count)
      #expect(try reader.next() == Array(line.utf8))
    }
    close(ends[1])
    #expect(try reader.next() == nil)
    close(ends[0])
  }

  @Test func aLineThatIsTooLongIsRefusedByNumber() throws {
    let folder = TemporaryFolder()
    for (limit, length) in [(10, 11), (70_000, 70_001), (65_536, 200_000), (0, 1)] {
      let line = [UInt8](repeating: 0x61, count: length)
      let fitting = [UInt8](repeating: 0x62, count: limit)
      for end in [[], [0x0A], [0x0A, 0x63]] as [[UInt8]] {
        let path = folder.put("text", fitting + [0x0A] + line + end)
        var reader = try LineReader(path: path, maximumLineLength: limit)
        #expect(try reader.next() == fitting)
        let thrown = failure { _ = try reader.next() }
        #expect(thrown?.kind == .data)
        #expect(
          thrown?.message.hasPrefix("\(path): line 2: expected at most \(limit) bytes") == true)
        #expect(try reader.next() == nil)
      }
    }
  }

  @Test func failuresSayWhatCanNotBeRead() {
    let folder = TemporaryFolder()
    #expect(failure { _ = try LineReader(path: folder("missing")) }?.kind == .missingInput)
    #expect(failure { _ = try LineReader(path: folder.path) }?.kind == .missingInput)
    var closed = LineReader(descriptor: -1, name: "standard input")
    let thrown = failure { _ = try closed.next() }
    #expect(thrown?.kind == .io)
    #expect(
      thrown?.message
        == "standard input: reading failed: Bad file descriptor: open or redirect it")
  }
}

#if canImport(CZlib)
  @Suite struct GzipLinesTests {
    private let members = ["first", "second", "", "fünfte 行", "last"]

    private func bytes(_ name: String) throws -> [UInt8] {
      let file = try MappedFile(fixture(name))
      defer { withExtendedLifetime(file) {} }
      return Array(file.bytes)
    }

    @Test func joinedMembersAreOneText() throws {
      #expect(text(try lines(LineReader(path: fixture("members.txt.gz")))) == members)
    }

    @Test func aDescriptorIsDecompressedToo() throws {
      let descriptor = open(fixture("members.txt.gz"), O_RDONLY)
      defer { close(descriptor) }
      #expect(text(try lines(LineReader(descriptor: descriptor, name: "stdin"))) == members)
    }

    @Test func textLargerThanEveryBufferIsWhole() throws {
      let all = try lines(LineReader(path: fixture("long.txt.gz")))
      #expect(all.count == 100_002)
      #expect(all[..<100_000].allSatisfy { $0 == [0x30] })
      #expect(all[100_000] == [UInt8](repeating: 0x78, count: 300_000))
      #expect(all[100_001] == Array("end".utf8))
    }

    @Test func aBombIsStoppedByTheLimitOfALine() throws {
      var reader = try LineReader(path: fixture("long.txt.gz"), maximumLineLength: 1000)
      let thrown = failure { while try reader.next() != nil {} }
      #expect(thrown?.kind == .data && thrown?.message.contains("line 100001") == true)
    }

    @Test func everyTruncationWithinAMemberIsRefused() throws {
      let whole = try bytes("members.txt.gz")
      let folder = TemporaryFolder()
      var complete = 0
      for count in 2..<whole.count {
        let path = folder.put("cut.gz", Array(whole[..<count]))
        let thrown = failure { _ = try lines(LineReader(path: path)) }
        if let thrown {
          #expect(thrown.kind == .data)
          #expect(
            thrown.message == "\(path): ends inside its gzip data: it was cut off, copy it again")
        } else {
          complete += 1
        }
      }
      // Whole are: each of the first three members' ends, and 13 lengths of zero padding.
      #expect(complete == 16)
    }

    @Test func damageIsNamedOrWithoutEffect() throws {
      let whole = try bytes("members.txt.gz")
      let folder = TemporaryFolder()
      var refused = 0
      for position in 2..<whole.count {
        for flip: UInt8 in [0x01, 0x10, 0xFF] {
          var damaged = whole
          damaged[position] ^= flip
          let path = folder.put("damaged.gz", damaged)
          guard let thrown = failure({ _ = try lines(LineReader(path: path)) }) else { continue }
          refused += 1
          #expect(thrown.kind == .data && thrown.message.hasPrefix("\(path): "))
        }
      }
      // Only the unused header fields (time, operating system) of four members go unchecked.
      #expect(refused > 3 * (whole.count - 2) - 4 * 3 * 7)
    }

    @Test func junkAfterTheLastMemberIsRefused() throws {
      let folder = TemporaryFolder()
      let path = folder.put("junk.gz", try bytes("members.txt.gz") + [1, 2, 3])
      let thrown = failure { _ = try lines(LineReader(path: path)) }
      #expect(thrown?.kind == .data)
      #expect(thrown?.message.contains("incorrect header check") == true)
    }
  }
#endif
