import CKernels
import Glibc
import Testing

/// How often each index was asked for, and by which threads.
private final class Tally: Sendable {
  let count: Int
  // Written by the task that owns the index, read when all tasks are done.
  nonisolated(unsafe) let times: UnsafeMutablePointer<Int32>
  nonisolated(unsafe) let threads: UnsafeMutablePointer<Int32>

  init(_ count: Int) {
    self.count = count
    times = .allocate(capacity: max(count, 1))
    threads = .allocate(capacity: max(count, 1))
    times.initialize(repeating: 0, count: max(count, 1))
    threads.initialize(repeating: -1, count: max(count, 1))
  }

  deinit {
    times.deallocate()
    threads.deallocate()
  }

  /// Runs one parallel region over all indices.
  func run() {
    let context = Unmanaged.passUnretained(self).toOpaque()
    ck_parallel(
      count,
      { context, index in
        guard let context else { return }
        let tally = Unmanaged<Tally>.fromOpaque(context).takeUnretainedValue()
        tally.times[index] += 1
        tally.threads[index] = ck_thread_index()
      }, context)
  }

  /// Whether each index was asked for `expected` times, by threads with valid numbers.
  func isEach(_ expected: Int32) -> Bool {
    (0..<count).allSatisfy {
      times[$0] == expected && threads[$0] >= 0 && threads[$0] < ck_thread_limit()
    }
  }
}

@Suite struct PoolTests {
  @Test(arguments: [0, 1, 2, 3, 1000, 100_000])
  func everyIndexRunsOnce(count: Int) {
    let tally = Tally(count)
    tally.run()
    #expect(tally.isEach(1))
  }

  @Test func manyRegionsFollowEachOther() {
    let tally = Tally(3)
    for _ in 0..<20_000 { tally.run() }
    #expect(tally.isEach(20_000))
  }

  @Test func sleepingWorkersDoNotStopARegion() {
    let tally = Tally(64)
    for _ in 0..<20 {
      usleep(2_000)  // longer than workers spin
      tally.run()
    }
    #expect(tally.isEach(20))
  }

  @Test func aCallFromInsideATaskRunsSerially() {
    // tallies[i] may be touched by task i's own thread only.
    let tallies = (0..<50).map { _ in Tally(40) }
    withUnsafePointer(to: tallies) { pointer in
      ck_parallel(
        tallies.count,
        { context, index in
          guard let context else { return }
          context.assumingMemoryBound(to: [Tally].self).pointee[index].run()
        }, UnsafeMutableRawPointer(mutating: pointer))
    }
    for tally in tallies {
      #expect(tally.isEach(1))
      #expect((0..<tally.count).allSatisfy { tally.threads[$0] == tally.threads[0] })
    }
  }

  @Test func callersOnOtherThreadsGetTheirOwnResults() async {
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<4 {
        group.addTask {
          let tally = Tally(500)
          for _ in 0..<500 { tally.run() }
          return tally.isEach(500)
        }
      }
      for await isRight in group { #expect(isRight) }
    }
  }

  @Test func noMoreThreadsThanProcessors() async {
    await #expect(processExitsWith: .success) {
      precondition(ck_threads() >= 1 && ck_threads() <= sysconf(Int32(_SC_NPROCESSORS_ONLN)))
      precondition(ck_thread_limit() == ck_threads())
      precondition(ck_thread_index() == 0)
    }
  }

  // The number of threads belongs to the process: what changes it runs in one of its own.
  @Test func theNumberOfThreadsCanChange() async {
    await #expect(processExitsWith: .success) {
      for round in 0..<200 {
        let threads = [1, 2, 5, 3][round % 4]
        ck_set_threads(Int32(threads))
        precondition(ck_threads() == threads)
        let tally = Tally(97)
        tally.run()
        precondition(tally.isEach(1))
        precondition((0..<97).allSatisfy { tally.threads[$0] < threads })
      }
      ck_set_threads(-3)
      precondition(ck_threads() == 1)
    }
  }

  @Test func severalThreadsTakePart() async {
    await #expect(processExitsWith: .success) {
      ck_set_threads(2)
      let tally = Tally(2)
      let context = Unmanaged.passUnretained(tally).toOpaque()
      // Each task waits for the other one to begin, so that only two threads can finish.
      ck_parallel(
        2,
        { context, index in
          guard let context else { return }
          let tally = Unmanaged<Tally>.fromOpaque(context).takeUnretainedValue()
          tally.times[index] = 1
          while UnsafePointer(tally.times + (1 - index)).pointee == 0 { usleep(100) }
          tally.threads[index] = ck_thread_index()
        }, context)
      precondition(Set([tally.threads[0], tally.threads[1]]) == [0, 1])
    }
  }

  /// Threads that spin for each other while a neighbour has their processor lose 30 times their speed
  /// (measured with libgomp); ours give way, so that a busy neighbour costs its share and little more.
  @Test func aBusyNeighbourTakesItsShareAndNoMore() async {
    await #expect(processExitsWith: .success) {
      ck_set_threads(2)
      let idle = PoolTests.bestSeconds()
      // Two threads that never pause: with two processors each of ours gets half of one.
      for _ in 0..<2 {
        var thread = pthread_t()
        pthread_create(&thread, nil, { _ in while true { _ = getppid() } }, nil)
      }
      let busy = PoolTests.bestSeconds()
      // 3 is what a command may take beside a busy process; 6 leaves room for the other tests, which
      // run at the same time.
      precondition(busy < 6 * idle, "\(idle) s alone, \(busy) s beside busy threads")
    }
  }

  /// The least time of ten rounds of 2,000 parallel regions of two tasks of some ten microseconds each.
  private static func bestSeconds() -> Double {
    func now() -> Double {
      var time = timespec()
      clock_gettime(CLOCK_MONOTONIC, &time)
      return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
    return (0..<10).map { _ in
      let start = now()
      for _ in 0..<2000 {
        ck_parallel(
          2,
          { _, _ in
            var sum = 0.0
            for step in 1..<10_000 { sum += 1 / Double(step) }
            precondition(sum > 1)
          }, nil)
      }
      return now() - start
    }.min() ?? 0
  }
}
