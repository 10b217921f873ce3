/// The edits of TER: shifts of words in a row, found greedily, and the edit distance that they leave.
///
/// Snover et al. 2006, §3, with the heuristics of tercom as sacreBLEU has them. As long as the distance falls, that
/// shift is made that lowers it most: of words that the reference has elsewhere, some of which are wrong where they are,
/// to a place where the reference is not met.
enum TERShifts {
  /// The most words in a shift.
  static let longest = 10
  /// The farthest that words stand from where the reference has them.
  static let farthest = 50
  /// After so many shifts that were tried no other is made.
  static let mostTried = 1000

  /// The number of edits, each shift one.
  ///
  /// - Parameters:
  ///   - hypothesis: the words to change, as numbers.
  ///   - reference: the words that they shall be.
  /// - Returns: how many there are.
  static func edits(from hypothesis: [UInt32], to reference: [UInt32]) -> Int {
    guard !reference.isEmpty else { return hypothesis.count }
    var table = BeamDistance(from: hypothesis.count, to: reference)
    var words = hypothesis
    var (shifts, tried) = (0, 0)
    while true {
      let shift = best(in: words, to: reference, &table, &tried)
      // The shift at which the limit is met is not made: tercom's way, too.
      guard tried < mostTried, let shift, shift.gain > 0 else { break }
      words = shift.applied(to: words)
      shifts += 1
    }
    return shifts + table.distance(from: words)
  }

  /// A move of `length` words from `start` on to before `target`.
  private struct Shift {
    let gain: Int
    let length: Int
    let start: Int
    let target: Int

    /// What tercom prefers: more gain, then more words, then words that stand earlier, then a place that does.
    static func < (left: Shift, right: Shift) -> Bool {
      (left.gain, left.length, -left.start, -left.target)
        < (right.gain, right.length, -right.start, -right.target)
    }

    func applied(to words: [UInt32]) -> [UInt32] {
      TERShifts.moved(words, start, length, to: target)
    }
  }

  /// Returns the best shift of those that are tried, nil if there is none, and adds their number to `tried`.
  private static func best(
    in words: [UInt32], to reference: [UInt32], _ table: inout BeamDistance, _ tried: inout Int
  ) -> Shift? {
    let distance = table.distance(from: words)
    let alignment = table.alignment()
    var best: Shift?
    for start in words.indices {
      let first = max(0, start - farthest)
      for place in first..<max(first, min(reference.count, start + farthest + 1)) {
        var length = 0
        while length < longest, start + length < words.count, place + length < reference.count,
          words[start + length] == reference[place + length]
        {
          length += 1
          guard alignment.wrongWords[start..<start + length].contains(true),
            alignment.wrongPlaces[place..<place + length].contains(true),
            !(start..<start + length).contains(alignment.words[place])
          else { continue }
          var previous: Int?
          for before in place - 1..<place + length {
            let target = before < 0 ? 0 : alignment.words[before] + 1
            guard target != previous else { continue }
            previous = target
            let left = table.distance(from: moved(words, start, length, to: target))
            let shift = Shift(gain: distance - left, length: length, start: start, target: target)
            tried += 1
            if best.map({ $0 < shift }) ?? true { best = shift }
          }
          if tried >= mostTried { return best }
        }
      }
    }
    return best
  }

  /// Moves words to before `target`; one within them means so many words farther on.
  private static func moved(
    _ words: [UInt32], _ start: Int, _ length: Int, to target: Int
  ) -> [UInt32] {
    let end = start + length
    if target < start {
      return Array(words[..<target] + words[start..<end] + words[target..<start] + words[end...])
    }
    let goal = target > end ? target : min(target + length, words.count)
    return Array(words[..<start] + words[end..<goal] + words[start..<end] + words[goal...])
  }
}

/// The edit distance of word sequences of one length from a reference, near the diagonal of the table alone.
///
/// Rows are kept from one sequence to the next for the words with which both begin.
private struct BeamDistance {
  /// How far from the diagonal, in words of the reference.
  private static let width = 25
  private static let unreached = Int32.max / 2

