import Synchronization

/// The workspaces of a model that no call is using.
final class WorkspacePool: Sendable {
  private let idle = Mutex<[Workspace]>([])

  /// Returns a workspace of the caller's own.
  func take() -> Workspace {
    idle.withLock { $0.popLast() } ?? Workspace()
  }

  /// Puts a workspace back for the next caller.
  func giveBack(_ workspace: Workspace) {
    workspace.shrink()
    idle.withLock { $0.append(workspace) }
  }
}

/// Where a piece is merged: a list of tokens that shrinks, and the memory of pieces seen before.
final class Workspace: @unchecked Sendable {  // in the pool or with one user, never both
  /// Pieces of up to so many units are merged by scanning; beyond, a heap is faster.
  private static let shortest = 48
  private static let kept = 1 << 16  // units for which memory is kept between calls

  /// The number of tokens.
  private(set) var count = 0
  /// The tokens.
  private(set) var ids: UnsafeMutablePointer<TokenID>
  /// Where each token ends, in bytes from the start of the piece.
  private(set) var ends: UnsafeMutablePointer<Int32>
  /// What pieces seen lately were made of.
  let cache = PieceCache()

  private var ranks: UnsafeMutablePointer<UInt32>  // of each token with the next
  private var results: UnsafeMutablePointer<TokenID>  // what the two would become
  private var capacity = 64
  private var links = Links()

  init() {
    ids = .allocate(capacity: capacity)
    ends = .allocate(capacity: capacity)
    ranks = .allocate(capacity: capacity)
    results = .allocate(capacity: capacity)
  }

  deinit { free() }

  private func free() {
    ids.deallocate()
    ends.deallocate()
    ranks.deallocate()
    results.deallocate()
  }

  private func resize(_ size: Int) {
    free()
    capacity = size
    ids = .allocate(capacity: size)
    ends = .allocate(capacity: size)
    ranks = .allocate(capacity: size)
    results = .allocate(capacity: size)
  }

  /// Makes room for a piece of so many units and forgets the last one.
  @inline(__always)
  func reserve(_ units: Int) {
    count = 0
    if units > capacity { resize(max(units, 2 * capacity)) }
  }

  /// Gives back the memory of an unusually long piece.
  func shrink() {
    guard capacity > Workspace.kept else { return }
    resize(64)
    links = Links()
  }

  /// Adds a token that ends `end` bytes from the start of the piece.
  @inline(__always)
  func take(_ id: TokenID, end: Int) {
    ids[count] = id
    ends[count] = Int32(truncatingIfNeeded: end)
    count += 1
  }

  /// Takes a piece's bytes as units.
  func takeBytes(_ text: UnsafeBufferPointer<UInt8>, _ piece: Range<Int>, _ units: [TokenID]) {
    let ids = ids
    let ends = ends
    units.withUnsafeBufferPointer { units in
      for index in 0..<piece.count {
        ids[index] = units[Int(text[piece.lowerBound + index])]
        ends[index] = Int32(truncatingIfNeeded: index + 1)
      }
    }
    count = piece.count
  }

  /// Takes a piece's code points as units, and the bytes of those that are no tokens.
  func takeCharacters(
    _ text: UnsafeBufferPointer<UInt8>, _ piece: Range<Int>, _ vocabulary: Vocabulary,
    _ units: [TokenID]
  ) {
    // A code point that a piece's end cuts apart is bytes.
    let text = UnsafeBufferPointer(rebasing: text[..<piece.upperBound])
    var index = piece.lowerBound
    while index < text.count {
      let scalar = decodeScalar(text, at: index)
      if let scalar, let id = vocabulary.id(ofScalar: scalar.value) {
        index += scalar.length
        take(id, end: index - piece.lowerBound)
        continue
      }
      for _ in 0..<(scalar?.length ?? 1) {
        take(units[Int(text[index])], end: index + 1 - piece.lowerBound)
        index += 1
      }
    }
  }

  /// Adds the tokens to an encoding, the piece lying at `start` of the text.
  @inline(__always)
  func appendAll(at start: Int, to encoding: inout Encoding) {
    var from = start
    for index in 0..<count {
      let end = start + Int(ends[index])
      encoding.append(ids[index], from..<end)
      from = end
    }
  }

  /// Joins neighbours, the lowest rank first and of equal ones the leftmost, until none has a merge.
  func merge(_ table: PairTable) {
    guard count > 1 else { return }
    var best = PairTable.none
    for index in 0..<count - 1 {
      let merge = table.merge(ids[index], ids[index + 1])
      ranks[index] = merge.rank
      results[index] = merge.result
      best = min(best, merge.rank)
    }
    guard best != PairTable.none else { return }
    if count <= Workspace.shortest { mergeByScanning(table, best) } else { mergeByHeap(table) }
  }

