import SeqaeFiles
import SeqaeLayers
import SeqaeModels
import SeqaeTensors
import SeqaeText

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
    guard Path.isDirectory(path) else {
      throw Failure(.missingInput, "\(path): no such model folder: train one with seqae train lm")
    }
    let name = Path.join(path, DenoiserDirectory.configurationName)
    let json = try JSON.read(name)
    guard json["model_type"]?.stringValue == ByteString(type) else {
      let found = json["model_type"]?.stringValue.map { ", found a model of type \($0.quoted)" }
      throw Failure(
        .data, "\(name): expected a language model\(found ?? ""): train one with seqae train lm")
    }
    guard let format = json["seqae_format"]?.intValue, format <= Self.format else {
      throw Failure(
        .data,
        "\(name): seqae_format: expected \(Self.format) or less: update seqae to read newer models")
    }
    guard let sizes = json["transformer"], sizes.objectValue != nil else {
      throw Failure(.data, "\(name): transformer: expected an object of sizes")
    }
    let configuration = try TransformerConfiguration(json: sizes, name: "\(name): transformer")
    let tokenizer = try Tokenizer(readingJSON: Path.join(path, DenoiserDirectory.tokenizerName))
    let checkpoint = try Checkpoint(Path.join(path, DenoiserDirectory.weightsName))
    do throws(Failure) {
      return LanguageModelDirectory(
        try LanguageModel(
          configuration, tokenizer: tokenizer, in: ParameterStore(.checkpoint(checkpoint))))
    } catch {
      throw error.located(in: path)
    }
  }

  /// Writes the model, each file at once.
  ///
  /// - Parameter path: its folder, made if missing.
  /// - Throws: a `Failure` if a file can't be written.
  public func write(to path: String) throws(Failure) {
    try Path.makeDirectories(path)
    let json: JSON = [
      "model_type": JSON(Self.type), "seqae_format": .integer(Self.format),
      "transformer": model.configuration.json,
    ]
    try AtomicFile.write(
      Path.join(path, DenoiserDirectory.configurationName),
      bytes: json.serialized(pretty: true) + [UInt8(ascii: "\n")])
    try model.tokenizer.write(to: Path.join(path, DenoiserDirectory.tokenizerName))
    try Checkpoint.write(
      Path.join(path, DenoiserDirectory.weightsName), model.state, as: .float32)
  }
}
