import Glibc
import Synchronization

/// Where the time of training goes: by operation, forward and backward.
///
/// Operations are timed where the tape records them, so each is there by its own name and new ones need
/// nothing. The time since the last mark belongs to the operation that is recorded, or was pulled back, now:
/// its kernels and all that stands around them. What no tape records, as the work between two steps, counts
/// as elsewhere. When off, recording an operation costs one relaxed load more.
package enum Profiler {
  /// Which part of a training step.
  package enum Phase: String, Sendable {
    case forward
    case backward
    /// The optimizer.
    case update
  }

  /// What was seen of one operation in one phase.
  package struct Row: Sendable {
    /// The operation's name in Swift: `linear`, or `+`.
    package let operation: String
    /// The part of the step.
    package let phase: Phase
    /// How often it ran.
    package fileprivate(set) var calls = 0
    /// How long, in all.
    package fileprivate(set) var seconds = 0.0
    /// The bytes of its operands and results, in all; backward, of the gradients of both too. Views have
    /// none.
    package fileprivate(set) var bytes = 0
  }

  /// What was seen between `start` and `stop`.
  package struct Profile: Sendable {
    /// What was seen of each operation, the longest first.
    package let rows: [Row]
    /// The time of the thread that started, between the two calls.
    package let seconds: Double
    /// The part of it that belongs to no operation.
    package var elsewhere: Double { max(0, seconds - rows.reduce(0) { $0 + $1.seconds }) }
  }

  private struct Key: Hashable {
    var name: UInt  // where the operation's name lies, which costs less than to compare names
    var phase: Phase
  }

  private struct State {
    var thread: UInt?
    var began = 0.0
    var last = 0.0
    var rows: [Key: Row] = [:]
  }

  private static let running = Atomic<Bool>(false)
  private static let state = Mutex(State())

  /// Whether operations are timed.
  package static var isOn: Bool { running.load(ordering: .relaxed) }

  /// Begins anew. Only operations of the calling thread count: those of others run at the same time.
  package static func start() {
    state.withLock { state in
      let now = seconds()
      state = State(thread: UInt(pthread_self()), began: now, last: now)
    }
    running.store(true, ordering: .relaxed)
  }

  /// Ends, and returns what was seen.
  package static func stop() -> Profile {
    running.store(false, ordering: .relaxed)
    return state.withLock { state in
      let whole = seconds() - state.began
      // A name may lie in several places.
      var rows: [String: Row] = [:]
      for row in state.rows.values {
        let key = "\(row.operation) \(row.phase)"
        var sum = rows[key] ?? Row(operation: row.operation, phase: row.phase)
        sum.calls += row.calls
        sum.seconds += row.seconds
        sum.bytes += row.bytes
        rows[key] = sum
      }
      state.rows = [:]
      return Profile(
        rows: rows.values.sorted { ($1.seconds, $0.operation) < ($0.seconds, $1.operation) },
        seconds: whole)
    }
  }

  /// Lets the time since the last mark belong to `operation`.
  package static func mark(_ operation: StaticString, _ phase: Phase, bytes: Int) {
    guard isOn else { return }
    lap { state, elapsed in
      let key = Key(name: UInt(bitPattern: operation.utf8Start), phase: phase)
      var row = state.rows[key] ?? Row(operation: name(operation), phase: phase)
      row.calls += 1
      row.seconds += elapsed
      row.bytes += bytes
      state.rows[key] = row
    }
  }

  /// Lets the time since the last mark belong to nothing.
  package static func skip() {
    guard isOn else { return }
    lap { _, _ in }
  }

  /// Marks an operation that is being recorded, and returns its pullback so that it will be marked too.
  static func timed(
    _ operation: StaticString, _ inputs: [Tensor], _ results: @autoclosure () -> [Tensor],
    _ pullback: @escaping Tape.Pullback
  ) -> Tape.Pullback {
    guard isOn else { return pullback }
    let results = results()
    let isView = results.allSatisfy { result in
      inputs.contains { $0.storage === result.storage }
    }
    let bytes = isView ? 0 : (inputs + results).reduce(0) { $0 + $1.byteCount }
    mark(operation, .forward, bytes: bytes)
    return { dys, into in
      pullback(dys, &into)
      mark(operation, .backward, bytes: 2 * bytes)
    }
  }

  private static func lap(_ body: (inout State, _ elapsed: Double) -> Void) {
    state.withLock { state in
      guard state.thread == UInt(pthread_self()) else { return }
      let now = seconds()
      body(&state, now - state.last)
      state.last = now
    }
  }

  /// `linear` of `linear(_:_:_:activation:)`.
  private static func name(_ operation: StaticString) -> String {
    String(operation.description.prefix { $0 != "(" })
  }

  private static func seconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}

extension Tensor {
  /// The memory that its elements would take without gaps.
  package var byteCount: Int { shape.count * dtype.byteCount }
}
