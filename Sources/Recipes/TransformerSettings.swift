import SeqaeFiles
import SeqaeModels
import SeqaeText

/// What recipes of Transformers have settings for beside those of all recipes over lines: sizes and dropout. How many
/// layers there are is each recipe's own, as they are different ones.
///
/// Where no source is named the default is our own.
public struct TransformerSettings: Sendable, Equatable {
  /// D, the width of the residual stream.
  public var width = 256
  /// The heads of every attention.
  public var heads = 4
  /// The inner width of the feed-forward networks.
  public var feedForward = 1024
  /// The longest text in tokens.
  public var positions: Int
  /// Dropout of embeddings and sublayers; Vaswani et al. 2017, §5.4: 0.1.
  public var sublayerDropout = 0.0
  /// Dropout of attention weights.
  public var attentionDropout = 0.0
  /// Dropout inside the feed-forward networks.
  public var activationDropout = 0.0

  /// Creates the defaults for texts of so many tokens.
  init(positions: Int) { self.positions = positions }

  /// The settings of the sizes, for a configuration that holds these at `path`.
  ///
  /// - Parameters:
  ///   - path: where they are.
  ///   - layers: those that say how many layers there are, listed among them.
  ///   - longer: what becomes of texts of more tokens than `positions`.
  /// - Returns: the settings in the order in which they are listed.
  static func sizes<Configuration>(
    at path: WritableKeyPath<Configuration, TransformerSettings> & Sendable,
    layers: [Setting<Configuration>], longer: String = ""
  ) -> [Setting<Configuration>] {
    let widths: [Setting<TransformerSettings>] = [
      .integer("width", \.width, 8...4096, "width of the residual stream"),
      .integer("heads", \.heads, 1...64, "heads of every attention; divides the width"),
      .integer("feed_forward", \.feedForward, 8...16384, "inner width of feed-forward networks"),
    ]
    let positions: Setting<TransformerSettings> = .integer(
      "positions", \.positions, DenoisingAutoencoder.minimumPositions...4096,
      "the longest text in tokens" + longer)
    return widths.map { $0.within(path) } + layers + [positions.within(path)]
  }

  /// The settings of dropout, for a configuration that holds these at `path`.
  ///
  /// - Parameters:
  ///   - path: where they are.
  ///   - advice: how much is right of that of sublayers.
  /// - Returns: the settings in the order in which they are listed.
  static func dropouts<Configuration>(
    at path: WritableKeyPath<Configuration, TransformerSettings> & Sendable, advice: String = ""
  ) -> [Setting<Configuration>] {
    let settings: [Setting<TransformerSettings>] = [
      .number("sublayer_dropout", \.sublayerDropout, 0...0.9, "dropout of sublayers" + advice),
      .number("attention_dropout", \.attentionDropout, 0...0.9, "dropout of attention weights"),
      .number(
        "activation_dropout", \.activationDropout, 0...0.9, "dropout in feed-forward networks"),
    ]
    return settings.map { $0.within(path) }
  }

  /// Checks what no single setting shows.
  ///
  /// - Throws: `Failure(.usage)`.
  func check() throws(Failure) { try Self.check(width: width, heads: heads) }

  /// Checks that heads divide a width; both are settings whose names begin with `prefix`.
  ///
  /// - Throws: `Failure(.usage)`.
  static func check(width: Int, heads: Int, prefix: String = "") throws(Failure) {
    guard width % heads == 0 else {
      throw Failure(
        .usage,
        "\(prefix)width=\(width) is not divisible by \(prefix)heads=\(heads): change one of them")
    }
  }

  /// Takes the sizes of a model from which a run starts.
  mutating func take(_ sizes: TransformerConfiguration) {
    width = sizes.width
    heads = sizes.heads
    feedForward = sizes.feedForward
    positions = sizes.maximumPositions
  }

  /// Gives a model's configuration the sizes and dropout.
  func apply(to model: inout TransformerConfiguration) {
    model.width = width
    model.heads = heads
    model.feedForward = feedForward
    model.maximumPositions = positions
    model.dropout = Float(sublayerDropout)
    model.attentionDropout = Float(attentionDropout)
    model.activationDropout = Float(activationDropout)
  }
}
