import SeqaeModels

/// What recipes of models that write a text from another one have settings for: sizes, dropout and label smoothing.
public struct EncoderDecoderSettings: Sendable, Equatable {
  /// Sizes and dropout.
  public var transformer: TransformerSettings
  /// The number of encoder layers.
  public var encoderLayers = 4
  /// The number of decoder layers.
  public var decoderLayers = 4
  /// Label smoothing; Szegedy et al. 2016, §7.
  public var labelSmoothing = 0.0

  /// Creates the defaults for texts of so many tokens.
  init(positions: Int) { transformer = TransformerSettings(positions: positions) }

  /// The settings of the sizes, for a configuration that holds these at `path`; `longer` says what becomes of texts of
  /// more tokens than `positions`.
  static func sizes<Configuration>(
    at path: WritableKeyPath<Configuration, EncoderDecoderSettings> & Sendable, longer: String = ""
  ) -> [Setting<Configuration>] {
    let settings: [Setting<EncoderDecoderSettings>] = TransformerSettings.sizes(
      at: \.transformer,
      layers: [
        .integer("encoder_layers", \.encoderLayers, 1...48, "layers that read the text"),
        .integer("decoder_layers", \.decoderLayers, 1...48, "layers that write it anew"),
      ], longer: longer)
    return settings.map { $0.within(path) }
  }

  /// The settings of dropout and label smoothing, for a configuration that holds these at `path`.
  static func regularization<Configuration>(
    at path: WritableKeyPath<Configuration, EncoderDecoderSettings> & Sendable
  ) -> [Setting<Configuration>] {
    let smoothing: Setting<EncoderDecoderSettings> = .number(
      "label_smoothing", \.labelSmoothing, 0...0.9, "label smoothing (Szegedy et al. 2016)")
    return (TransformerSettings.dropouts(at: \.transformer) + [smoothing]).map { $0.within(path) }
  }

  /// Takes the sizes of a model from which a run starts.
  mutating func take(_ sizes: TransformerConfiguration) {
    transformer.take(sizes)
    encoderLayers = sizes.encoderLayers
    decoderLayers = sizes.decoderLayers
  }

  /// Gives a model's configuration the sizes and dropout.
  func apply(to model: inout TransformerConfiguration) {
    transformer.apply(to: &model)
    model.encoderLayers = encoderLayers
    model.decoderLayers = decoderLayers
  }
}
