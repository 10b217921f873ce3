import SeqaeFiles
import SeqaeModels
import SeqaeTensors
import SeqaeText

/// An embedder on disk, as sentence-transformers lays it out: `config.json`, `model.safetensors` and `tokenizer.json` of
/// a BERT, `modules.json` and `1_Pooling/config.json`, which say how its states are pooled.
///
/// ```swift
/// let encoder = try EmbedderDirectory.load("all-MiniLM-L6-v2").encoder
/// encoder.embed([Array("A man is eating food.".utf8)])  // [[0.0332416, 0.004406, …]]
/// ```
public struct EmbedderDirectory {
  /// The model.
  public let encoder: SentenceEncoder

  /// Creates the directory's contents of a model.
  public init(_ encoder: SentenceEncoder) { self.encoder = encoder }

  /// Loads an embedder.
  ///
  /// Without `modules.json` states are pooled by the mean. How many tokens are read at once follows from
  /// `sentence_bert_config.json`, else from `tokenizer_config.json`, else from the positions of the model.
  ///
  /// - Parameter path: its folder.
  /// - Returns: the embedder.
  /// - Throws: `Failure(.missingInput)` if the folder or a file is missing; `Failure(.data)` if a file is
  ///   damaged, asks for what is not known here, or doesn't fit the others.
  public static func load(_ path: String) throws(Failure) -> EmbedderDirectory {
    let folder = try ModelFolder(path, recipe: "embedder")
    let configuration = try configuration(folder, path)
    return EmbedderDirectory(
      try folder.load { (tokenizer, store) throws(Failure) in
        try SentenceEncoder(configuration, tokenizer: tokenizer, in: store)
      })
  }

  /// Whether a `config.json` is that of an embedder.
  static func isEmbedder(_ configuration: JSON) -> Bool {
    configuration["model_type"]?.stringValue == BERTConfiguration.type
  }

  /// Whether an embedder's weights are in eight bits.
  ///
  /// - Parameter path: its folder.
  /// - Returns: the answer.
  /// - Throws: a `Failure` if there is none.
  static func isQuantized(_ path: String) throws(Failure) -> Bool {
    try ModelFolder(path, recipe: "embedder").configuration[QuantizationConfiguration.key] != nil
  }

  /// Reads the sizes of an embedder, and how it pools.
  ///
  /// - Parameter path: its folder.
  /// - Returns: both.
  /// - Throws: a `Failure` if there is none, or if it asks for what is not known here.
  static func configuration(
    _ path: String
  ) throws(Failure) -> SentenceEncoder.Configuration {
    try configuration(try ModelFolder(path, recipe: "embedder"), path)
  }

  private static func configuration(
    _ folder: ModelFolder, _ path: String
  ) throws(Failure) -> SentenceEncoder.Configuration {
    guard isEmbedder(folder.configuration) else {
      throw Failure(
        .data,
        "\(folder.name): expected an embedder, of model_type bert\(folder.configuration.foundModel): train one "
          + "with seqae train embedder")
    }
    var configuration = SentenceEncoder.Configuration(
      try BERTConfiguration(json: folder.configuration, name: folder.name))
    if let pooling = try pooling(path) { configuration.pooling = pooling }
    if let longest = try longest(path) {
      configuration.longest = min(longest, configuration.longest)
    }
    return configuration
  }

  /// What `modules.json` says of pooling; nil where there is none.
  private static func pooling(_ path: String) throws(Failure) -> Pooling? {
    let name = Path.join(path, modulesName)
    guard Path.exists(name) else { return nil }
    var pooling: Pooling?
    for module in try JSON.read(name).arrayValue ?? [] {
      let type = module["type"]?.stringValue?.string ?? ""
      switch type.split(separator: ".").last {
      // Vectors get the length 1 unless a person wants them as they are, whatever the folder says.
      case "Transformer", "Normalize": break
      case "Pooling":
        let place = module["path"]?.stringValue?.string ?? poolingFolder
        pooling = try poolingMode(Path.join(path, place, ModelFolder.configurationName))
      default:
        throw Failure(
          .data,
          "\(name): a module of type \(ByteString(type).quoted) is not supported: Transformer, Pooling and "
            + "Normalize are")
      }
    }
    return pooling
  }

