/// Returns the fewest insertions, deletions and substitutions that turn one sequence into the other.
///
/// Levenshtein 1966, computed within a band that is doubled until the result fits into it: O(n · d) steps
/// and O(n) memory for n elements and a distance of d (Ukkonen 1985).
package func editDistance<Element: Equatable>(_ left: [Element], _ right: [Element]) -> Int {
  let common = zip(left, right).prefix { $0 == $1 }.count
  let short = min(left.count, right.count) - common
  var suffix = 0
  while suffix < short, left[left.count - 1 - suffix] == right[right.count - 1 - suffix] {
    suffix += 1
  }
  let a = left[common..<left.count - suffix]
  let b = right[common..<right.count - suffix]
  if a.isEmpty || b.isEmpty { return a.count + b.count }
  var band = max(abs(a.count - b.count), 8)
  while true {
    let distance = editDistance(Array(a), Array(b), band: band)
    if distance <= band || band >= max(a.count, b.count) { return distance }
    band *= 2
  }
}

/// The distance if it is at most `band`; else a number above `band`.
private func editDistance<Element: Equatable>(_ a: [Element], _ b: [Element], band: Int) -> Int {
  let outside = a.count + b.count + 1
  // row[j]: between the first i elements of a and the first j of b, where |i − j| ≤ band.
  var row = (0...b.count).map { $0 <= band ? $0 : outside }
  for i in 1...a.count {
    let first = max(1, i - band)
    let last = min(b.count, i + band)
    guard first <= last else { return outside }
    var diagonal = row[first - 1]
    row[first - 1] = first == 1 && i <= band ? i : outside
    for j in first...last {
      let substitution = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)
      diagonal = row[j]
      row[j] = min(substitution, min(row[j], row[j - 1]) + 1)
    }
    if last < b.count { row[last + 1] = outside }
  }
  return row[b.count]
}
