import SeqaeText

extension Repair {
  /// The changes of a text from front to back.
  ///
  /// A line of millions of characters has hundreds of thousands of them, which as arrays of their own would take
  /// many times its size. So an edit takes 24 bytes and those that it is about, in blocks that do not move as the
  /// list grows. Offsets are below 2³².
  public struct Edits: RandomAccessCollection, Equatable, Sendable {
    private struct Record: Equatable, Sendable {
      let offset: UInt32
      let removedCount: UInt32  // of its bytes; the others were put in
      let end: UInt32  // of its bytes in the block
      let confidence: Double
    }

    private struct Block: Equatable, Sendable {
      var records: [Record] = []
      var bytes: [UInt8] = []
    }

    private static let blockCount = 1 << 10  // edits of a block
    private var blocks: [Block] = []

    /// How many edits there are.
    public private(set) var count = 0

    /// Creates the changes of a text that stays as it is.
    package init() {}

    /// Creates a list of edits, which are in order.
    package init(_ edits: some Sequence<Edit>) {
      for edit in edits { append(edit) }
    }

    /// The place of the first edit.
    public var startIndex: Int { 0 }
    /// The place behind the last edit.
    public var endIndex: Int { count }

    /// The edit at a place.
    public subscript(index: Int) -> Edit {
      let block = blocks[index / Self.blockCount]
      let place = index % Self.blockCount
      let record = block.records[place]
      let start = place == 0 ? 0 : Int(block.records[place - 1].end)
      let middle = start + Int(record.removedCount)
      return Edit(
        offset: Int(record.offset), removed: Array(block.bytes[start..<middle]),
        inserted: Array(block.bytes[middle..<Int(record.end)]), confidence: record.confidence)
    }

    /// Adds an edit behind the others.
    package mutating func append(_ edit: Edit) {
      if count % Self.blockCount == 0 { blocks.append(Block()) }
      let last = blocks.count - 1
      blocks[last].bytes += edit.removed
      blocks[last].bytes += edit.inserted
      blocks[last].records.append(
        Record(
          offset: UInt32(edit.offset), removedCount: UInt32(edit.removed.count),
          end: UInt32(blocks[last].bytes.count), confidence: edit.confidence))
      count += 1
    }
  }
}
