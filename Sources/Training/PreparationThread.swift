import Glibc
import SeqaeFiles
import SeqaeTensors
import Synchronization

/// A thread that makes one thing ahead of its use, such as the next window of examples.
///
/// What is made depends on what was asked for only, so nothing depends on the thread's timing. It
/// enters no parallel region and gets no signals; it ends with its owner, and the owner waits for that.
final class PreparationThread<Order: Sendable & Equatable, Product: Sendable> {
  /// Makes what was ordered; once `isWanted` is false it may return anything, and soon.
  typealias Make =
    @Sendable (_ order: Order, _ isWanted: @escaping @Sendable () -> Bool) throws(Failure) ->
    Product

  /// What the thread and its owner share.
  private final class Desk: Sendable {
    let order = Mutex<Order?>(nil)
    let product = Mutex<Result<Product, Failure>?>(nil)
    let orders = Semaphore()
    let products = Semaphore()
    let isClosed = Atomic<Bool>(false)
  }

  private let desk = Desk()
  private let thread: pthread_t
  private var underWay: Order?  // ordered, and not taken yet

  /// Starts a thread that waits for an order.
  ///
  /// - Parameter make: what it does.
  /// - Throws: `Failure(.unavailable)` if the system gives no thread.
  init(_ make: @escaping Make) throws(Failure) {
    let desk = self.desk
    thread = try startThread {
      Threads.forbidParallelRegions()
      while true {
        desk.orders.wait()
        guard !desk.isClosed.load(ordering: .relaxed), let order = desk.order.withLock({ $0 })
        else { return }
        let result: Result<Product, Failure>
        do throws(Failure) {
          result = .success(try make(order) { !desk.isClosed.load(ordering: .relaxed) })
        } catch {
          result = .failure(error)
        }
        desk.product.withLock { $0 = result }
        desk.products.signal()
      }
    }
  }

  deinit {
    desk.isClosed.store(true, ordering: .relaxed)
    desk.orders.signal()
    pthread_join(thread, nil)
  }

  /// Lets the thread make what will be taken next, and returns at once.
  func prepare(_ order: Order) {
    if let underWay {
      if underWay == order { return }
      _ = collect { true }
    }
    underWay = order
    desk.order.withLock { $0 = order }
    desk.orders.signal()
  }

  /// Returns what was ordered, when it is made; ordered now where something else was.
  ///
  /// - Parameters:
  ///   - order: what to make.
  ///   - isWanted: asked several times a second while it is not ready.
  /// - Returns: the product; nil if it is wanted no more, and then it can be taken later.
  /// - Throws: what making it threw; taken once more, it is made once more.
  func take(_ order: Order, while isWanted: () -> Bool) throws(Failure) -> Product? {
    prepare(order)
    return try collect(while: isWanted)?.get()
  }

  private func collect(while isWanted: () -> Bool) -> Result<Product, Failure>? {
    while !desk.products.wait(atMost: 0.1) {
      if !isWanted() { return nil }
    }
    underWay = nil
    let result = desk.product.withLock { product in
      defer { product = nil }
      return product
    }
    guard let result else { preconditionFailure("PreparationThread: a product was taken twice") }
    return result
  }
}

/// A semaphore of the system.
private final class Semaphore: Sendable {
  // Guarded by the system, whose object must not move.
  private nonisolated(unsafe) let semaphore: UnsafeMutablePointer<sem_t>

  init() {
    semaphore = .allocate(capacity: 1)
    semaphore.initialize(to: sem_t())
    sem_init(semaphore, 0, 0)
  }

  deinit {
    sem_destroy(semaphore)
    semaphore.deallocate()
  }

  func signal() { sem_post(semaphore) }

  /// Waits for a signal, whatever interrupts.
  func wait() {
    while sem_wait(semaphore) != 0 {}
  }

  /// Waits for a signal for some seconds, or until something interrupts; says whether it came.
  func wait(atMost seconds: Double) -> Bool {
    var end = timespec()
    clock_gettime(CLOCK_REALTIME, &end)
    let nanoseconds = end.tv_nsec + Int(seconds * 1e9)
    end.tv_sec += nanoseconds / 1_000_000_000
    end.tv_nsec = nanoseconds % 1_000_000_000
    return sem_timedwait(semaphore, &end) == 0
  }
}

/// Runs `body` on a thread of its own, which leaves all signals to the others.
private func startThread(_ body: @escaping @Sendable () -> Void) throws(Failure) -> pthread_t {
  final class Box {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
  var (all, before) = (sigset_t(), sigset_t())
  sigfillset(&all)
  pthread_sigmask(SIG_SETMASK, &all, &before)
  defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
  let box = Unmanaged.passRetained(Box(body))
  var thread = pthread_t()
  let code = pthread_create(
    &thread, nil,
    { argument in
      if let argument { Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body() }
      return nil
    }, box.toOpaque())
  guard code == 0 else {
    box.release()
    throw Failure(
      .unavailable,
      "the system gives no thread that prepares data (\(String(cString: strerror(code)))): allow more "
        + "with ulimit -u")
  }
  return thread
}
