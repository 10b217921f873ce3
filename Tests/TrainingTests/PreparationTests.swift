import Glibc
import SeqaeFiles
import SeqaeTensors
import SeqaeTraining
import Synchronization
import Testing

/// What the maker of examples saw, which is called on another thread.
private final class Record: Sendable {
  struct State {
    var windows: [Int] = []
    var threads: Set<UInt> = []
    var isGone = false
  }

  let state = Mutex(State())

  /// A source of windows of ten numbers; `make` is called for each window.
  func source(
    _ make: @escaping @Sendable (_ window: Int, _ isWanted: () -> Bool) throws(Failure) -> Void = {
      (_, _) in
    }
  ) -> BucketedBatches<Int, [Int]> {
    var configuration = BucketedBatches<Int, [Int]>.Configuration()
    configuration.window = 10
    configuration.tokens = 10
    return BucketedBatches(
      configuration, fingerprint: "numbers", epochLength: 100,
      examples: { (range, isWanted) throws(Failure) in
        let window = range.lowerBound / 10
        self.state.withLock {
          $0.windows.append(window)
          $0.threads.insert(UInt(pthread_self()))
        }
        try make(window, isWanted)
        return Array(range)
      }, length: { _ in 1 }, batch: { TrainingBatch($0, tokens: $0.count) })
  }

  var windows: [Int] { state.withLock(\.windows) }

  /// Waits until so many windows were begun.
  func wait(_ count: Int) {
    for _ in 0..<5000 where windows.count < count { usleep(1000) }
  }
}

@Test func aWindowIsMadeAheadByOneThreadOfItsOwn() throws {
  let record = Record()
  var source = record.source()
  #expect(record.windows.isEmpty)  // no thread before the first batch
  for window in 0..<5 {
    #expect(Set(try source.next().batch) == Set(window * 10..<window * 10 + 10))
    record.wait(window + 2)
    usleep(2000)
    #expect(record.windows == Array(0...window + 1))  // one ahead and no more
  }
  let threads = record.state.withLock(\.threads)
  #expect(threads.count == 1)
  #expect(!threads.contains(UInt(pthread_self())))
}

@Test func batchesDoNotDependOnWhenTheyAreMade() throws {
  var slow = Record().source { window, _ in usleep(UInt32(3000 * (window % 3))) }
  var fast = Record().source()
  for step in 0..<20 {
    if step % 4 == 0 { usleep(5000) }
    let (first, second) = (try slow.next().batch, try fast.next().batch)
    #expect(first == second)
  }
}

@Test func aFailureReachesTheWindowThatItBelongsToOnce() throws {
  let record = Record()
  let broken = Broken()
  var source = record.source { (window, _) throws(Failure) in
    if window == 2, broken.isFirst() { throw Failure(.data, "corpus.txt: gone") }
  }
  for window in 0..<2 { #expect(try source.next().batch.min() == window * 10) }
  let failure = #expect(throws: Failure.self) { try source.next() }
  #expect(failure?.message == "corpus.txt: gone")
  // The position is that of the window that failed, which is tried again.
  #expect(source.state["window"] == 2)
  #expect(try source.next().batch.min() == 20)
}

/// Is first once.
private final class Broken: Sendable {
  private let asked = Atomic<Bool>(false)

  func isFirst() -> Bool { !asked.exchange(true, ordering: .relaxed) }
}

@Test func theThreadEndsWithItsSource() throws {
  let record = Record()
  final class Token: Sendable {
    let record: Record
    init(_ record: Record) { self.record = record }
    deinit { record.state.withLock { $0.isGone = true } }
  }
  do {
    let token = Token(record)
    var source = record.source { window, isWanted in
      _ = token
      // The second window takes for ever, unless it is wanted no more.
      while window == 1, isWanted() { usleep(100) }
    }
    _ = try source.next()
    record.wait(2)
  }
  // What the thread held is freed: it has ended.
  let isGone = record.state.withLock(\.isGone)
  #expect(isGone)
}

@Test func copiesOfASourceGiveTheSameBatches() throws {
  var first = Record().source()
  _ = try first.next()
  var copy = first
  var expected = Record().source()
  _ = try expected.next()
  for _ in 0..<6 {
    let batch = try expected.next().batch
    #expect(try first.next().batch == batch)
  }
  _ = try expected.next()
  var again = Record().source()
  _ = try again.next()
  for _ in 0..<6 {
    let batch = try again.next().batch
    #expect(try copy.next().batch == batch)
  }
}

@Test func positionsOfAnEarlierFormatAreRefused() throws {
  var source = Record().source()
  var state = try #require(source.state.objectValue)
  state["format"] = nil
  let failure = #expect(throws: Failure.self) {
    try source.restore(.object(state), name: "state.json")
  }
  #expect(failure?.kind == .data)
  #expect(failure?.message.hasPrefix("state.json: data: ") == true)
}

@Test func preparationThatEntersAParallelRegionEndsTheProcess() async {
  await #expect(processExitsWith: .signal(SIGABRT)) {
    var source = Record().source { _, _ in _ = Threads.map(2) { $0 } }
    _ = try source.next()
  }
}

@Test func aSourceThatIsWantedNoMoreStandsWhereItStood() throws {
  // The third window takes far longer than anyone waits.
  let isSlow = Atomic<Bool>(true)
  var source = Record().source { (window, isWanted) in
    while window == 2, isSlow.load(ordering: .relaxed), isWanted() { usleep(1000) }
  }
  for window in 0..<2 { #expect(try source.next().batch.min() == window * 10) }
  let before = source.state
  var asked = 0
  let stopped = try source.next {
    asked += 1
    return asked < 3
  }
  #expect(stopped == nil && asked == 3)
  #expect(source.state["window"] == 2 && before["window"] == 1)
  isSlow.store(false, ordering: .relaxed)
  #expect(try source.next().batch.min() == 20)
}
