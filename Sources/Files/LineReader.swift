import Glibc

/// The lines of a text, one at a time, in memory that only the longest line bounds.
///
///     var lines = try LineReader(path: "corpus.txt.gz")
///     while let line = try lines.next() { … }   // UTF-8 by convention, not checked
///
/// A line ends in a line feed, and a carriage return before that goes too; the last line may lack
/// its end. A byte order mark at the start is skipped. What begins with gzip's magic bytes is
/// decompressed. A copy of a reader shares the file: use one.
public struct LineReader {
  /// The number of the line that `next()` returned last, from 1; 0 before.
  public private(set) var lineNumber = 0

  /// What messages call the text: the file's name.
  public let name: String

  private let stream: ByteStream
  private let maximumLineLength: Int
  private var chunk = UnsafeRawBufferPointer(start: nil, count: 0)
  private var position = 0
  private var isAtEnd = false

  /// Opens a file of text or gzip.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - maximumLineLength: How many bytes a line may have before its line feed.
  /// - Throws: `Failure(.missingInput)` if it can't be opened.
  public init(path: String, maximumLineLength: Int = 1 << 30) throws(Failure) {
    self.init(try DescriptorReader(path: path), maximumLineLength)
  }

  /// Reads from a descriptor, such as standard input, which stays its opener's to close.
  ///
  /// - Parameters:
  ///   - descriptor: Where to read.
  ///   - name: What messages call it: "standard input".
  ///   - maximumLineLength: How many bytes a line may have before its line feed.
  public init(descriptor: Int32, name: String, maximumLineLength: Int = 1 << 30) {
    self.init(DescriptorReader(descriptor: descriptor, name: name), maximumLineLength)
  }

  private init(_ source: DescriptorReader, _ maximumLineLength: Int) {
    name = source.name
    stream = ByteStream(source)
    self.maximumLineLength = maximumLineLength
  }

  /// Returns the next line without its end; nil after the last, and after a failure.
  ///
  /// - Returns: The line's bytes.
  /// - Throws: `Failure(.data)` if the line is too long or the gzip data damaged, `Failure(.io)` if
  ///   reading fails, `Failure(.unavailable)` for gzip in a build without zlib.
  public mutating func next() throws(Failure) -> [UInt8]? {
    guard !isAtEnd else { return nil }
    // Taken back where a line is complete: a failure ends the text.
    isAtEnd = true
    var line: [UInt8] = []
    while true {
      if position == chunk.count {
        guard let next = try stream.nextChunk() else { return lastLine(line) }
        chunk = next
        position = 0
      }
      let end = lineFeed() ?? chunk.count
      guard line.count + (end - position) <= maximumLineLength else {
        throw Failure(
          .data,
          "\(name): line \(lineNumber + 1): expected at most \(maximumLineLength) bytes, found more: "
            + "break the line up")
      }
      line.append(contentsOf: chunk[position..<end])
      position = end
      guard end < chunk.count else { continue }
      position += 1
      if line.last == UInt8(ascii: "\r") { line.removeLast() }
      isAtEnd = false
      return counted(line)
    }
  }

  /// The position of the next line feed in the chunk, from `position`.
  private func lineFeed() -> Int? {
    guard let base = chunk.baseAddress,
      let found = memchr(base + position, 0x0A, chunk.count - position)
    else { return nil }
    return UnsafeRawPointer(found) - base
  }

  /// A line that the text's end ends, unless there is nothing in it.
  private mutating func lastLine(_ line: [UInt8]) -> [UInt8]? {
    if line.isEmpty || lineNumber == 0 && line == Self.byteOrderMark { return nil }
    return counted(line)
  }

  private mutating func counted(_ line: [UInt8]) -> [UInt8] {
    lineNumber += 1
    let hasMark = lineNumber == 1 && line.starts(with: Self.byteOrderMark)
    return hasMark ? Array(line.dropFirst(Self.byteOrderMark.count)) : line
  }

  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
}
