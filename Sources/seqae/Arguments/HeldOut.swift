import SeqaeFiles
import SeqaeRecipes

/// What is held out of corpora.
enum HeldOut {
  /// Reads the file that was named, or the program's own.
  static func splits(_ path: String?) throws(Failure) -> Splits {
    if let path { return try Splits(path: path) }
    return try Splits(path: try Splits.find())
  }
}
