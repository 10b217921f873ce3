import SeqaeFiles
import SeqaeLayers
import SeqaeModels
import SeqaeTensors
import SeqaeText

/// A denoiser on disk: `config.json`, `model.safetensors`, `tokenizer.json`, and `evidence.safetensors` where it reads
/// counts beside the text.
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
  /// A line is changed only if its edits make it so sure that it was spoilt, unless the caller says how probable each
  /// of them shall be.
  public let lineConfidence: LineConfidence

  private static let evidenceName = "evidence.safetensors"
  private static let evidenceKey: ByteString = "seqae_evidence"
  static let confidenceKey: ByteString = "seqae_min_confidence"
  private static let lineConfidenceKey: ByteString = "seqae_line_confidence"

  /// Creates a denoiser of a model and the confidence that its edits need, and one of each line.
  public init(
    _ model: DenoisingAutoencoder, minimumConfidence: Double,
    lineConfidence: LineConfidence = .none
  ) {
    self.model = model
    self.minimumConfidence = minimumConfidence
    self.lineConfidence = lineConfidence
  }

  /// Loads a denoiser.
  ///
  /// - Parameter path: its folder.
  /// - Returns: the denoiser.
  /// - Throws: `Failure(.missingInput)` if the folder or a file is missing; `Failure(.data)` if a file is
  ///   damaged, newer than this version reads, or doesn't fit the others.
  public static func load(_ path: String) throws(Failure) -> DenoiserDirectory {
    try load(path, try ModelFolder(path, recipe: DenoiserRecipe.name).configuration)
  }

  /// Loads a denoiser whose configuration was read already: it may be a pipe, which can be read once.
  static func load(_ path: String, _ json: JSON) throws(Failure) -> DenoiserDirectory {
    let folder = ModelFolder(path, json)
    let name = folder.name
    guard json["model_type"]?.stringValue == TransformerConfiguration.type else {
      throw Failure(
        .data,
        "\(name): expected a denoiser\(json.foundModel): give --model denoiser, or train one with seqae train "
          + DenoiserRecipe.name)
    }
    let configuration = try TransformerConfiguration(json: json, name: name)
    guard let confidence = json[confidenceKey]?.doubleValue, (0...1).contains(confidence) else {
      throw Failure(
        .data, "\(name): \(confidenceKey): expected a number in 0 … 1: is this a denoiser's folder?"
      )
    }
    let lineConfidence = try lineConfidence(in: json, name)
    let model = try folder.load { (tokenizer, store) throws(Failure) in
      try DenoisingAutoencoder(
        configuration, tokenizer: tokenizer, evidence: try evidence(in: path, json, tokenizer),
        in: store)
    }
    return DenoiserDirectory(
      model, minimumConfidence: confidence, lineConfidence: lineConfidence)
  }

  /// Reads what must be sure of a line: two numbers, for short and for long ones; nothing where there are none.
  private static func lineConfidence(
    in json: JSON, _ name: String
  ) throws(Failure) -> LineConfidence {
    guard let value = json[lineConfidenceKey] else { return .none }
    let numbers = value.arrayValue?.compactMap(\.doubleValue) ?? []
    guard numbers.count == 2, numbers.count == value.arrayValue?.count,
      numbers.allSatisfy((0...LineConfidence.highest).contains)
    else {
      throw Failure(
        .data,
        "\(name): \(lineConfidenceKey): expected two numbers in 0 … \(LineConfidence.highest), for short "
          + "lines and for long ones")
    }
    return LineConfidence(short: numbers[0], long: numbers[1])
  }

  /// Reads the counts of a folder whose configuration says that it has some.
  static func evidence(
    in path: String, _ json: JSON, _ tokenizer: Tokenizer
  ) throws(Failure) -> Evidence? {
    guard let value = json[evidenceKey] else { return nil }
    guard let isThere = value.boolValue else {
      throw Failure(
        .data, "\(ModelFolder(path, json).name): \(evidenceKey): expected true or false")
    }
    guard isThere else { return nil }
    let file = Path.join(path, evidenceName)
    guard Path.exists(file) else {
      throw Failure(
        .missingInput,
        "\(file): is missing, the counts that the model reads: copy the whole folder of the model")
    }
    return try EvidenceFile.read(file, tokenizer)
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
    if lineConfidence != .none {
      json[Self.lineConfidenceKey] = .array([
        .number(lineConfidence.short), .number(lineConfidence.long),
      ])
    }
    QuantizationConfiguration.say(in: &json, of: precision, ignoring: ["operation"])
    if let evidence = model.reader?.evidence {
      json[Self.evidenceKey] = true
      try EvidenceFile.write(evidence, to: Path.join(path, Self.evidenceName))
    }
    try ModelFolder.write(
      to: path, .object(json), model.tokenizer, model.state, as: precision)
  }

  /// Returns the repair of each line.
  ///
  /// - Parameters:
  ///   - lines: UTF-8 of any length.
  ///   - minimumConfidence: the least probability of each edit, whatever the others of its line; nil for the
  ///     model's own, and then that of lines counts too.
  ///   - precision: what products are computed in; nil for what the model's weights are best in.
  /// - Returns: the repairs in order.
  public func repair(
    _ lines: [[UInt8]], minimumConfidence: Double? = nil, precision: WeightPrecision? = nil
  ) -> [Repair] {
    model.repair(lines, options(minimumConfidence, precision))
  }

  /// Hands on the repaired text of lines in parts, in memory that does not grow with what is repaired.
  public func repair(
    _ lines: [[UInt8]], minimumConfidence: Double?, precision: WeightPrecision?,
    part: (_ line: Int, _ text: [UInt8]) throws(Failure) -> Void
  ) throws(Failure) {
    try model.forEachPart(of: lines, options(minimumConfidence, precision)) {
      (line, _, repair) throws(Failure) in try part(line, repair.text)
    }
  }

  private func options(
    _ minimumConfidence: Double?, _ precision: WeightPrecision?
  ) -> RepairOptions {
    var options = RepairOptions(minimumConfidence: minimumConfidence ?? self.minimumConfidence)
    if minimumConfidence == nil { options.lineConfidence = lineConfidence }
    options.precision = precision
    return options
  }
}
