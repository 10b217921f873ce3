import SeqaeFiles
import SeqaeLayers
import SeqaeTensors
import SeqaeText

/// The folder of a model of text: `config.json`, `model.safetensors`, `tokenizer.json`.
struct ModelFolder {
  static let configurationName = "config.json"
  static let weightsName = "model.safetensors"
  static let tokenizerName = "tokenizer.json"

  /// What `config.json` says.
  let configuration: JSON
  private let path: String

  /// Takes a folder whose configuration was read already: it may be a pipe, which can be read once.
  init(_ path: String, _ configuration: JSON) {
    (self.path, self.configuration) = (path, configuration)
  }

  /// Reads the configuration of a model's folder, whatever model it is.
  ///
  /// - Parameters:
  ///   - path: the folder.
  ///   - recipe: what trains such a model, for messages.
  /// - Throws: a `Failure` if there is none.
  init(_ path: String, recipe: String) throws(Failure) {
    guard Path.isDirectory(path) else {
      throw Failure(
        .missingInput, "\(path): no such model folder: train one with seqae train \(recipe)")
    }
    self.init(path, try JSON.read(Path.join(path, Self.configurationName)))
  }

  /// The file of the configuration.
  var name: String { Path.join(path, Self.configurationName) }

  /// Reads tokens and weights.
  ///
  /// - Parameter make: makes the model of them.
  /// - Returns: what it made.
  /// - Throws: a `Failure` if a file is missing or damaged, or if they don't fit each other.
  func load<Result>(
    _ make: (Tokenizer, ParameterStore) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let tokenizer = try Tokenizer(readingJSON: Path.join(path, Self.tokenizerName))
    return try loadWeights { (store) throws(Failure) in try make(tokenizer, store) }
  }

  /// Reads the weights.
  ///
  /// - Parameter make: makes the model of them.
  /// - Returns: what it made.
  /// - Throws: a `Failure` if the file is missing or damaged, or if they don't fit the configuration.
  func loadWeights<Result>(
    _ make: (ParameterStore) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let checkpoint = try Checkpoint(Path.join(path, Self.weightsName))
    do throws(Failure) {
      return try make(ParameterStore(.checkpoint(checkpoint)))
    } catch {
      throw error.located(in: path)
    }
  }

  /// Writes a model, each file at once.
  ///
  /// - Parameters:
  ///   - path: its folder, made if missing.
  ///   - configuration: what its `config.json` says.
  ///   - tokenizer: its tokens.
  ///   - state: its parameters.
  ///   - precision: what they are stored in.
  /// - Throws: a `Failure` if a file can't be written.
  static func write(
    to path: String, _ configuration: JSON, _ tokenizer: Tokenizer, _ state: [Parameter],
    as precision: WeightPrecision = .float32
  ) throws(Failure) {
    try write(to: path, configuration, state, as: precision) { () throws(Failure) in
      try tokenizer.write(to: Path.join(path, tokenizerName))
    }
  }

  /// Writes a model whose tokens or words `writeTokens` writes, each file at once.
  static func write(
    to path: String, _ configuration: JSON, _ state: [Parameter], as precision: WeightPrecision,
    writeTokens: () throws(Failure) -> Void
  ) throws(Failure) {
    try Path.makeDirectories(path)
    try AtomicFile.write(
      Path.join(path, configurationName),
      bytes: configuration.serialized(pretty: true) + [UInt8(ascii: "\n")])
    try writeTokens()
    try Checkpoint.write(Path.join(path, weightsName), state, as: precision)
  }
}

extension Failure {
  /// The failure with the file or folder named in front, unless its message begins with it already.
  package func located(in path: String, remedy: String = "") -> Failure {
    message.hasPrefix(path) ? self : Failure(kind, "\(path): \(message)\(remedy)")
  }
}
