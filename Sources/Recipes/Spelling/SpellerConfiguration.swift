import SeqaeFiles

/// Everything that decides how a speller comes out, beside its data. Chosen on development pairs.
public struct SpellerConfiguration: Configurable, Equatable {
  /// Decides every random choice.
  public var seed = 0
  /// How many candidates of a place are weighed.
  public var candidates = 16
  /// The width of the network that weighs them.
  public var hidden = 48
  /// How often the pairs are gone through.
  public var epochs = 8
  /// The places of a step.
  public var batch = 1024
  /// The learning rate of the first step, which falls to 0 in a straight line.
  public var learningRate = 3e-3
  /// N-grams of four characters that occur less often are forgotten.
  public var leastCount = 2
  /// Lines of more characters are cut at sentence bounds; longer pairs are left out.
  public var lineLimit = 256
  /// Characters are exchanged from this probability on.
  public var minimumConfidence = 0.5

  /// Creates the defaults.
  public init() {}

  /// Every value by the name that `--set` knows it by.
  public static let settings: [Setting<SpellerConfiguration>] = [
    .integer("seed", \.seed, 0...Int.max, "decides every random choice"),
    .integer("candidates", \.candidates, 1...256, "candidates of a place that are weighed"),
    .integer("hidden", \.hidden, 1...4096, "width of the network that weighs them"),
    .integer("epochs", \.epochs, 1...1000, "how often the pairs are gone through"),
    .integer("batch", \.batch, 1...65536, "places of a step"),
    .number("learning_rate", \.learningRate, 1e-9...1, "of the first step; it falls to 0"),
    .integer(
      "least_count", \.leastCount, 1...1_000_000, "rarer runs of four characters are forgotten"),
    .integer(
      "line_limit", \.lineLimit, 8...4096, "lines of more characters are cut, pairs left out"),
    .number(
      "min_confidence", \.minimumConfidence, 0...1, "characters are exchanged from it on"),
  ]
}