  private func mergeByScanning(_ table: PairTable, _ first: UInt32) {
    // Locals: what a class holds is loaded, and access to it checked, again and again.
    let (ids, ends, ranks, results) = (ids, ends, ranks, results)
    var count = count
    var best = first
    while best != PairTable.none {
      var index = 0
      while ranks[index] != best { index += 1 }
      ids[index] = results[index]
      ends[index] = ends[index + 1]
      count -= 1
      let rest = count - index - 1
      if rest > 0 {
        (ids + index + 1).update(from: ids + index + 2, count: rest)
        (ends + index + 1).update(from: ends + index + 2, count: rest)
        (ranks + index + 1).update(from: ranks + index + 2, count: rest)
        (results + index + 1).update(from: results + index + 2, count: rest)
        let merge = table.merge(ids[index], ids[index + 1])
        ranks[index] = merge.rank
        results[index] = merge.result
      } else {
        ranks[index] = PairTable.none
      }
      if index > 0 {
        let merge = table.merge(ids[index - 1], ids[index])
        ranks[index - 1] = merge.rank
        results[index - 1] = merge.result
      }
      best = PairTable.none
      for index in 0..<max(0, count - 1) { best = min(best, ranks[index]) }
    }
    self.count = count
  }

  /// Tokens keep their places, linked past those that were joined; candidates wait in a heap.
  private func mergeByHeap(_ table: PairTable) {
    let (ids, ends, ranks, results, count) = (ids, ends, ranks, results, count)
    var links = Links()
    swap(&links, &self.links)
    links.start(count)
    for index in 0..<count - 1 where ranks[index] != PairTable.none {
      links.push(rank: ranks[index], place: index)
    }
    ranks[count - 1] = PairTable.none

    func renew(_ place: Int) {
      let next = links.next(place)
      guard next < count else {
        ranks[place] = PairTable.none
        return
      }
      let merge = table.merge(ids[place], ids[next])
      ranks[place] = merge.rank
      results[place] = merge.result
      if merge.rank != PairTable.none { links.push(rank: merge.rank, place: place) }
    }

    while let (rank, place) = links.pop() {
      guard ranks[place] == rank else { continue }  // joined, or joined with another, since
      let next = links.next(place)
      ids[place] = results[place]
      ends[place] = ends[next]
      ranks[next] = PairTable.none
      links.remove(next, after: place)
      renew(place)
      if let previous = links.previous(place) { renew(previous) }
    }
    var kept = 0
    var place = 0
    while place < count {
      ids[kept] = ids[place]
      ends[kept] = ends[place]
      kept += 1
      place = links.next(place)
    }
    self.count = kept
    swap(&links, &self.links)
  }
}

/// A doubly linked list over places and a heap of the places whose token may join the next.
private struct Links {
  private var nexts: [Int32] = []
  private var previouses: [Int32] = []
  private var heap: [UInt64] = []  // rank, then place, so that equal ranks go from left to right

  mutating func start(_ count: Int) {
    nexts.removeAll(keepingCapacity: true)
    previouses.removeAll(keepingCapacity: true)
    heap.removeAll(keepingCapacity: true)
    for index in 0..<Int32(count) {
      nexts.append(index + 1)
      previouses.append(index - 1)
    }
  }

  func next(_ place: Int) -> Int { Int(nexts[place]) }

  func previous(_ place: Int) -> Int? {
    let previous = Int(previouses[place])
    return previous < 0 ? nil : previous
  }

  mutating func remove(_ place: Int, after left: Int) {
    let right = next(place)
    nexts[left] = Int32(truncatingIfNeeded: right)
    if right < previouses.count { previouses[right] = Int32(truncatingIfNeeded: left) }
  }

  mutating func push(rank: UInt32, place: Int) {
    let entry = UInt64(rank) << 32 | UInt64(place)
    var hole = heap.count
    heap.append(entry)
    while hole > 0 {
      let parent = (hole - 1) / 2
      guard heap[parent] > entry else { break }
      heap[hole] = heap[parent]
      hole = parent
    }
    heap[hole] = entry
  }

  mutating func pop() -> (rank: UInt32, place: Int)? {
    guard let top = heap.first, let last = heap.popLast() else { return nil }
    if !heap.isEmpty {
      var hole = 0
      while true {
        var child = 2 * hole + 1
        guard child < heap.count else { break }
        if child + 1 < heap.count, heap[child + 1] < heap[child] { child += 1 }
        guard heap[child] < last else { break }
        heap[hole] = heap[child]
        hole = child
      }
      heap[hole] = last
    }
    return (UInt32(truncatingIfNeeded: top >> 32), Int(top & 0xFFFF_FFFF))
  }
}
