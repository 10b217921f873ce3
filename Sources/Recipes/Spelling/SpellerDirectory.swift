import SeqaeFiles
import SeqaeLayers
import SeqaeModels
import SeqaeTensors
import SeqaeText

/// A speller on disk: `config.json`, `model.safetensors` with the weights, `counts.safetensors` with the rest.
public struct SpellerDirectory: TextRepairer {
  /// The model.
  public let model: Speller
  /// Characters are exchanged from this probability on, unless the caller says otherwise.
  public let minimumConfidence: Double

  private static let type: ByteString = "seqae_speller"
  private static let format = 1
  private static let countsName = "counts.safetensors"

  /// Creates a speller of a model and the confidence that its edits need.
  public init(_ model: Speller, minimumConfidence: Double) {
    (self.model, self.minimumConfidence) = (model, minimumConfidence)
  }

  /// Whether a configuration is that of a speller.
  static func isSpeller(_ json: JSON) -> Bool { json["model_type"]?.stringValue == type }

  /// Returns the repair of each line; a character stands for a character.
  public func repair(
    _ lines: [[UInt8]], minimumConfidence: Double?, precision: WeightPrecision?
  ) -> [Repair] {
    model.repair(lines, minimumConfidence: minimumConfidence ?? self.minimumConfidence)
  }
}

// MARK: - Reading

extension SpellerDirectory {
  /// Loads a speller.
  ///
  /// - Parameter path: its folder.
  /// - Returns: the speller.
  /// - Throws: `Failure(.missingInput)` if a file is missing; `Failure(.data)` if one is damaged.
  public static func load(_ path: String) throws(Failure) -> SpellerDirectory {
    try load(path, try JSON.read(Path.join(path, ModelFolder.configurationName)))
  }

  /// Loads a speller whose configuration was read already: it may be a pipe, which can be read once.
  static func load(_ path: String, _ json: JSON) throws(Failure) -> SpellerDirectory {
    let name = Path.join(path, ModelFolder.configurationName)
    guard isSpeller(json) else {
      throw Failure(.data, "\(name): model_type: expected \(type): is this a speller's folder?")
    }
    func integer(_ key: ByteString, _ range: ClosedRange<Int>) throws(Failure) -> Int {
      guard let value = json[key]?.intValue, range.contains(value) else {
        throw Failure(
          .data, "\(name): \(key): expected an integer in \(range.lowerBound) … \(range.upperBound)"
        )
      }
      return value
    }
    guard try integer("seqae_format", 1...Int.max) <= format else {
      throw Failure(.data, "\(name): seqae_format is newer than \(format): update seqae")
    }
    guard let confidence = json["seqae_min_confidence"]?.doubleValue, (0...1).contains(confidence)
    else { throw Failure(.data, "\(name): seqae_min_confidence: expected a number in 0 … 1") }
    let (candidates, hidden) = (try integer("candidates", 1...256), try integer("hidden", 1...4096))
    let knowledge = try SpellerCounts.read(Path.join(path, countsName))
    let checkpoint = try Checkpoint(Path.join(path, ModelFolder.weightsName))
    let model = try Speller(
      knowledge, candidates: candidates, hidden: hidden, in: ParameterStore(.checkpoint(checkpoint))
    )
    return SpellerDirectory(model, minimumConfidence: confidence)
  }

  /// Writes the speller, each file at once, the configuration last.
  ///
  /// - Parameters:
  ///   - path: its folder, made if missing.
  ///   - hidden: the width of its network.
  /// - Throws: a `Failure` if a file can't be written.
  func write(to path: String, hidden: Int) throws(Failure) {
    try Path.makeDirectories(path)
    try SpellerCounts.write(model.knowledge, to: Path.join(path, Self.countsName))
    try Checkpoint.write(
      Path.join(path, ModelFolder.weightsName),
      model.state.map { (name: $0.name, tensor: $0.tensor) })
    let json: JSON = [
      "model_type": .string(Self.type), "seqae_format": .integer(Self.format),
      "candidates": .integer(model.candidates), "hidden": .integer(hidden),
      "seqae_min_confidence": .number(minimumConfidence),
    ]
    try AtomicFile.write(
      Path.join(path, ModelFolder.configurationName),
      bytes: json.serialized(pretty: true) + [UInt8(ascii: "\n")])
  }
}
