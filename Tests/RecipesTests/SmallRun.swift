import SeqaeFiles
import SeqaeRecipes
import SeqaeTraining
import TestSupport
import Testing

/// A recipe of a tiny model on a small text in a folder of its own.
struct SmallRun<Recipe: SteppedRecipe> {
  let folder: ScratchFolder
  var recipe: Recipe

  /// Creates one of the settings that make models tiny, as far as the recipe has them, and of others.
  init(
    in folder: ScratchFolder = ScratchFolder(), steps: Int, corpus: String = "corpus.txt",
    lines: [String] = sentences(600), field: CorpusSource.Field = .line, _ settings: String...
  ) throws {
    self.folder = folder
    let corpus = try folder.put(corpus, lines: lines)
    recipe = Recipe(
      data: [CorpusSource(path: corpus, field: field)], splits: try folder.putSplits())
    recipe.steps = steps
    let names = Set(Recipe.Configuration.settings.map(\.name))
    for assignment in [
      "width=16", "heads=2", "feed_forward=32", "encoder_layers=1", "decoder_layers=1", "layers=1",
      "latent_size=6", "memory_vectors=2", "positions=96", "vocabulary=1200", "batch_tokens=512",
      "window=128", "warmup_steps=5", "learning_rate=1e-2", "validation_lines=8",
      "validation_steps=6", "log_steps=1", "seed=3",
    ] where names.contains(String(assignment.prefix { $0 != "=" })) {
      try recipe.configuration.set(assignment)
    }
    for assignment in settings { try recipe.configuration.set(assignment) }
  }

  func train(
    _ name: String = "run", shouldStop: @escaping () -> Bool = { false }
  ) throws -> TrainingOutcome {
    try recipe.train(output: folder(name), progress: Progress(.silent), shouldStop: shouldStop)
  }

  func resume(_ name: String = "run", steps: Int? = nil) throws -> TrainingOutcome {
    try Recipe.resume(
      output: folder(name), steps: steps, progress: Progress(.silent), shouldStop: { false })
  }

  func bytes(_ name: String) throws -> [UInt8] { try folder.bytes(name) }

  func log(_ name: String = "run") throws -> [JSON] {
    try folder.lines("\(name)/log.jsonl").map { try JSON.parse(utf8($0), name: "log") }
  }

  /// Expects a run that stops after some steps and goes on to end like a whole one, bit for bit.
  ///
  /// - Parameters:
  ///   - stop: the steps before it stops.
  ///   - tokens: the file of the run's tokens or words.
  ///   - more: files to compare beside those of every run.
  ///   - location: of the test.
  /// - Throws: a `Failure` of one of the runs.
  func expectResumedEndsLikeWhole(
    stop: Int, tokens: String = "tokenizer.json", more: [String] = [],
    location: SourceLocation = #_sourceLocation
  ) throws {
    #expect(try train("whole") == .finished, sourceLocation: location)
    #expect(
      try train("parted", shouldStop: after(stop)) == .interrupted, sourceLocation: location)
    #expect(try resume("parted") == .finished, sourceLocation: location)
    let files = [
      "checkpoints/latest/model.safetensors", "checkpoints/latest/optimizer.safetensors",
      "model.safetensors", "config.json", tokens, "samples.jsonl",
    ]
    for name in files + more {
      #expect(
        try bytes("whole/" + name) == bytes("parted/" + name), "\(name)", sourceLocation: location)
    }
  }
}

/// A tiny denoiser's.
typealias Small = SmallRun<DenoiserRecipe>

/// Returns what says to stop when it is asked for the time of that number.
func after(_ steps: Int) -> () -> Bool {
  var asked = 0
  return {
    asked += 1
    return asked == steps
  }
}

/// How many values a configuration stores, each of its groups of settings counted as the values in it: one without a
/// setting would not be kept by a run.
func storedValues(_ configuration: Any) -> Int {
  Mirror(reflecting: configuration).children.reduce(0) { count, child in
    switch child.value {
    case is TrainingSettings, is LatentSettings, is TransformerSettings, is LatentNoiseSettings,
      is EncoderDecoderSettings:
      count + storedValues(child.value)
    default: count + 1
    }
  }
}
