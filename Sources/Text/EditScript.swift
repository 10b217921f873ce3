/// A step of a script that reads one sequence from front to back and writes another.
public enum EditAction: Equatable, Hashable, Sendable {
  /// The token that is read stays; on to the next one.
  case keep
  /// The token that is read goes; on to the next one.
  case delete
  /// A token is written in front of the one that is read, which is decided on afterwards.
  case write(TokenID)
}

/// What turns a noisy sequence into a clean one, read from front to back.
///
/// ```swift
/// EditScript.between([7, 9, 9, 8], [7, 8])  // [.keep, .delete, .delete, .keep]
/// EditScript.between([7, 8], [7, 5, 6])     // [.keep, .write(5), .delete, .write(6)]
/// ```
public enum EditScript {
  /// Returns the script that turns `source` into `target`.
  ///
  /// It keeps or deletes each source token once, in order, and writes the rest. The cheapest wins, where
  /// keeping costs nothing, a deletion and a written token 2 each, and a token written in place of a deleted
  /// one 3 with it: a wrong letter is set right where it stands rather than made up from its neighbours. Among
  /// equals the script is canonical: where two differ first, keeping precedes replacing, replacing precedes
  /// writing, and writing precedes deleting. So of equal neighbours the first stay and the last go, and the
  /// script is a function of the pair.
  ///
  /// O(n · m) bytes and steps for n source and m target tokens after their common beginning: cut long
  /// lines before.
  public static func between(_ source: [TokenID], _ target: [TokenID]) -> [EditAction] {
    // Keeping a common beginning is never dearer, and it is the canonical choice.
    var start = 0
    while start < min(source.count, target.count), source[start] == target[start] { start += 1 }
    var script = [EditAction](repeating: .keep, count: start)
    let (rest, wanted) = (Array(source[start...]), Array(target[start...]))
    let choices = choices(rest, wanted)
    var (row, column) = (0, 0)
    while row < rest.count || column < wanted.count {
      switch choices[row * (wanted.count + 1) + column] {
      case .keep:
        script.append(.keep)
        (row, column) = (row + 1, column + 1)
      case .replace:
        script += [.write(wanted[column]), .delete]
        (row, column) = (row + 1, column + 1)
      case .write:
        script.append(.write(wanted[column]))
        column += 1
      case .delete:
        script.append(.delete)
        row += 1
      }
    }
    return script
  }

  /// Returns what a script makes of `source`.
  public static func apply(_ script: [EditAction], to source: [TokenID]) -> [TokenID] {
    var result: [TokenID] = []
    var position = 0
    for action in script {
      switch action {
      case .keep:
        result.append(source[position])
        position += 1
      case .delete: position += 1
      case .write(let token): result.append(token)
      }
    }
    precondition(
      position == source.count,
      "EditScript.apply: the script reads \(position) of \(source.count) tokens")
    return result
  }

  private enum Choice: UInt8 {
    case keep, replace, write, delete
  }

  private static let single: Int32 = 2  // of a deletion or a written token
  private static let pair: Int32 = 3  // of one in place of the other

  /// Returns the best choice at [i, j], when `source[i...]` is to become `target[j...]`.
  ///
  /// The table is filled from the end, each row of costs from the next one.
  private static func choices(_ source: [TokenID], _ target: [TokenID]) -> [Choice] {
    let width = target.count + 1
    // The row after the last source token: all that is left is written.
    var costs = (0..<width).map { single * Int32(target.count - $0) }
    return [Choice](unsafeUninitializedCapacity: (source.count + 1) * width) { choices, count in
      count = (source.count + 1) * width
      choices.initialize(repeating: .write)
      for row in stride(from: source.count - 1, through: 0, by: -1) {
        let line = UnsafeMutableBufferPointer(rebasing: choices[row * width..<(row + 1) * width])
        fill(line, &costs, source[row], target)
      }
    }
  }

  /// Fills one row of choices and turns the costs of the next row into those of this one.
  private static func fill(
    _ choices: UnsafeMutableBufferPointer<Choice>, _ costs: inout [Int32], _ token: TokenID,
    _ target: [TokenID]
  ) {
    costs.withUnsafeMutableBufferPointer { costs in
      target.withUnsafeBufferPointer { target in
        var diagonal = costs[target.count]  // of the next row, one column on
        choices[target.count] = .delete
        costs[target.count] = diagonal &+ single
        for column in stride(from: target.count - 1, through: 0, by: -1) {
          let below = costs[column]
          var best = diagonal
          var choice = Choice.keep
          if token != target[column] {
            best = diagonal &+ pair
            choice = .replace
            let written = costs[column + 1] &+ single
            if written < best { (best, choice) = (written, .write) }
            if below &+ single < best { (best, choice) = (below &+ single, .delete) }
          }
          costs[column] = best
          choices[column] = choice
          diagonal = below
        }
      }
    }
  }
}
