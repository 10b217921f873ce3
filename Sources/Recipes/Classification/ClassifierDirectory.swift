import SeqaeFiles
import SeqaeModels
import SeqaeTensors

/// A classifier on disk: `config.json`, `model.safetensors`, `tokenizer.json`.
///
/// ```swift
/// let classifier = try ClassifierDirectory.load("runs/sentiment")
/// classifier.logPosteriors(of: [Array("a fine film".utf8)])  // [[log p(0 | x), log p(1 | x)]]
/// ```
public struct ClassifierDirectory {
  // Rows of a batch times their tokens.
  private static let batchTokens = 4096

  /// The model.
  public let model: Classifier

  /// Creates the directory's contents of a model.
  public init(_ model: Classifier) {
    self.model = model
  }

  /// The names of the classes.
  public var classes: [ByteString] { model.configuration.classes }

  /// Loads a classifier.
  ///
  /// - Parameter path: its folder.
  /// - Returns: the classifier.
  /// - Throws: `Failure(.missingInput)` if the folder or a file is missing; `Failure(.data)` if a file is
  ///   damaged, newer than this version reads, or doesn't fit the others.
  public static func load(_ path: String) throws(Failure) -> ClassifierDirectory {
    let folder = try ModelFolder(path, recipe: ClassifierRecipe.name)
    let configuration = try Classifier.Configuration(
      json: folder.configuration, name: folder.name)
    return ClassifierDirectory(
      try folder.load { (tokenizer, store) throws(Failure) in
        try Classifier(configuration, tokenizer: tokenizer, in: store)
      })
  }

  /// Writes the classifier, each file at once.
  ///
  /// - Parameters:
  ///   - path: its folder, made if missing.
  ///   - precision: what its weights are stored in.
  /// - Throws: a `Failure` if a file can't be written.
  public func write(
    to path: String, as precision: WeightPrecision = .float32
  ) throws(Failure) {
    try ModelFolder.write(
      to: path, model.configuration.json, model.tokenizer, model.state, as: precision)
  }

  /// Returns log p(c | x) of each class, of each text; of one that is too long its beginning is read.
  ///
  /// - Parameter texts: UTF-8.
  /// - Returns: a value for each class in nats, in the order of `classes`.
  public func logPosteriors(of texts: [[UInt8]]) -> [[Double]] {
    let reader = model.reader
    let tokens = texts.map { reader($0) }
    // The longest of a batch comes last.
    let order = tokens.indices.sorted { (tokens[$0].count, $0) < (tokens[$1].count, $1) }
    var found = [[Double]](repeating: [], count: texts.count)
    for rows in order.cut(limit: Self.batchTokens, { tokens[$0].count }) {
      for (row, own) in zip(rows, model.logPosteriors(rows.map { tokens[$0] })) { found[row] = own }
    }
    return found
  }

  /// Returns how often the classes of texts are named rightly.
  public func figures(_ part: ClassifiedTexts.Part) -> ClassifierFigures {
    ClassifierFigures(
      logPosteriors(of: part.texts).map(\.largest), labels: part.labels, classes: classes.count)
  }
}
