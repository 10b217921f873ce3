/// How often two tokens stand side by side, and where: what byte pair training keeps up to date.
///
/// All occurrences in one array of cells: a token of n units begins in the first of its n cells, and the
/// last says how many there are, so that both neighbours of a token are found in constant time.
struct PairCounts {
  /// Two neighbours.
  struct Pair {
    let left: TokenID
    let right: TokenID
    var count: Int64 = 0
    var positions = 0..<0  // those seen at first, in `initial`
    var later: Int32 = -1  // those that came with merges, newest first, as places in `nodes`
  }

  private static let boundary: Int32 = -1  // between segments
  private static let inside: Int32 = .min  // neither the first nor the last cell of a token

  /// All pairs that ever occurred.
  private(set) var pairs: [Pair] = []

  private var cells: [Int32] = [boundary]
  private var segments: [Int32] = [0]  // of each cell
  private var weights: [Int64] = []  // of each segment
  private var initial: [Int32] = []  // cells
  private var nodes: [(cell: Int32, next: Int32)] = []
  private var slots = [Int32](repeating: -1, count: 1 << 12)  // pairs, by open addressing
  private var marks: [Int32] = []  // of each pair, the last merge that made it more frequent
  private var merge: Int32 = 0  // counts the merges
  private var units: [Int32] = []  // of each token

  /// Tells how many units the next token has: tokens are numbered from 0.
  mutating func addToken(units count: Int) { units.append(Int32(truncatingIfNeeded: count)) }

  /// Adds a run of units that occurs `weight` times.
  ///
  /// - Returns: false, and nothing is added, if there are more cells than 32 bits can number.
  mutating func addSegment(_ tokens: [TokenID], weight: UInt64) -> Bool {
    guard tokens.count > 1 else { return true }
    guard cells.count + tokens.count + 1 < Int32.max else { return false }
    let segment = Int32(truncatingIfNeeded: weights.count)
    weights.append(Int64(clamping: weight))
    for token in tokens {
      cells.append(token)
      segments.append(segment)
    }
    cells.append(PairCounts.boundary)
    segments.append(segment)
    return true
  }

  /// Counts all pairs, once all segments are there.
  mutating func count() {
    var pairOfCell = [Int32](repeating: -1, count: cells.count)
    var places: [Int] = []  // how often each pair occurs in `cells`
    for cell in 0..<cells.count - 1 where cells[cell] >= 0 && cells[cell + 1] >= 0 {
      let pair = pair(cells[cell], cells[cell + 1])
      if pair == places.count { places.append(0) }
      places[pair] += 1
      pairs[pair].count += weights[Int(segments[cell])]
      pairOfCell[cell] = Int32(truncatingIfNeeded: pair)
    }
    var start = 0
    for index in pairs.indices {
      pairs[index].positions = start..<start
      start += places[index]
    }
    initial = [Int32](repeating: 0, count: start)
    for (cell, pair) in pairOfCell.enumerated() where pair >= 0 {
      let end = pairs[Int(pair)].positions.upperBound
      initial[end] = Int32(truncatingIfNeeded: cell)
      pairs[Int(pair)].positions = pairs[Int(pair)].positions.lowerBound..<end + 1
    }
  }

  /// Joins every occurrence of a pair into `token`.
  ///
  /// - Parameters:
  ///   - index: the pair.
  ///   - token: what it becomes.
  /// - Returns: the pairs that have become more frequent, each once.
  mutating func merge(_ index: Int, into token: TokenID) -> [Int] {
    let merged = pairs[index]
    let leftUnits = Int(units[Int(merged.left)])
    let rightUnits = Int(units[Int(merged.right)])
    merge += 1
    var grown: [Int] = []
    for cell in positions(of: merged) {
      let right = cell + leftUnits
      guard cells[cell] == merged.left, cells[right] == merged.right else { continue }
      let weight = weights[Int(segments[cell])]
      let end = right + rightUnits
      if let previous = previous(cell) {
        lower(cells[previous], merged.left, weight)
        raise(cells[previous], token, weight, previous, &grown)
      }
      if cells[end] >= 0 {
        lower(merged.right, cells[end], weight)
        raise(token, cells[end], weight, cell, &grown)
      }
      cells[cell] = token
      cells[right] = PairCounts.inside
      cells[end - 1] = -Int32(truncatingIfNeeded: end - cell)
    }
    pairs[index].count = 0
    pairs[index].positions = 0..<0
    pairs[index].later = -1
    return grown
  }

  /// The cells of a pair from left to right, with some where it is no more.
  private func positions(of pair: Pair) -> [Int] {
    var cells = initial[pair.positions].map { Int($0) }
    guard pair.later >= 0 else { return cells }
    let first = cells.count
    var node = pair.later
    while node >= 0 {
      cells.append(Int(nodes[Int(node)].cell))
      node = nodes[Int(node)].next
    }
    cells[first...].reverse()
    let isSorted = zip(cells, cells.dropFirst()).allSatisfy { $0 <= $1 }
    if !isSorted { cells.sort() }
    return cells
  }

  /// The first cell of the token before the one that begins at `cell`; nil at a segment's start.
  private func previous(_ cell: Int) -> Int? {
    let last = cells[cell - 1]
    if last >= 0 { return cell - 1 }
    return last == PairCounts.boundary ? nil : cell + Int(last)
  }

  private mutating func lower(_ left: TokenID, _ right: TokenID, _ weight: Int64) {
    pairs[pair(left, right)].count -= weight
  }

  private mutating func raise(
    _ left: TokenID, _ right: TokenID, _ weight: Int64, _ cell: Int,
    _ grown: inout [Int]
  ) {
    let index = pair(left, right)
    pairs[index].count += weight
    nodes.append((cell: Int32(truncatingIfNeeded: cell), next: pairs[index].later))
    pairs[index].later = Int32(truncatingIfNeeded: nodes.count - 1)
    if marks[index] != merge {
      marks[index] = merge
      grown.append(index)
    }
  }

  /// Returns the place of a pair in `pairs`, a new one if it has none.
  private mutating func pair(_ left: TokenID, _ right: TokenID) -> Int {
    var slot = PairCounts.hash(left, right) & (slots.count - 1)
    while slots[slot] >= 0 {
      let index = Int(slots[slot])
      if pairs[index].left == left, pairs[index].right == right { return index }
      slot = (slot + 1) & (slots.count - 1)
    }
    slots[slot] = Int32(truncatingIfNeeded: pairs.count)
    pairs.append(Pair(left: left, right: right))
    marks.append(-1)
    if 2 * pairs.count > slots.count { grow() }
    return pairs.count - 1
  }

  private mutating func grow() {
    slots = [Int32](repeating: -1, count: 2 * slots.count)
    for (index, pair) in pairs.enumerated() {
      var slot = PairCounts.hash(pair.left, pair.right) & (slots.count - 1)
      while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = Int32(truncatingIfNeeded: index)
    }
  }

  @inline(__always)
  private static func hash(_ left: TokenID, _ right: TokenID) -> Int {
    let key = UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    let product = key &* 0x9E37_79B9_7F4A_7C15
    return Int(truncatingIfNeeded: (product ^ product >> 32) >> 8)
  }
}
