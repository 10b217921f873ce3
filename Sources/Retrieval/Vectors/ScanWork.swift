import CKernels
import Synchronization

/// The comparison of queries with blocks, cut into tasks: each a group of queries and a run of blocks.
///
/// A task begins with the thresholds that those before it have left.
final class ScanWork {
  // Enough tasks for threads that lose their processor for a while, and runs of blocks that are worth the start.
  private static let wantedTasks = 32
  private static let fewestBlocks = 16

  private let blocks: [VectorBlock]
  private let queries: VectorQueries
  private let limit: Int
  private let bound: ErrorBound
  private let runs: Int
  private let found: Mutex<[VectorCandidates]>

  init(_ blocks: [VectorBlock], _ queries: VectorQueries, limit: Int, _ bound: ErrorBound) {
    (self.blocks, self.queries, self.limit, self.bound) = (blocks, queries, limit, bound)
    runs = max(
      1,
      min(
        blocks.count / Self.fewestBlocks, (Self.wantedTasks + queries.groups - 1) / queries.groups))
    found = Mutex(
      [VectorCandidates](repeating: VectorCandidates(limit: limit), count: queries.count))
  }

  /// How many tasks there are.
  var tasks: Int { queries.groups * runs }

  /// What was found.
  var candidates: [[Int]] { found.withLock { $0.map(\.sorted) } }

  func run(_ task: Int) {
    let (group, run) = (task % queries.groups, task / queries.groups)
    let range = queries.range(of: group)
    var own = found.withLock { found in
      found[range].map { VectorCandidates(limit: limit, threshold: $0.threshold) }
    }
    let width = VectorBlock.rows
    let products = UnsafeMutablePointer<Float>.allocate(capacity: range.count * width)
    let scratch = UnsafeMutableRawPointer.allocate(
      byteCount: max(64, queries.scratchSize), alignment: 64)
    let places = UnsafeMutablePointer<Int32>.allocate(capacity: width)
    defer {
      products.deallocate()
      scratch.deallocate()
      places.deallocate()
    }
    for number in blocks.count * run / runs..<blocks.count * (run + 1) / runs {
      let block = blocks[number]
      queries.products(of: group, with: block, into: products, scratch: scratch)
      for place in 0..<range.count {
        let query = queries.lengths[range.lowerBound + place]
        let row = products + place * width
        let least = Float(own[place].threshold - bound.error(query, block.longest)).nextDown
        let count = ck_places_from_f32(row, block.count, least, places)
        for index in 0..<count {
          let column = Int(places[index])
          own[place].add(
            number * width + column, product: row[column],
            error: bound.error(query, block.lengths[column]))
        }
      }
    }
    found.withLock { found in
      for place in 0..<range.count { found[range.lowerBound + place].merge(own[place]) }
    }
  }
}
