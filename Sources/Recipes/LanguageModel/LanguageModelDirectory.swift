import SeqaeFiles
import SeqaeModels
import SeqaeTensors

/// A language model on disk: `config.json`, `model.safetensors`, `tokenizer.json`.
public struct LanguageModelDirectory {
  /// The model.
  public let model: LanguageModel

  /// The layout of folders that this version reads and writes.
  private static let format = 1
  /// What `config.json` calls a language model.
  static let type = "seqae_lm"

  /// Creates the directory's contents of a model.
  public init(_ model: LanguageModel) {
    self.model = model
  }

  /// Loads a language model.
  ///
  /// - Parameter path: its folder.
  /// - Returns: the model.
  /// - Throws: `Failure(.missingInput)` if the folder or a file is missing; `Failure(.data)` if a file is
  ///   damaged, newer than this version reads, or doesn't fit the others.
  public static func load(_ path: String) throws(Failure) -> LanguageModelDirectory {
    let folder = try ModelFolder(path, recipe: LanguageModelRecipe.name)
    let (json, name) = (folder.configuration, folder.name)
    guard json["model_type"]?.stringValue == ByteString(type) else {
      throw Failure(
        .data,
        "\(name): expected a language model\(json.foundModel): train one with seqae train lm")
    }
    guard let format = json["seqae_format"]?.intValue, format <= Self.format else {
      throw Failure(
        .data,
        "\(name): seqae_format: expected \(Self.format) or less: update seqae to read newer models")
    }
    guard let sizes = json["transformer"], sizes.objectValue != nil else {
      throw Failure(.data, "\(name): transformer: expected an object of sizes")
    }
    let dropout = json["word_dropout"]?.doubleValue ?? 0
    guard (0...1).contains(dropout) else {
      throw Failure(.data, "\(name): word_dropout: expected a number from 0 to 1, found \(dropout)")
    }
    let configuration = try TransformerConfiguration(json: sizes, name: "\(name): transformer")
    return LanguageModelDirectory(
      try folder.load { (tokenizer, store) throws(Failure) in
        try LanguageModel(
          configuration, tokenizer: tokenizer, wordDropout: Float(dropout), in: store)
      })
  }

  /// Writes the model, each file at once.
  ///
  /// - Parameters:
  ///   - path: its folder, made if missing.
  ///   - precision: what its weights are stored in.
  /// - Throws: a `Failure` if a file can't be written.
  public func write(
    to path: String, as precision: WeightPrecision = .float32
  ) throws(Failure) {
    let json: JSON = [
      "model_type": JSON(Self.type), "seqae_format": .integer(Self.format),
      "word_dropout": .number(decimal(model.wordDropout)),
      "transformer": model.configuration.json,
    ]
    try ModelFolder.write(to: path, json, model.tokenizer, model.state, as: precision)
  }
}
