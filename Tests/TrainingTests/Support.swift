import SeqaeFiles
import SeqaeLayers
import SeqaeRandom
import SeqaeTensors
import SeqaeTraining
import TestSupport
import Testing

/// A linear regression with dropout on its features and squared error.
struct Regression: Model {
  struct Batch: Sendable {
    let x: [Float]  // [B, D]
    let y: [Float]  // [B]
  }

  static let features = 5
  let weight: Parameter  // [D]
  let bias: Parameter  // [1]
  let dropoutRate: Float
  var parameters: [Parameter] { [weight, bias] }

  init(seed: UInt64 = 1, dropout: Float = 0.1) throws {
    dropoutRate = dropout
    let store = ParameterStore(.fresh(Random(seed: seed)))
    weight = try store.root.parameter("weight", [Self.features], .normal(deviation: 0.3))
    bias = try store.root.parameter("bias", [1], .zeros)
  }

  func objectives(_ batch: Batch, _ mode: Mode) -> [Objective] {
    [
      Objective("error", parameters) {
        let x = Tensor(batch.x, [batch.y.count, Self.features])  // [B, D]
        let products = dropout(x, dropoutRate, mode) * weight.tensor  // [B, D]
        let difference = products.sum(1) + bias.tensor - Tensor(batch.y, [batch.y.count, 1])
        return Loss((difference * difference).mean())
      }
    ]
  }

  /// All weights in one list.
  var values: [Float] { parameters.flatMap { $0.tensor.floats() } }
}

/// What a test of training is made of.
struct Fixture {
  let folder = ScratchFolder()
  var configuration: TrainerConfiguration = {
    var configuration = TrainerConfiguration()
    configuration.steps = 25
    configuration.schedule = Schedule(peak: 0.05, warmup: 5, decay: .cosine(floor: 0.1))
    configuration.validationMinutes = nil
    configuration.validationSteps = 4
    configuration.logSteps = 1
    configuration.seed = 7
    return configuration
  }()

  var runPath: String { folder("run") }

  /// Batches of a fixed rule with noise; the example numbered `poisoned` has `poison` for its label.
  func source(
    poisoned: Int? = nil, poison: Float = .nan
  ) -> BucketedBatches<[Float], Regression.Batch> {
    var batching = BucketedBatches<[Float], Regression.Batch>.Configuration()
    batching.tokens = 24
    batching.window = 40
    batching.seed = 3
    return BucketedBatches(
      batching, fingerprint: "rule", epochLength: 100,
      examples: { range, _ in
        range.map { number in
          let random = Random(seed: 11).child(UInt64(number))
          let x = random.normals(Regression.features)
          let y = x[0] - 0.5 * x[1] + 0.1 * Float(random.normal())
          return x + [number == poisoned ? poison : y]
        }
      },
      // Any function of the example will do for a length.
      length: { 3 + Int(abs($0[0]) * 4) },
      batch: { examples in
        TrainingBatch(
          Regression.Batch(x: examples.flatMap { $0.dropLast() }, y: examples.map { $0[5] }),
          tokens: examples.count)
      })
  }

  /// A trainer of a fresh model, in a run folder that is made or opened before.
  func trainer(
    _ model: Regression, _ run: RunDirectory, hooks: TrainerHooks? = nil, poisoned: Int? = nil,
    poison: Float = .nan, now: @escaping () -> Double = Clock.seconds,
    shouldStop: @escaping () -> Bool = { false }
  ) -> Trainer<Regression, BucketedBatches<[Float], Regression.Batch>> {
    let plain = TrainerHooks(
      better: .lower,
      validate: { () throws(Failure) in [Metric("size", Double(abs(model.values[0])))] },
      write: { (folder: String) throws(Failure) in
        try AtomicFile.write(Path.join(folder, "model.safetensors"), bytes: [1])
      })
    return Trainer(
      model, source(poisoned: poisoned, poison: poison), configuration, run: run,
      hooks: hooks ?? plain,
      progress: Progress(.silent), now: now, shouldStop: shouldStop)
  }
}

/// Batches of a list, over and over.
struct ListedBatches<Batch: Sendable>: BatchSource {
  let batches: [TrainingBatch<Batch>]
  private var position = 0

  init(_ batches: [TrainingBatch<Batch>]) { self.batches = batches }

  var epoch: Double { Double(position) / Double(batches.count) }
  var state: JSON { .integer(position) }

  mutating func next(while isWanted: () -> Bool) throws(Failure) -> TrainingBatch<Batch>? {
    defer { position += 1 }
    return batches[position % batches.count]
  }

  mutating func restore(_ state: JSON, name: String) throws(Failure) {
    guard let position = state.intValue else { throw Failure(.data, "\(name): no position") }
    self.position = position
  }
}

extension BatchSource {
  /// The next batch, however long it takes.
  mutating func next() throws -> TrainingBatch<Batch> {
    try #require(try next(while: { true }))
  }
}

extension ScratchFolder {
  /// The lines of a run's log, without what differs from one run to another.
  func log(_ name: String = "run/log.jsonl") throws -> [JSON] {
    try lines(name).map { line in
      var object = try JSON.parse(Array(line.utf8), name: name).objectValue ?? [:]
      for key: ByteString in ["seconds", "tokens_per_second"] { object[key] = nil }
      return .object(object)
    }
  }

  /// Every file below a folder with its bytes.
  func everything(_ name: String) throws -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    for entry in try Path.list(self(name)) {
      let path = Path.join(name, entry)
      if Path.isDirectory(self(path)) {
        files.merge(try everything(path)) { $1 }
      } else {
        files[path] = try bytes(path)
      }
    }
    return files
  }
}

/// Counts how often it is asked.
final class Counter {
  var count = 0

  /// Whether this is the `limit`-th question.
  func reaches(_ limit: Int) -> Bool {
    count += 1
    return count == limit
  }
}
