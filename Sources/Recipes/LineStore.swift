/// Many lines in two blocks of memory.
public struct LineStore: Sendable {
  private var bytes: [UInt8] = []
  private var ends: [Int] = []

  /// Creates a store without lines.
  public init() {}

  /// The number of lines.
  public var count: Int { ends.count }

  /// Whether there are no lines.
  public var isEmpty: Bool { ends.isEmpty }

  /// Forgets all lines but keeps their memory for others.
  public mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
  }

  /// Adds a line.
  public mutating func append(_ line: some Collection<UInt8>) {
    bytes.append(contentsOf: line)
    ends.append(bytes.count)
  }

  /// The line of a number below `count`.
  public subscript(index: Int) -> [UInt8] {
    Array(bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]])
  }
}