  private static func poolingMode(_ name: String) throws(Failure) -> Pooling {
    let json = try JSON.read(name)
    var modes: [String] = []
    if let mode = json["pooling_mode"] {
      modes = (mode.arrayValue ?? [mode]).map { $0.stringValue?.string ?? "\($0.kindName)" }
    } else if let members = json.objectValue?.members {
      // Of versions before 5.
      let known = ["cls_token": "cls", "mean_tokens": "mean", "max_tokens": "max"]
      let prefix = "pooling_mode_"
      for member in members where member.value.boolValue == true {
        let key = member.key.string
        guard key.hasPrefix(prefix) else { continue }
        let mode = String(key.dropFirst(prefix.count))
        modes.append(known[mode] ?? mode)
      }
    }
    guard modes.count == 1, let pooling = Pooling(rawValue: modes[0]) else {
      throw Failure(
        .data,
        "\(name): expected one way to pool, cls, mean or max, found "
          + (modes.isEmpty ? "none" : modes.joined(separator: ", ")))
    }
    return pooling
  }

  /// How many tokens are read at once; nil where no file says.
  private static func longest(_ path: String) throws(Failure) -> Int? {
    for (file, key) in [(limitsName, "max_seq_length"), (tokenizerName, "model_max_length")] {
      let name = Path.join(path, file)
      // A tokenizer without a limit has one of 10³⁰.
      guard Path.exists(name), let value = try JSON.read(name)[ByteString(key)]?.intValue else {
        continue
      }
      guard value > 0 else {
        throw Failure(.data, "\(name): \(key): expected a number of tokens, found \(value)")
      }
      return value
    }
    return nil
  }

  private static let modulesName = "modules.json"
  private static let poolingFolder = "1_Pooling"
  private static let limitsName = "sentence_bert_config.json"
  private static let tokenizerName = "tokenizer_config.json"
}

// MARK: - Writing

extension EmbedderDirectory {
  /// Writes the embedder, each file at once, for this program and for sentence-transformers.
  ///
  /// - Parameters:
  ///   - path: its folder, made if missing.
  ///   - precision: what the weights are stored in; sentence-transformers reads them but for those of int8.
  /// - Throws: a `Failure` if a file can't be written.
  public func write(
    to path: String, as precision: WeightPrecision = .float32
  ) throws(Failure) {
    let (configuration, tokenizer) = (encoder.configuration, encoder.tokenizer)
    let pooling = Path.join(path, Self.poolingFolder)
    try Path.makeDirectories(pooling)
    let modules: JSON = [
      Self.module(0, "", "Transformer"), Self.module(1, Self.poolingFolder, "Pooling"),
      Self.module(2, "2_Normalize", "Normalize"),
    ]
    func spelling(_ id: TokenID?) -> JSON {
      id.map { .string(ByteString(Array(tokenizer.vocabulary.bytes(of: $0)))) } ?? .null
    }
    let around = tokenizer.template
    let files: [(String, JSON)] = [
      (Path.join(path, Self.modulesName), modules),
      (
        Path.join(pooling, ModelFolder.configurationName),
        [
          "word_embedding_dimension": .integer(encoder.dimensions),
          "pooling_mode_cls_token": .bool(configuration.pooling == .cls),
          "pooling_mode_mean_tokens": .bool(configuration.pooling == .mean),
          "pooling_mode_max_tokens": .bool(configuration.pooling == .max),
          "pooling_mode_mean_sqrt_len_tokens": false,
        ]
      ),
      (
        Path.join(path, Self.limitsName),
        ["max_seq_length": .integer(configuration.longest), "do_lower_case": false]
      ),
      (
        Path.join(path, Self.tokenizerName),
        [
          "tokenizer_class": "PreTrainedTokenizerFast",
          "model_max_length": .integer(configuration.longest),
          "cls_token": spelling(around.prefix.first), "sep_token": spelling(around.suffix.last),
          "pad_token": spelling(configuration.bert.padding),
        ]
      ),
    ]
    for (name, json) in files {
      try AtomicFile.write(name, bytes: json.serialized(pretty: true) + [UInt8(ascii: "\n")])
    }
    var members = configuration.bert.json.objectValue ?? JSONObject()
    QuantizationConfiguration.say(in: &members, of: precision)
    try ModelFolder.write(
      to: path, .object(members), tokenizer, encoder.parameters, as: precision)
  }

  private static func module(_ number: Int, _ path: String, _ type: String) -> JSON {
    [
      "idx": .integer(number), "name": JSON("\(number)"), "path": JSON(path),
      "type": JSON("sentence_transformers.models." + type),
    ]
  }
}
