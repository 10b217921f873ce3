import SeqaeFiles
import SeqaeLayers
import SeqaeModels
import SeqaeRandom
import SeqaeTensors
import SeqaeTraining

extension Workload {
  /// From the start of a process to its first output.
  package static let startup = Workload(
    name: "startup", bench: "startup",
    abstract: "from a process's start to its first sentence of 64 tokens",
    cases: [
      Case("small", nil) { settings throws(Failure) in try Startup(settings).measure(settings) },
      // What each of those processes does.
      Case("once", nil, isOnRequest: true) { settings throws(Failure) in
        [try Startup(settings).decode()]
      },
    ])
}

/// A model on disk, and what a fresh process does with it.
private struct Startup {
  private static let length = 64
  private static let configurationName = "config.json"
  private static let weightsName = "model.safetensors"

  private let folder: String

  init(_ settings: BenchmarkSettings) {
    folder = Path.join(settings.dataFolder, "seqae-startup-small")
  }

  /// The shape of the training benchmark's `small`, in the layout of the models that we ship.
  private static var configuration: TransformerConfiguration {
    var configuration = TransformerConfiguration(vocabularySize: 8000)
    configuration.width = 256
    configuration.encoderLayers = 4
    configuration.decoderLayers = 4
    configuration.heads = 4
    configuration.feedForward = 1024
    configuration.maximumPositions = 128
    return configuration
  }

  /// Times processes one after another.
  func measure(_ settings: BenchmarkSettings) throws(Failure) -> [Measurement] {
    try writeModel()
    var words = ["benchmark", "startup", "--case", "once", "--data", settings.dataFolder]
    words += ["--threads", "\(Threads.count)", "--json"]
    var times: [Double] = []
    var peak: JSON?
    let start = Clock.seconds()
    _ = try ChildProcess.runSelf(words)  // its files come from the cache afterwards
    while times.count < 5 || Clock.seconds() - start < settings.seconds {
      let child = try ChildProcess.runSelf(words)
      let answer = try JSON.parse(child.output, name: "startup")
      if let error = answer["results"]?.arrayValue?.first?["error"]?.stringValue {
        throw Failure(.data, error.string)
      }
      times.append(child.seconds)
      peak = answer["peak_rss_mb"]
    }
    let samples = Samples(times)
    return [
      Measurement(
        rounded(samples.median, 4), "s",
        ["min": .number(rounded(samples.minimum, 4)), "peak_rss_mb": peak ?? .null])
    ]
  }

  /// Loads the model and decodes one sentence of random ids, greedily.
  func decode() throws(Failure) -> Measurement {
    let start = Clock.seconds()
    let path = Path.join(folder, Self.configurationName)
    let configuration = try TransformerConfiguration(json: try JSON.read(path), name: path)
    let checkpoint = try Checkpoint(Path.join(folder, Self.weightsName))
    let store = ParameterStore(.checkpoint(checkpoint))
    let transformer = try Transformer(configuration, in: store.root)
    try store.finish()
    let random = Random(seed: 0)
    let source = (0..<Self.length).map { _ in
      Int32(4 + random.integer(below: configuration.vocabularySize - 4))
    }
    let written = greedy(
      TransformerDecoder(transformer), [source], start: configuration.decoderStart, end: -1
    ) { _ in Self.length }
    return Measurement(
      rounded(Clock.seconds() - start, 4), "s",
      ["tokens": .array(written[0].prefix(4).map { .integer(Int($0)) })])
  }

  /// Writes a model of random weights, unless it is there.
  private func writeModel() throws(Failure) {
    let path = Path.join(folder, Self.configurationName)
    let configuration = Self.configuration
    if Path.exists(path), try JSON.read(path) == configuration.json { return }
    try Path.makeDirectories(folder)
    let store = ParameterStore(.fresh(Random(seed: 0)))
    _ = try Transformer(configuration, in: store.root)
    try Checkpoint.write(
      Path.join(folder, Self.weightsName),
      store.parameters.map { (name: $0.name, tensor: $0.tensor) })
    // Last, so that a folder with a configuration is complete.
    try AtomicFile.write(path, bytes: configuration.json.serialized(pretty: true))
  }
}
