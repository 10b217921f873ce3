/// What becomes of one token of a source.
public enum Edit: Equatable, Hashable, Sendable {
  /// It stays.
  case keep
  /// It goes.
  case delete
  /// Another takes its place.
  case replace(TokenID)
}

/// What turns a noisy sequence into a clean one, as one label for each of its positions.
///
/// ```swift
/// EditScript.between([7, 9, 9, 8], [7, 8])  // [.keep, .delete, .delete, .keep]
/// ```
public enum EditScript {
  /// Returns the edits that turn `source` into `target`, or nil if that takes an insertion.
  ///
  /// The fewest replacements win, and replacing `mask` counts half: a masked token is replaced sooner
  /// than a visible one. (The number of deletions is the difference in length, whatever is replaced.)
  /// Among equals the labels are canonical: at the first position where two scripts differ, keeping
  /// precedes replacing and replacing precedes deleting. So of equal neighbours the first stay and the
  /// last go, and labels are a function of the pair.
  ///
  /// Linear if `target` is a subsequence of `source`; else O(n · (n − m + 1)) bytes and steps after
  /// the common beginning, for n source and m target tokens: cut long lines before.
  public static func between(
    _ source: [TokenID], _ target: [TokenID], mask: TokenID? = nil
  ) -> [Edit]? {
    guard target.count <= source.count else { return nil }
    var edits = [Edit](repeating: .delete, count: source.count)
    if embed(target, in: source, &edits) { return edits }
    for index in edits.indices { edits[index] = .delete }
    // Keeping a common beginning is never dearer, and it is the canonical choice.
    var start = 0
    while start < target.count, source[start] == target[start] {
      edits[start] = .keep
      start += 1
    }
    let advances = alignment(source[start...], target[start...], mask)
    let width = source.count - target.count + 1
    var deleted = 0
    for position in start..<source.count {
      guard advances[(position - start) * width + deleted] else {
        deleted += 1
        continue
      }
      let token = target[position - deleted]
      edits[position] = source[position] == token ? .keep : .replace(token)
    }
    return edits
  }

  /// Returns what `edits` make of `source`.
  public static func apply(_ edits: [Edit], to source: [TokenID]) -> [TokenID] {
    precondition(
      edits.count == source.count,
      "EditScript.apply: \(edits.count) edits for \(source.count) tokens")
    var result: [TokenID] = []
    result.reserveCapacity(source.count)
    for (edit, token) in zip(edits, source) {
      switch edit {
      case .keep: result.append(token)
      case .delete: continue
      case .replace(let new): result.append(new)
      }
    }
    return result
  }

  /// Finds each target token at its first place after the one before; false if one has none.
  private static func embed(
    _ target: [TokenID], in source: [TokenID], _ edits: inout [Edit]
  ) -> Bool {
    var found = 0
    for (position, token) in source.enumerated() where found < target.count {
      if token == target[found] {
        edits[position] = .keep
        found += 1
      }
    }
    return found == target.count
  }

  /// Returns whether to advance in the target (or else delete) at [position, deletions so far].
  ///
  /// With k deletions before source position i the target position is i − k, so a cell's two
  /// successors are (i + 1, k) and (i + 1, k + 1): rows are filled from the end, each from the next.
  private static func alignment(
    _ source: ArraySlice<TokenID>, _ target: ArraySlice<TokenID>, _ mask: TokenID?
  ) -> [Bool] {
    let rows = source.count
    let width = rows - target.count + 1  // deletions 0 … n − m
    let unreachable = Int32.max / 2
    // cost[k]: of the best script for what follows; all must be deleted by the end.
    var cost = [Int32](repeating: unreachable, count: width + 1)
    cost[width - 1] = 0
    return [Bool](unsafeUninitializedCapacity: rows * width) { advances, count in
      count = rows * width
      advances.initialize(repeating: false)
      source.withUnsafeBufferPointer { source in
        target.withUnsafeBufferPointer { target in
          cost.withUnsafeMutableBufferPointer { cost in
            for row in stride(from: rows - 1, through: 0, by: -1) {
              fill(
                UnsafeMutableBufferPointer(rebasing: advances[row * width..<(row + 1) * width]),
                cost, row: row, source: source[row], target, mask)
            }
          }
        }
      }
    }
  }

  /// Fills one row of choices and turns the costs of the next row into those of this one.
  private static func fill(
    _ advances: UnsafeMutableBufferPointer<Bool>, _ cost: UnsafeMutableBufferPointer<Int32>,
    row: Int, source: TokenID, _ target: UnsafeBufferPointer<TokenID>, _ mask: TokenID?
  ) {
    let replacement: Int32 = source == mask ? 1 : 2
    let first = max(0, row - target.count + 1)  // fewer deletions: the target is used up
    for deleted in 0..<min(first, advances.count) {
      cost[deleted] = cost[deleted + 1]
    }
    guard first < advances.count else { return }
    let last = min(row, advances.count - 1)  // no more deletions than tokens so far
    guard first <= last else { return }
    for deleted in first...last {
      let advance =
        cost[deleted] &+ (source == target[row &- deleted] ? 0 : replacement)
      let delete = cost[deleted &+ 1]
      advances[deleted] = advance <= delete
      cost[deleted] = min(advance, delete)
    }
  }
}
