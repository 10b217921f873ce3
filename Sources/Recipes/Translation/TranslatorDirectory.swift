import SeqaeFiles
import SeqaeModels
import SeqaeTensors

/// A translator or summarizer on disk: `config.json`, `model.safetensors`, `tokenizer.json`, which transformers reads as
/// mBART.
public struct TranslatorDirectory: StoredModel {
  /// The model.
  public let model: Translator
  /// What is computed in where it writes; nil for eight bits where the weights came so, else the processor's fastest.
  public var precision: WeightPrecision?

  /// Creates the directory's contents of a model.
  public init(_ model: Translator) {
    self.model = model
  }

  /// Loads a translator or summarizer.
  ///
  /// - Parameters:
  ///   - path: its folder.
  ///   - task: what it has to write; nil for either.
  /// - Returns: the model.
  /// - Throws: `Failure(.missingInput)` if the folder or a file is missing; `Failure(.data)` if a file is
  ///   damaged, newer than this version reads, or doesn't fit the others, and for a model of the other task.
  public static func load(
    _ path: String, for task: Translator.Task? = nil
  ) throws(Failure) -> TranslatorDirectory {
    let recipe = task == .summarization ? SummarizerRecipe.name : TranslatorRecipe.name
    let folder = try ModelFolder(path, recipe: recipe)
    let configuration = try Translator.Configuration(
      json: folder.configuration, name: folder.name)
    if let task, task != configuration.task {
      throw Failure(
        .data,
        "\(path): expected a model of train \(recipe), found one for \(configuration.task.rawValue)"
      )
    }
    return TranslatorDirectory(
      try folder.load { (tokenizer, store) throws(Failure) in
        try Translator(configuration, tokenizer: tokenizer, in: store)
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
    var members = model.configuration.json.objectValue ?? [:]
    QuantizationConfiguration.say(in: &members, of: precision)
    try ModelFolder.write(to: path, .object(members), model.tokenizer, model.state, as: precision)
  }

  /// Returns the number of the direction that ends in a language.
  ///
  /// - Parameter language: as the model calls it.
  /// - Returns: the number.
  /// - Throws: `Failure(.usage)` if the model writes others.
  public func direction(to language: String) throws(Failure) -> Int {
    let targets = model.configuration.directions.map(\.target)
    if let place = targets.firstIndex(of: ByteString(language)) { return place }
    let known = targets.compactMap { $0?.string }.joined(separator: " and ")
    throw Failure(
      .usage,
      known.isEmpty
        ? "--to \(language): the model does not say which language it writes: leave it out"
        : "--to \(language): the model writes \(known)")
  }

  /// Returns the number of the direction of a text whose language nobody has said: that of the model if it has one, else it
  /// is seen in the text whether it is Chinese.
  ///
  /// - Parameter text: UTF-8.
  /// - Returns: the number.
  /// - Throws: `Failure(.usage)` if the languages are others.
  public func direction(of text: [UInt8]) throws(Failure) -> Int {
    let directions = model.configuration.directions
    guard directions.count > 1 else { return 0 }
    let language = Language(of: text).rawValue
    let names = Set(directions.compactMap { $0.source?.string })
    guard names == Set(Language.allCases.map(\.rawValue)),
      let place = directions.firstIndex(where: { $0.source?.string == language })
    else {
      throw Failure(
        .usage,
        "the model translates between \(names.sorted().joined(separator: " and ")): say with --to to which"
      )
    }
    return place
  }

  /// Returns what is written of texts, each in a direction of its own.
  ///
  /// - Parameters:
  ///   - texts: UTF-8.
  ///   - directions: the number of each one's direction.
  ///   - search: how probable texts are found.
  ///   - longest: the most tokens of what is written; nil for as many as those that are read ask for.
  /// - Returns: for each text the best ones, the best first.
  public func write(
    _ texts: [[UInt8]], directions: [Int], _ search: BeamSearch, longest: Int? = nil
  ) -> [[Translator.Written]] {
    var written = [[Translator.Written]](repeating: [], count: texts.count)
    for direction in Set(directions).sorted() {
      let rows = texts.indices.filter { directions[$0] == direction }
      let own = model.write(
        rows.map { texts[$0] }, direction: direction, search, longest: longest,
        precision: precision)
      for (row, found) in zip(rows, own) { written[row] = found }
    }
    return written
  }
}
