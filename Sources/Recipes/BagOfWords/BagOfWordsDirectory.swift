import SeqaeFiles
import SeqaeLayers
import SeqaeModels
import SeqaeRetrieval
import SeqaeTensors

/// An autoencoder of bags of words on disk: `config.json`, `model.safetensors`, and `vocabulary.json`, the words in the order of the
/// model's inputs, each with the number of documents that have it.
public struct BagOfWordsDirectory {
  /// The model.
  public let model: BagOfWordsAutoencoder
  /// What turns texts into what it reads.
  public let reader: WordBagReader

  /// The layout of folders that this version reads and writes.
  private static let format = 1
  /// What `config.json` calls such a model.
  static let type = "seqae_bow"
  /// The file of the words.
  static let vocabularyName = "vocabulary.json"

  /// Creates the directory's contents of a model.
  public init(_ model: BagOfWordsAutoencoder, _ reader: WordBagReader) {
    (self.model, self.reader) = (model, reader)
  }

  /// Whether a `config.json` is that of such a model.
  static func isBagOfWords(_ configuration: JSON) -> Bool {
    configuration["model_type"]?.stringValue == ByteString(type)
  }

  /// Loads a model.
  ///
  /// - Parameter path: its folder.
  /// - Returns: the model.
  /// - Throws: `Failure(.missingInput)` if the folder or a file is missing; `Failure(.data)` if a file is damaged, newer than this
  ///   version reads, or doesn't fit the others.
  public static func load(_ path: String) throws(Failure) -> BagOfWordsDirectory {
    let folder = try ModelFolder(path, recipe: BagOfWordsRecipe.name)
    let (json, name) = (folder.configuration, folder.name)
    guard isBagOfWords(json) else {
      throw Failure(
        .data,
        "\(name): expected an autoencoder of bags of words\(json.foundModel): train one with seqae train "
          + BagOfWordsRecipe.name)
    }
    guard let format = json["seqae_format"]?.intValue, format <= Self.format else {
      throw Failure(
        .data,
        "\(name): seqae_format: expected \(Self.format) or less: update seqae to read newer models")
    }
    guard
      let input = json["input"]?.stringValue.flatMap({ WordBagReader.Input(rawValue: $0.string) })
    else {
      let names = WordBagReader.Input.allCases.map(\.rawValue).joined(separator: ", ")
      throw Failure(.data, "\(name): input: expected \(names)")
    }
    let configuration = try BagOfWordsAutoencoder.Configuration(json: json, name: name)
    let vocabulary = try vocabulary(Path.join(path, vocabularyName))
    guard vocabulary.vocabulary.count == configuration.words else {
      throw Failure(
        .data,
        "\(path): \(vocabularyName) has \(vocabulary.vocabulary.count) words, config.json says "
          + "\(configuration.words): the files belong to different models")
    }
    let model = try folder.loadWeights { (store) throws(Failure) in
      try BagOfWordsAutoencoder(configuration, in: store)
    }
    return BagOfWordsDirectory(model, WordBagReader(vocabulary, input))
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
    let json: JSONObject = [
      "model_type": JSON(Self.type), "seqae_format": .integer(Self.format),
      "input": JSON(reader.input.rawValue),
    ]
    let all = JSON.object(JSONObject(json.members + model.configuration.members.members))
    try ModelFolder.write(to: path, all, model.state, as: precision) { () throws(Failure) in
      try Self.write(reader.vocabulary, to: path)
    }
  }

  // MARK: - Words

  /// Writes the words into a folder.
  ///
  /// - Parameters:
  ///   - vocabulary: the words.
  ///   - folder: where `vocabulary.json` goes.
  /// - Throws: a `Failure` if the file can't be written.
  static func write(_ vocabulary: TFIDF, to folder: String) throws(Failure) {
    let words = zip(vocabulary.vocabulary, vocabulary.textCounts).map {
      (key: $0, value: JSON.integer($1))
    }
    let json: JSON = [
      "documents": .integer(vocabulary.texts), "words": .object(JSONObject(words)),
    ]
    try AtomicFile.write(
      Path.join(folder, vocabularyName),
      bytes: json.serialized(pretty: true) + [UInt8(ascii: "\n")])
  }

  /// Reads the words.
  ///
  /// - Parameter path: of the file.
  /// - Returns: the words with the numbers of the documents that have them.
  /// - Throws: `Failure(.missingInput)` if it is missing; `Failure(.data)` if it is damaged.
  static func vocabulary(_ path: String) throws(Failure) -> TFIDF {
    let json = try JSON.read(path)
    guard let texts = json["documents"]?.intValue, texts > 0,
      let members = json["words"]?.objectValue?.members, !members.isEmpty
    else {
      throw Failure(
        .data,
        "\(path): expected {\"documents\": N, \"words\": {word: the documents that have it, …}}")
    }
    var words: [(term: ByteString, texts: Int)] = []
    for (word, value) in members {
      guard let count = value.intValue, (1...texts).contains(count) else {
        throw Failure(
          .data, "\(path): \(word.quoted): expected a number of documents in 1 … \(texts)")
      }
      words.append((word, count))
    }
    return TFIDF(words, of: texts, terms: .words)
  }
}
