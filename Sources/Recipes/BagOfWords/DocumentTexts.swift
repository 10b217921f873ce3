import SeqaeFiles
import SeqaeRetrieval

/// The documents that a model of whole texts learns from and is judged on, each as one text.
///
/// A folder gives the documents of a BEIR or SMART collection, or a text of each file below it; JSON lines give the member
/// `text`, with the `title` in front if there is one, or the member that the source names; other files a text a line, or its
/// column.
///
/// Of files the splits say what is held out, by title and text; documents of the test and withheld ones are left out. A folder is
/// what will be searched, and the splits keep known collections for tests: its documents are learnt from, as by latent semantic
/// analysis, but for one in ten, by its hash, which is for development; its queries and judgements never are.
struct DocumentTexts {
  /// What is learnt from.
  private(set) var training: [[UInt8]] = []
  /// What the model is judged on.
  private(set) var development: [[UInt8]] = []

  /// Reads documents.
  ///
  /// - Parameters:
  ///   - sources: files and folders.
  ///   - splits: what is held out.
  ///   - limit: how many are kept for development at most, the first ones.
  /// - Throws: `Failure(.missingInput)` if one is not there; `Failure(.data)` if one can't be understood, or if nothing is left
  ///   for training; `Failure(.usage)` for a column or an encoding of a folder.
  init(_ sources: [CorpusSource], _ splits: Splits, development limit: Int) throws(Failure) {
    for source in sources {
      let isFolder = Path.isDirectory(source.path)
      for document in try Self.documents(of: source) {
        let text = document.wholeText
        if text.isEmpty { continue }
        let part =
          isFolder
          ? Self.rule.part(of: Splits.hash(text))
          : splits.part(ofRecord: [document.title, document.text])
        switch part {
        case .training: training.append(text)
        case .development: if development.count < limit { development.append(text) }
        case .test, .withheld: break
        }
      }
    }
    guard !training.isEmpty else {
      let names = sources.map(\.description).joined(separator: ", ")
      throw Failure(.data, "\(names): no document for training: give more, or other --splits")
    }
  }

  // Of folders.
  private static let rule = Splits.Rule(modulus: 10, testBelow: 0, developmentBelow: 1)

  private static func documents(of source: CorpusSource) throws(Failure) -> [Document] {
    if Path.isDirectory(source.path) {
      guard source.field == .line else {
        throw Failure(.usage, "\(source): a folder has no columns or members: name it alone")
      }
      guard source.encoding == .utf8 else {
        throw Failure(
          .usage,
          "\(source): a folder's files are read as UTF-8: convert them with iconv, and leave --encoding out"
        )
      }
      var reader = try DocumentReader([source.path])
      var documents: [Document] = []
      while let document = try reader.next() { documents.append(document) }
      return documents
    }
    guard source.field == .member("text") else {
      return try ClusteringInput.fields(of: source).map { Document(id: "", text: $0) }
    }
    var lines = try LineReader(path: source.path)
    var documents: [Document] = []
    while let line = try lines.next() {
      guard line.contains(where: { $0 > 0x20 }) else { continue }
      let place = "\(source.path): line \(lines.lineNumber)"
      let json = try JSON.parse(try source.utf8(line, at: place), name: place)
      guard let text = json["text"]?.stringValue else {
        throw Failure(.data, "\(place) has no string \"text\"")
      }
      let title = json["title"]?.stringValue?.bytes ?? []
      documents.append(Document(id: "", title: title, text: text.bytes))
    }
    return documents
  }
}
