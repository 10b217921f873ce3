/// What a mistyped name was probably meant to be.
public enum Spelling {
  /// Says which of the names is meant: `did you mean --output?`; nil if none is near.
  ///
  /// A name is near if at most two letters of five, and at least one, were mistyped, or if it is the
  /// only one that begins so.
  public static func suggestion(for word: String, among names: [String]) -> String? {
    let word = String(word.prefix(100))  // a text that begins like an option may have any length
    let longer = names.filter { $0.utf8.starts(with: word.utf8) }
    if let only = longer.first, longer.count == 1 { return "did you mean \(only)?" }
    let distances = names.map { (name: $0, distance: LevenshteinDistance.between(word, $0)) }
    guard let best = distances.min(by: { $0.distance < $1.distance }),
      best.distance <= max(1, best.name.utf8.count * 2 / 5)
    else { return nil }
    return "did you mean \(best.name)?"
  }
}
