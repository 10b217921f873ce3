import SeqaeFiles
import SeqaeRandom

/// Examples of one window after the other, batched with others of their length.
///
/// A window is a few thousand examples. They are sorted by length, cut into batches of at most
/// `tokens` tokens with their padding, and the batches shuffled: little is padded, and batches still
/// come in random order. A window depends on the seed and its number only, so a position is two
/// integers.
///
/// Windows are made by a thread of the source's own, one ahead: while one is learnt from, the next is
/// made. What it makes enters no parallel region and makes no tensors. The thread starts with the first
/// batch and ends with the source and its copies.
public struct BucketedBatches<Example: Sendable, Batch: Sendable>: BatchSource {
  /// How batches are cut.
  public struct Configuration: Sendable, Equatable {
    /// The most tokens of a batch, padding included; an example that is longer makes one alone.
    public var tokens = 4096
    /// The number of examples that are sorted together.
    public var window = 8192
    /// What the order of the batches depends on.
    public var seed: UInt64 = 0

    /// Creates batches of 4,096 tokens out of windows of 8,192 examples.
    public init() {}
  }

  /// Makes the examples of a range of numbers.
  ///
  /// Once `isWanted` is false, as when the run ends, it may return anything, and should soon.
  public typealias Examples =
    @Sendable (_ range: Range<Int>, _ isWanted: @escaping @Sendable () -> Bool) throws(Failure) ->
    [Example]

  // Of a position that a checkpoint keeps; 1 drew each corpus in one random order.
  private static var format: Int { 2 }

  private let configuration: Configuration
  private let fingerprint: String
  private let epochLength: Int
  private let examples: Examples
  private let length: @Sendable (Example) -> Int
  private let makeBatch: ([Example]) -> TrainingBatch<Batch>
  private var thread: PreparationThread<Int, [[Example]]>?  // makes windows; nil before the first

  private var window = 0
  private var position = 0  // of the next batch in the window
  private var batches: [[Example]]?  // of the window, nil before it is made

  /// Creates the batches of a sequence of examples.
  ///
  /// - Parameters:
  ///   - configuration: sizes and seed.
  ///   - fingerprint: what identifies the data, so that a run isn't resumed with other data.
  ///   - epochLength: how many examples are one pass through the data; for reports only.
  ///   - examples: makes the examples of a range of numbers, which may be fewer; a function of them only,
  ///     called on another thread.
  ///   - length: the number of tokens of an example; called there too.
  ///   - batch: makes a batch of examples, on the thread that calls `next()`.
  public init(
    _ configuration: Configuration, fingerprint: String, epochLength: Int,
    examples: @escaping Examples, length: @escaping @Sendable (Example) -> Int,
    batch: @escaping ([Example]) -> TrainingBatch<Batch>
  ) {
    precondition(
      configuration.tokens > 0 && configuration.window > 0 && epochLength > 0,
      "BucketedBatches: \(configuration.tokens) tokens, window \(configuration.window), "
        + "epoch of \(epochLength)")
    self.configuration = configuration
    self.fingerprint = fingerprint
    self.epochLength = epochLength
    self.examples = examples
    self.length = length
    makeBatch = batch
  }

  public var epoch: Double {
    let done = batches.map { $0.isEmpty ? 0 : Double(position) / Double($0.count) } ?? 0
    return (Double(window) + done) * Double(configuration.window) / Double(epochLength)
  }

  public mutating func next(
    while isWanted: () -> Bool
  ) throws(Failure) -> TrainingBatch<Batch>? {
    // A window may be empty where all of its lines are unusable; many such in a row are an error.
    var emptyWindows = 0
    while true {
      let batches: [[Example]]
      if let kept = self.batches {
        batches = kept
      } else {
        guard let made = try prepared(window, while: isWanted) else { return nil }
        batches = made
      }
      self.batches = batches
      if position < batches.count {
        defer { position += 1 }
        return makeBatch(batches[position])
      }
      emptyWindows = batches.isEmpty ? emptyWindows + 1 : 0
      let tried = emptyWindows * configuration.window
      guard tried < 2 * epochLength + 2 * configuration.window else {
        throw Failure(
          .data, "the data gives no usable example (\(tried) tried): check --data and the noise")
      }
      window += 1
      position = 0
      self.batches = nil
    }
  }

  public var state: JSON {
    [
      "format": .integer(Self.format), "window": .integer(window), "batch": .integer(position),
      "window_size": .integer(configuration.window), "batch_tokens": .integer(configuration.tokens),
      "data": JSON(fingerprint),
    ]
  }

  public mutating func restore(_ state: JSON, name: String) throws(Failure) {
    guard let format = state["format"]?.intValue, format == Self.format else {
      throw Failure(
        .data,
        "\(name): data: its position is of format \(state["format"]?.intValue ?? 1), where lines came "
          + "in another order, and this version reads \(Self.format): end the run with the version that "
          + "wrote it, or start a new one")
    }
    guard let window = state["window"]?.intValue, let batch = state["batch"]?.intValue,
      window >= 0, window < 1 << 40, batch >= 0
    else { throw Failure(.data, "\(name): data: expected the position in the data") }
    let expected = self.state
    for key: ByteString in ["data", "window_size", "batch_tokens"] where state[key] != expected[key]
    {
      let found = state[key].map { String(decoding: $0.serialized(), as: UTF8.self) } ?? "nothing"
      let now = expected[key].map { String(decoding: $0.serialized(), as: UTF8.self) } ?? "nothing"
      throw Failure(
        .data,
        "\(name): \(key) was \(found) and is now \(now): resume with the data and settings that the "
          + "run was started with, or start a new run")
    }
    batches = try prepared(window, while: { true })
    self.window = window
    position = batch
  }

  /// A window, made by now or waited for; the next one is made from now on. Nil if it is wanted no more.
  private mutating func prepared(
    _ window: Int, while isWanted: () -> Bool
  ) throws(Failure) -> [[Example]]? {
    let thread: PreparationThread<Int, [[Example]]>
    if let started = self.thread {
      thread = started
    } else {
      let (configuration, examples, length) = (self.configuration, self.examples, self.length)
      thread = try PreparationThread { (window, isWanted) throws(Failure) in
        try Self.batches(of: window, configuration, examples, length, isWanted)
      }
      self.thread = thread
    }
    guard let batches = try thread.take(window, while: isWanted) else { return nil }
    thread.prepare(window + 1)
    return batches
  }

  private static func batches(
    of window: Int, _ configuration: Configuration, _ examples: Examples,
    _ length: (Example) -> Int, _ isWanted: @escaping @Sendable () -> Bool
  ) throws(Failure) -> [[Example]] {
    let random = Random(seed: configuration.seed).child("batches").child(UInt64(window))
    let first = window * configuration.window
    var window = try examples(first..<first + configuration.window, isWanted)
    random.shuffle(&window)  // decides among equal lengths
    let order = window.enumerated().map { (length: length($0.element), place: $0.offset) }.sorted(
      by: <)
    var batches: [[Example]] = []
    var batch: [Example] = []
    for (length, place) in order {
      // The longest comes last, so it is the width of the whole batch.
      if !batch.isEmpty, (batch.count + 1) * length > configuration.tokens {
        batches.append(batch)
        batch = []
      }
      batch.append(window[place])
    }
    if !batch.isEmpty { batches.append(batch) }
    random.shuffle(&batches)
    return batches
  }
}
