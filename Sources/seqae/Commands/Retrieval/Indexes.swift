import SeqaeFiles
import SeqaeRecipes
import SeqaeRetrieval
import SeqaeTraining

extension VectorMetric: ArgumentChoice {}
extension KeywordTerms: ArgumentChoice {}
extension SearchMethod: ArgumentChoice {}

/// Whether queries are repaired.
enum QueryRepair: String, ArgumentChoice {
  /// Where it helps: for `hybrid`.
  case auto
  case off

  /// The shipped model that repairs them.
  private static let model = "denoiser"

  /// Loads what repairs queries.
  static func repairer() throws(Failure) -> ([[UInt8]]) -> [[UInt8]] {
    let model = try TextRepairers.load(try ModelLocation.folder(named: model))
    return { model.repair($0, minimumConfidence: nil, precision: nil).map(\.text) }
  }
}

/// What is said of work that may take long, once it does.
struct LongWork {
  // Of what is done sooner nobody asks how far it is.
  private static let patience = 1.0  // seconds

  private let progress: Progress
  private let began = Clock.seconds()

  init(_ common: CommonOptions) { progress = Progress(common.quiet ? .silent : nil) }

  /// Shows how much of it is over, in 0 … 1, and what else there is to say.
  func update(_ fraction: Double, _ numbers: () -> String) {
    let seconds = Clock.seconds() - began
    if seconds >= Self.patience {
      progress.update(fraction: fraction, seconds: seconds, numbers)
    }
  }

  /// Takes the bar away.
  func clear() { progress.clear() }
}

/// Opens indexes with the models that they need.
enum Indexes {
  /// Opens an index.
  ///
  /// - Parameters:
  ///   - path: its file.
  ///   - model: what a person named; else the index says where its model is.
  ///   - searchWidth: among how many pieces a graph's search looks; nil for the server's number.
  ///   - needsModel: whether vectors are to be made, if the index has any.
  /// - Returns: the index.
  /// - Throws: a `Failure` if index or model can't be read, or don't fit each other.
  static func open(
    _ path: String, _ model: ModelLocation, searchWidth: Int? = nil,
    needsModel: (IndexConfiguration) -> Bool
  ) throws(Failure) -> TextIndex {
    let store = try DocumentStores.open(path, searchWidth: searchWidth)
    guard let vectors = store.configuration.vectors, needsModel(store.configuration) else {
      return try TextIndex(store)
    }
    let folder: String
    if model.given != nil {
      folder = try model.folder()
    } else {
      do throws(Failure) {
        folder = try ModelLocation.folder(named: vectors.model)
      } catch {
        throw Failure(
          error.kind,
          "\(path): the model that it was made with, \(vectors.model), is not there: say with \(ModelLocation.option) "
            + "where it is")
      }
    }
    return try TextIndex(store, embedder: try TextEmbedders.open(folder))
  }
}
