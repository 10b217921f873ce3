import SeqaeFiles
import SeqaeLayers
import SeqaeModels
import SeqaeTensors
import SeqaeText

extension Failure {
  /// The failure with the file or folder named in front, unless its message begins with it already.
  func located(in path: String, remedy: String = "") -> Failure {
    message.hasPrefix(path) ? self : Failure(kind, "\(path): \(message)\(remedy)")
  }
}

/// A denoiser on disk: `config.json`, `model.safetensors`, `tokenizer.json`.
///
/// ```swift
/// let denoiser = try DenoiserDirectory.load("Models/denoiser")
/// denoiser.repair([Array("中，，，，国".utf8)])[0].text  // the bytes of "中国"
/// ```
public struct DenoiserDirectory {
  /// The model.
  public let model: DenoisingAutoencoder
  /// Edits of lower probability are not made, unless the caller says otherwise.
  public let minimumConfidence: Double

  static let configurationName = "config.json"
  static let weightsName = "model.safetensors"
  static let tokenizerName = "tokenizer.json"
  private static let confidenceKey: ByteString = "seqae_min_confidence"

  /// Creates a denoiser of a model and the confidence that its edits need.
  public init(_ model: DenoisingAutoencoder, minimumConfidence: Double) {
    self.model = model
    self.minimumConfidence = minimumConfidence
  }

  /// Loads a denoiser.
  ///
  /// - Parameter path: its folder.
  /// - Returns: the denoiser.
  /// - Throws: `Failure(.missingInput)` if the folder or a file is missing; `Failure(.data)` if a file is
  ///   damaged, newer than this version reads, or doesn't fit the others.
  public static func load(_ path: String) throws(Failure) -> DenoiserDirectory {
    guard Path.isDirectory(path) else {
      throw Failure(
        .missingInput, "\(path): no such model folder: train one with seqae train denoiser")
    }
    let name = Path.join(path, configurationName)
    let json = try JSON.read(name)
    let configuration = try TransformerConfiguration(json: json, name: name)
    guard let confidence = json[confidenceKey]?.doubleValue, (0...1).contains(confidence) else {
      throw Failure(
        .data, "\(name): \(confidenceKey): expected a number in 0 … 1: is this a denoiser's folder?"
      )
    }
    let tokenizer = try Tokenizer(readingJSON: Path.join(path, tokenizerName))
    let checkpoint = try Checkpoint(Path.join(path, weightsName))
    do throws(Failure) {
      let model = try DenoisingAutoencoder(
        configuration, tokenizer: tokenizer, in: ParameterStore(.checkpoint(checkpoint)))
      return DenoiserDirectory(model, minimumConfidence: confidence)
    } catch {
      throw error.located(in: path)
    }
  }

  /// Writes the denoiser, each file at once.
  ///
  /// - Parameters:
  ///   - path: its folder, made if missing.
  ///   - precision: what the weights are stored in.
  /// - Throws: a `Failure` if a file can't be written.
  public func write(
    to path: String, as precision: WeightPrecision = .float32
  ) throws(Failure) {
    try Path.makeDirectories(path)
    guard var json = model.transformer.configuration.json.objectValue else {
      throw Failure(.internalError, "\(path): the configuration is no JSON object")
    }
    json[Self.confidenceKey] = .number(minimumConfidence)
    if precision == .int8 { json["quantization_config"] = QuantizationConfiguration.json }
    try AtomicFile.write(
      Path.join(path, Self.configurationName),
      bytes: JSON.object(json).serialized(pretty: true) + [UInt8(ascii: "\n")])
    try model.tokenizer.write(to: Path.join(path, Self.tokenizerName))
    try Checkpoint.write(Path.join(path, Self.weightsName), model.state, as: precision)
  }

  /// Returns the repair of each line.
  ///
  /// - Parameters:
  ///   - lines: UTF-8 of any length.
  ///   - minimumConfidence: the least probability of an edit; nil for the model's own.
  ///   - precision: what products are computed in; nil for what the model's weights are best in.
  /// - Returns: the repairs in order.
  public func repair(
    _ lines: [[UInt8]], minimumConfidence: Double? = nil, precision: WeightPrecision? = nil
  ) -> [Repair] {
    var options = RepairOptions(minimumConfidence: minimumConfidence ?? self.minimumConfidence)
    options.precision = precision
    return model.repair(lines, options)
  }
}