  private enum Step: UInt8 {
    case none, keep, substitute, delete, insert
  }

  private let reference: [UInt32]
  private let count: Int
  private let ratio: Double  // words of the reference to one of the sequence
  private let beam: Int
  private var costs: [Int32]  // [count + 1, reference + 1]
  private var steps: [Step]
  private var words: [UInt32] = []  // whose rows the table has

  /// Creates the table for sequences of `count` words.
  init(from count: Int, to reference: [UInt32]) {
    self.reference = reference
    self.count = count
    ratio = count > 0 ? Double(reference.count) / Double(count) : 1
    // So wide at least that each row meets the one before.
    let needed = Double(Self.width) < ratio / 2 ? ratio / 2 + Double(Self.width) : 0
    beam = max(Self.width, Int(needed.rounded(.up)))
    let columns = reference.count + 1
    costs = [Int32](repeating: Self.unreached, count: (count + 1) * columns)
    steps = [Step](repeating: .none, count: (count + 1) * columns)
    for column in 0..<columns {
      costs[column] = Int32(column)
      steps[column] = .insert
    }
  }

  /// Returns the distance of a sequence.
  mutating func distance(from words: [UInt32]) -> Int {
    var known = 0
    while known < self.words.count, words[known] == self.words[known] { known += 1 }
    self.words = words
    for row in known..<count { fill(row + 1, words[row]) }
    return Int(costs[costs.count - 1])
  }

  private mutating func fill(_ row: Int, _ word: UInt32) {
    let columns = reference.count + 1
    let start = row * columns
    let diagonal = Int((Double(row) * ratio).rounded(.down))
    let last = row == count ? columns : min(columns, diagonal + beam)
    let first = max(0, diagonal - beam)
    costs.withUnsafeMutableBufferPointer { costs in
      for column in 0..<columns { costs[start + column] = Self.unreached }
      for column in first..<max(first, last) {
        let index = start + column
        let above = costs[index - columns]
        guard column > 0 else {
          costs[index] = above + 1
          steps[index] = .delete
          continue
        }
        // Of equal costs the first: tercom's order, with deletion and insertion in each other's place, as the
        // alignment is read from the reference's side.
        let isSame = reference[column - 1] == word
        var (cost, step) = (Self.unreached, Step.none)
        let kept = costs[index - columns - 1] + (isSame ? 0 : 1)
        if kept < cost { (cost, step) = (kept, isSame ? .keep : .substitute) }
        if above + 1 < cost { (cost, step) = (above + 1, .delete) }
        if costs[index - 1] + 1 < cost { (cost, step) = (costs[index - 1] + 1, .insert) }
        costs[index] = cost
        steps[index] = step
      }
    }
  }

  /// What the last sequence and the reference have to do with each other.
  struct Alignment {
    /// For each word of the reference the last word up to it, −1 for none.
    var words: [Int]
    /// Which words of the sequence are not the reference's.
    var wrongWords: [Bool]
    /// Which words of the reference are not met.
    var wrongPlaces: [Bool]
  }

  /// Returns the alignment of the sequence whose distance was asked last.
  func alignment() -> Alignment {
    var alignment = Alignment(
      words: [Int](repeating: -1, count: reference.count),
      wrongWords: [Bool](repeating: true, count: count),
      wrongPlaces: [Bool](repeating: true, count: reference.count))
    var (row, column) = (count, reference.count)
    while row > 0 || column > 0 {
      let step = steps[row * (reference.count + 1) + column]
      precondition(step != .none, "TER: a cell beyond the beam")
      if step != .delete { alignment.words[column - 1] = row - 1 }
      if step == .keep {
        alignment.wrongWords[row - 1] = false
        alignment.wrongPlaces[column - 1] = false
      }
      if step != .insert { row -= 1 }
      if step != .delete { column -= 1 }
    }
    return alignment
  }
}
