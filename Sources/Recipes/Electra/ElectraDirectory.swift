import SeqaeFiles
import SeqaeModels
import SeqaeTensors

/// An ELECTRA on disk: `config.json`, `model.safetensors`, `tokenizer.json`.
///
/// ```swift
/// let detector = try ElectraDirectory.load("runs/electra")
/// detector.suspicions(in: [Array("今天大气很好".utf8)])  // "大" at 2
/// ```
public struct ElectraDirectory {
  /// The model.
  public let model: Electra
  /// Characters of lower suspicion are not named, unless the caller says otherwise.
  public let minimumSuspicion: Double

  private static let suspicionKey: ByteString = "seqae_min_suspicion"

  /// Creates a detector of a model and the suspicion from which on it names a character.
  public init(_ model: Electra, minimumSuspicion: Double) {
    self.model = model
    self.minimumSuspicion = minimumSuspicion
  }

  /// Loads a detector.
  ///
  /// - Parameter path: its folder.
  /// - Returns: the detector.
  /// - Throws: `Failure(.missingInput)` if the folder or a file is missing; `Failure(.data)` if a file is
  ///   damaged, newer than this version reads, or doesn't fit the others.
  public static func load(_ path: String) throws(Failure) -> ElectraDirectory {
    let folder = try ModelFolder(path, recipe: ElectraRecipe.name)
    let (json, name) = (folder.configuration, folder.name)
    let configuration = try Electra.Configuration(json: json, name: name)
    guard let suspicion = json[suspicionKey]?.doubleValue, (0...1).contains(suspicion) else {
      throw Failure(.data, "\(name): \(suspicionKey): expected a number in 0 … 1")
    }
    let model = try folder.load { (tokenizer, store) throws(Failure) in
      try Electra(configuration, tokenizer: tokenizer, in: store)
    }
    return ElectraDirectory(model, minimumSuspicion: suspicion)
  }

  /// Writes the detector, each file at once.
  ///
  /// - Parameters:
  ///   - path: its folder, made if missing.
  ///   - precision: what its weights are stored in.
  /// - Throws: a `Failure` if a file can't be written.
  public func write(
    to path: String, as precision: WeightPrecision = .float32
  ) throws(Failure) {
    guard var json = model.configuration.json.objectValue else {
      throw Failure(.internalError, "\(path): the configuration is no JSON object")
    }
    json[Self.suspicionKey] = .number(minimumSuspicion)
    try ModelFolder.write(
      to: path, .object(json), model.tokenizer, model.state, as: precision)
  }
}
