import Glibc
import SeqaeFiles
import Synchronization
import Testing

@Suite struct OutputTests {
  @Test func linesOfManyThreadsStayWhole() async throws {
    let folder = TemporaryFolder()
    let descriptor = open(folder("out"), O_WRONLY | O_CREAT, 0o600)
    defer { close(descriptor) }
    let output = Output(descriptor: descriptor, name: "out")
    #expect(!output.isTerminal)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for task in 0..<4 {
        group.addTask {
          let line = String(repeating: "\(task)", count: 50 + task)
          for _ in 0..<1000 { try output.line(line) }
        }
      }
      try await group.waitForAll()
    }
    try output.flush()
    var counts: [[UInt8]: Int] = [:]
    for line in try #require(folder.get("out")).split(separator: 0x0A) {
      counts[Array(line), default: 0] += 1
    }
    #expect(counts.count == 4 && counts.values.allSatisfy { $0 == 1000 })
  }

  @Test func nothingIsLostBetweenBufferAndLargeWrites() throws {
    let folder = TemporaryFolder()
    let descriptor = open(folder("out"), O_WRONLY | O_CREAT, 0o600)
    defer { close(descriptor) }
    let output = Output(descriptor: descriptor, name: "out")
    let large = [UInt8](repeating: 0x78, count: 100_000)
    try output.line("before")
    #expect(folder.get("out") == [])
    try output.write(large)
    try output.line([0x61, 0xFF])
    try output.flush()
    #expect(folder.get("out") == Array("before\n".utf8) + large + [0x61, 0xFF, 0x0A])
  }

  @Test func aReaderThatIsGoneIsToldApart() {
    ProcessSignals.ignoreWriteSignals()
    var ends: [Int32] = [0, 0]
    #expect(pipe(&ends) == 0)
    close(ends[0])
    let output = Output(descriptor: ends[1], name: "standard output", flushesAlways: true)
    let broken = failure { try output.line("text") }
    #expect(broken?.kind == .io && broken?.isBrokenPipe == true)
    close(ends[1])
    let closed = failure { try Output(descriptor: -1, name: "x", flushesAlways: true).line("text") }
    #expect(closed?.kind == .io && closed?.isBrokenPipe == false)
    #expect(closed?.message == "x: writing failed: Bad file descriptor: open or redirect it")
  }

  @Test func aDescriptorThatDoesNotBlockIsWaitedFor() throws {
    var ends: [Int32] = [0, 0]
    #expect(pipe(&ends) == 0)
    for end in ends { #expect(fcntl(end, F_SETFL, O_NONBLOCK) == 0) }
    let (reading, writing) = (ends[0], ends[1])
    // More than a pipe holds, so that the writer must wait for the reader and the reverse.
    let lines = 50_000
    let writer = try Writer {
      let output = Output(descriptor: writing, name: "pipe")
      for number in 0..<lines { try output.line("\(number)") }
      try output.flush()
      close(writing)
    }
    var reader = LineReader(descriptor: reading, name: "pipe")
    var count = 0
    while let line = try reader.next() {
      if line != Array("\(count)".utf8) { Issue.record("line \(count)") }
      count += 1
    }
    #expect(count == lines)
    try writer.join()
    close(reading)
  }
}

/// A thread of its own: a task would wait for one of the test runner's, which other tests may hold.
private final class Writer: Sendable {
  private let body: @Sendable () throws -> Void
  private let result = Mutex<Result<Void, any Error>?>(nil)
  private let thread = Mutex(pthread_t())

  init(_ body: @escaping @Sendable () throws -> Void) throws {
    self.body = body
    let this = Unmanaged.passRetained(self)
    let code = thread.withLock { thread in
      pthread_create(
        &thread, nil,
        { argument in
          guard let argument else { return nil }
          let writer = Unmanaged<Writer>.fromOpaque(argument).takeRetainedValue()
          let result = Result { try writer.body() }
          writer.result.withLock { $0 = result }
          return nil
        }, this.toOpaque())
    }
    try #require(code == 0)
  }

  /// Waits for the end, and throws what the body threw.
  func join() throws {
    thread.withLock { _ = pthread_join($0, nil) }
    try result.withLock { try $0?.get() }
  }
}
