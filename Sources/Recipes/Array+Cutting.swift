extension Array {
  /// Returns the elements, sorted by length, in batches of at most `limit` when padded.
  func cut(limit: Int, _ length: (Element) -> Int) -> [[Element]] {
    var batches: [[Element]] = []
    for element in self {
      if let last = batches.last, (last.count + 1) * length(element) <= limit {
        batches[batches.count - 1].append(element)
      } else {
        batches.append([element])
      }
    }
    return batches
  }
}
